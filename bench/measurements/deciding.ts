import { question, ROUTES } from "../compiled-api.ts";
import type { Engine, Question, StartEngine } from "../engine.ts";
import type { TaggedRoute } from "../github.ts";
import type { Case, Measurement, Reach, Sample } from "../measurement.ts";
import { microseconds } from "../microseconds.ts";
import { startOurs } from "../ours.ts";

const PEERS = ["casbin", "cedar", "cerbos"] as const;
const PEER_NAMES = ["casbin", "Cedar (wasm)", "Cerbos (loopback)"];
/** The fastest of the others is at least a hundred times slower. */
const AT_MOST = 0.01;
/** Of an engine that is asked route by route, in one round: evenly spread over all. */
const ASKED = 100;
const ASKED_QUICKLY = 10;

const groupOf = (routes: number): string => `${routes.toLocaleString("en")} routes`;

/** Every route, for a caller with three of ten roles that grant a fifth of the routes each. */
export const deciding: Measurement = {
  name: "deciding",
  about:
    "which routes a caller with three roles may call, beside engines set up as their documentation advises",
  unit: "µs for all routes",
  reaches: ROUTES.flatMap((routes) =>
    PEER_NAMES.map((of): Reach => ({ name: "Portcullis", of, atMost: AT_MOST, group: groupOf(routes) })),
  ),
  async prepare(quick) {
    const cases: Case[] = [];
    const started: Engine[] = [];
    for (const routes of ROUTES) {
      const asked = question(routes);
      const engines = [...startOurs(asked), ...(await startPeers(asked))];
      started.push(...engines);
      checkAlike(
        await answersOf(engines, quick ? spread(asked.api.routes, ASKED_QUICKLY) : asked.api.routes),
      );
      cases.push(...engines.map((engine) => caseOf(engine, asked, quick ? ASKED_QUICKLY : ASKED)));
    }
    return {
      cases,
      close: async () => void (await Promise.all(started.map((engine) => engine.close?.()))),
    };
  },
};

async function startPeers(asked: Question): Promise<Engine[]> {
  const engines: Engine[] = [];
  for (const name of PEERS) {
    const module = (await import(new URL(`../peers/${name}.ts`, import.meta.url).href)) as {
      start: StartEngine;
    };
    engines.push(await module.start(asked));
  }
  return engines;
}

interface Answers {
  readonly name: string;
  readonly granted: readonly string[];
}

const answersOf = (engines: readonly Engine[], routes: readonly TaggedRoute[]): Promise<Answers[]> =>
  Promise.all(
    engines.map(async (engine) => {
      const granted = engine.granted(await engine.ask(routes), routes);
      return { name: engine.name, granted: routes.map(({ key }) => key).filter((key) => granted.has(key)) };
    }),
  );

/** @throws where an engine answers otherwise than the first: then they do not do the same work */
export function checkAlike([first, ...others]: readonly Answers[]): void {
  if (first === undefined || first.granted.length === 0) throw new Error("The caller may call nothing");
  for (const { name, granted } of others) {
    const differing = [...first.granted, ...granted].find(
      (key) => granted.includes(key) !== first.granted.includes(key),
    );
    if (differing !== undefined)
      throw new Error(`${name} answers otherwise than ${first.name}: ${differing}`);
  }
}

/** So many of them at most, from all over. */
function spread<T>(all: readonly T[], most: number): T[] {
  const step = Math.ceil(all.length / most);
  return all.filter((_, index) => index % step === 0);
}

function caseOf(engine: Engine, { api }: Question, most: number): Case {
  const { routes } = api;
  const asked = engine.atOnce ? routes : spread(routes, most);
  const one = routes.slice(0, 1);
  return {
    name: engine.name,
    kind: engine.kind,
    group: groupOf(routes.length),
    async round(): Promise<Sample> {
      const value = ((await microseconds(() => engine.ask(asked))) * routes.length) / asked.length;
      if (engine.kind === "ours" && engine.atOnce) return { value };
      return { value, beside: { "µs one route": await microseconds(() => engine.ask(one)) } };
    },
  };
}
