import type { Engine, Question, StartEngine } from "../deciding/engine.ts";
import { portcullisEngines } from "../deciding/portcullis.ts";
import { questionWithRoutes, ROUTE_COUNTS } from "../fixtures/compiled-api.ts";
import type { TaggedRoute } from "../fixtures/github.ts";
import type { Case, Goal, Measurement, Sample } from "../measurement.ts";
import { microseconds } from "../microseconds.ts";

const PEERS = ["casbin", "cedar", "cerbos"] as const;
const PEER_NAMES = ["casbin", "Cedar (wasm)", "Cerbos (loopback)"];
/** The fastest alternative is at least a hundred times slower. */
const AT_MOST = 0.01;
/** Routes that one round evaluates with an engine that decides route by route. They are evenly spread over the API. */
const SAMPLED_ROUTES = 100;
const SAMPLED_ROUTES_QUICK = 10;

const groupName = (routes: number): string => `${routes.toLocaleString("en")} routes`;

/** Measures decisions about every route, for a caller with three of ten roles that grant a fifth of the routes each. */
export const deciding: Measurement = {
  name: "deciding",
  about:
    "which routes a caller with three roles may call, compared with engines set up as their documentation advises",
  unit: "µs for all routes",
  goals: ROUTE_COUNTS.flatMap((routes) =>
    PEER_NAMES.map((of): Goal => ({ name: "Portcullis", of, atMost: AT_MOST, group: groupName(routes) })),
  ),
  async prepare(quick) {
    const cases: Case[] = [];
    const started: Engine[] = [];
    for (const routes of ROUTE_COUNTS) {
      const question = questionWithRoutes(routes);
      const engines = [...portcullisEngines(question), ...(await startPeers(question))];
      started.push(...engines);
      const { routes: all } = question.api;
      checkAgreement(await decideAll(engines, quick ? sampleEvenly(all, SAMPLED_ROUTES_QUICK) : all));
      cases.push(
        ...engines.map((engine) => makeCase(engine, question, quick ? SAMPLED_ROUTES_QUICK : SAMPLED_ROUTES)),
      );
    }
    return {
      cases,
      close: async () => void (await Promise.all(started.map((engine) => engine.close?.()))),
    };
  },
};

async function startPeers(question: Question): Promise<Engine[]> {
  const engines: Engine[] = [];
  for (const name of PEERS) {
    const module = (await import(new URL(`../peers/${name}.ts`, import.meta.url).href)) as {
      start: StartEngine;
    };
    engines.push(await module.start(question));
  }
  return engines;
}

interface EngineResult {
  readonly name: string;
  readonly granted: readonly string[];
}

const decideAll = (engines: readonly Engine[], routes: readonly TaggedRoute[]): Promise<EngineResult[]> =>
  Promise.all(
    engines.map(async (engine) => {
      const granted = engine.grantedKeys(await engine.decide(routes), routes);
      return { name: engine.name, granted: routes.map(({ key }) => key).filter((key) => granted.has(key)) };
    }),
  );

/** Checks that all engines grant the same routes, so that they do the same work. @throws Error if one differs from the first */
export function checkAgreement([first, ...others]: readonly EngineResult[]): void {
  if (first === undefined || first.granted.length === 0)
    throw new Error("The caller may call no route, so there is nothing to compare");
  for (const { name, granted } of others) {
    const differing = [...first.granted, ...granted].find(
      (key) => granted.includes(key) !== first.granted.includes(key),
    );
    if (differing !== undefined)
      throw new Error(`${name} decides differently from ${first.name}: ${differing}`);
  }
}

/** Returns at most `max` entries, evenly spread over the list. */
function sampleEvenly<T>(all: readonly T[], max: number): T[] {
  const step = Math.ceil(all.length / max);
  return all.filter((_, index) => index % step === 0);
}

function makeCase(engine: Engine, { api }: Question, maxRoutes: number): Case {
  const { routes } = api;
  const decided = engine.batch ? routes : sampleEvenly(routes, maxRoutes);
  const one = routes.slice(0, 1);
  return {
    name: engine.name,
    kind: engine.kind,
    group: groupName(routes.length),
    async round(): Promise<Sample> {
      const value = ((await microseconds(() => engine.decide(decided))) * routes.length) / decided.length;
      if (engine.kind === "ours" && engine.batch) return { value };
      return { value, alongside: { "µs for one route": await microseconds(() => engine.decide(one)) } };
    },
  };
}
