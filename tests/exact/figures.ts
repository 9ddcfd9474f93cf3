import { type NaiveDocument, prepare } from "../oracle/naive-matcher.ts";
import { randomFrom } from "../oracle/naive-requests.ts";
import { NaiveRouter, naiveRoute } from "../oracle/naive-routes.ts";
import type { NaiveRequest } from "../oracle/naive-verifier.ts";
import { RequestSource } from "./github-requests.ts";
import { githubRoles } from "./github-roles.ts";
import { blueprint, everyArn, oneStarAParameter, thisArnOnly } from "./others.ts";
import { GITHUB_KEYS } from "./real-apis.ts";
import { Answers, BASE_59, grantAll, type World } from "./worlds.ts";

/** What a way of writing policies lets through and refuses, over the same requests of the same roles. */
export interface Way {
  readonly name: string;
  readonly overGrants: number;
  readonly refusals: number;
  /** Roles for which the whole answer outgrows 8,192 bytes. */
  readonly tooLong: number;
  readonly note: string;
}

export interface Figures {
  readonly requests: number;
  readonly roles: number;
  readonly ways: readonly Way[];
}

const REQUESTS_PER_ROLE = 400;
/** Principal, context and the document's frame. */
const FRAME = 1_536;

interface Asked {
  readonly request: NaiveRequest;
  readonly key: string;
}

/**
 * Requests as clients send them, each reaching one route or at least one most specific: nothing of them is
 * spelled oddly, so what is counted here is not for want of care with slashes.
 */
function plainRequests(seed: number, count: number): Asked[] {
  const routes = GITHUB_KEYS.map(naiveRoute);
  const router = new NaiveRouter(routes);
  const source = new RequestSource(routes, randomFrom(seed));
  const asked: Asked[] = [];
  while (asked.length < count) {
    const request = source.next();
    if (!/^(\/[A-Za-z0-9._-]+)+$/.test(request.path) || /\/\.{1,2}(\/|$)/.test(request.path)) continue;
    const reached = router.reached(request.method, request.path).map(({ route }) => route);
    // The most literals first, as API Gateway chooses.
    const [chosen] = reached.sort((a, b) => a.parameters.length - b.parameters.length);
    if (chosen !== undefined) asked.push({ request, key: chosen.key });
  }
  return asked;
}

const bytesOf = (document: NaiveDocument): number => FRAME + JSON.stringify(document).length;

/** Counts what each way does to the same requests. `world` is ours, in mode token. */
export function countFigures(world: World): Figures {
  const roles = githubRoles();
  const requests = plainRequests(11, REQUESTS_PER_ROLE * roles.length);
  const arnOf = ({ method, path }: NaiveRequest): string => `${BASE_59}/${method}${path}`;
  const ways = new Map<string, { overGrants: number; refusals: number; tooLong: number; thrown: number }>();
  const way = (name: string) => {
    const known = ways.get(name) ?? { overGrants: 0, refusals: 0, tooLong: 0, thrown: 0 };
    ways.set(name, known);
    return known;
  };
  for (const [index, role] of roles.entries()) {
    const granted = new Set(role.keys);
    const own = requests.slice(index * REQUESTS_PER_ROLE, (index + 1) * REQUESTS_PER_ROLE);
    const count = (name: string, allows: (asked: Asked) => boolean): void => {
      for (const asked of own) {
        const allowed = allows(asked);
        if (allowed && !granted.has(asked.key)) way(name).overGrants++;
        if (!allowed && granted.has(asked.key)) way(name).refusals++;
      }
    };
    const countDocument = (name: string, document: NaiveDocument): void => {
      const evaluate = prepare(document);
      count(name, ({ request }) => evaluate(arnOf(request)));
      if (bytesOf(document) > 8_192) way(name).tooLong++;
    };
    countDocument("star", oneStarAParameter(BASE_59, role.keys));
    countDocument("listed", everyArn(BASE_59, role.keys));
    const built = blueprint(BASE_59, role.keys);
    countDocument("blueprint", built.document);
    way("blueprint").thrown += built.thrown;
    // The first granted request of the role was answered and cached; then come the others.
    const first = own.find(({ key }) => granted.has(key));
    const cached = prepare(
      first === undefined
        ? { Statement: [] }
        : thisArnOnly(BASE_59, first.request.method, first.request.path),
    );
    count("methodArn", ({ request }) => cached(arnOf(request)));
    const answers = new Answers(world, grantAll(role.keys));
    count("ours", ({ key, request }) => answers.for(key)?.evaluate(arnOf(request)) === true);
    if (answers.longest() > 8_192) way("ours").tooLong++;
  }
  const named = (name: string, title: string, note: string): Way => ({ name: title, note, ...way(name) });
  return {
    requests: requests.length,
    roles: roles.length,
    ways: [
      named("star", "`*` for a parameter, one policy", ""),
      named(
        "blueprint",
        "AWS's blueprint, `allowMethod` with `*`",
        `throws at ${way("blueprint").thrown.toLocaleString("en-US")} grants, for their \`_\``,
      ),
      named("listed", "every ARN listed with `?*`, one policy", ""),
      named("methodArn", "`event.methodArn` alone, cached by token", ""),
      named("ours", "Portcullis, mode token", `${world.layout.groups.length} groups`),
    ],
  };
}

/** As a table of Markdown. */
export const printFigures = ({ requests, roles, ways }: Figures): string =>
  [
    `GitHub's API, ${roles} roles, ${requests.toLocaleString("en-US")} requests`,
    "",
    "| way | over-grants | granted, yet refused | roles whose answer outgrows 8,192 bytes | |",
    "|---|---|---|---|---|",
    ...ways.map(
      ({ name, overGrants, refusals, tooLong, note }) =>
        `| ${name} | ${overGrants.toLocaleString("en-US")} | ${refusals.toLocaleString("en-US")} | ${tooLong} | ${note} |`,
    ),
  ].join("\n");
