import { type NaiveDocument, prepare } from "../oracle/naive-matcher.ts";
import { randomFrom } from "../oracle/naive-requests.ts";
import { NaiveRouter, naiveRoute } from "../oracle/naive-routes.ts";
import type { NaiveRequest } from "../oracle/naive-verifier.ts";
import { RequestSource } from "./github-requests.ts";
import { githubRoles } from "./github-roles.ts";
import { blueprint, everyArn, oneStarAParameter, thisArnOnly } from "./others.ts";
import { GITHUB_KEYS } from "./real-apis.ts";
import { BASE_59, grantAll, Responses, type World } from "./worlds.ts";

/** The mistakes of one way to write policies, for the same requests of the same roles. */
export interface Way {
  readonly name: string;
  readonly overGrants: number;
  /** Granted requests that are denied. */
  readonly overDenials: number;
  /** The number of roles whose response is longer than 8,192 bytes. */
  readonly tooLong: number;
  readonly note: string;
}

export interface Figures {
  readonly requests: number;
  readonly roles: number;
  readonly ways: readonly Way[];
}

const REQUESTS_PER_ROLE = 400;
/** The bytes of principal, context and the document's frame. */
const FRAME = 1_536;

interface PlainRequest {
  readonly request: NaiveRequest;
  readonly key: string;
}

/**
 * Generates requests as clients send them, each with one most specific route. No path has an unusual spelling,
 * so that the figures do not depend on how slashes are treated.
 */
function plainRequests(seed: number, count: number): PlainRequest[] {
  const routes = GITHUB_KEYS.map(naiveRoute);
  const router = new NaiveRouter(routes);
  const source = new RequestSource(routes, randomFrom(seed));
  const requests: PlainRequest[] = [];
  while (requests.length < count) {
    const request = source.next();
    if (!/^(\/[A-Za-z0-9._-]+)+$/.test(request.path) || /\/\.{1,2}(\/|$)/.test(request.path)) continue;
    const reached = router.reached(request.method, request.path).map(({ route }) => route);
    // The route with the fewest parameters, as API Gateway chooses.
    const [chosen] = reached.sort((a, b) => a.parameters.length - b.parameters.length);
    if (chosen !== undefined) requests.push({ request, key: chosen.key });
  }
  return requests;
}

const responseBytes = (document: NaiveDocument): number => FRAME + JSON.stringify(document).length;

/** Counts the mistakes of each way for the same requests. `world` is our layout in mode token. */
export function countFigures(world: World): Figures {
  const roles = githubRoles();
  const requests = plainRequests(11, REQUESTS_PER_ROLE * roles.length);
  const arnOf = ({ method, path }: NaiveRequest): string => `${BASE_59}/${method}${path}`;
  const ways = new Map<
    string,
    { overGrants: number; overDenials: number; tooLong: number; thrown: number }
  >();
  const way = (name: string) => {
    const counts = ways.get(name) ?? { overGrants: 0, overDenials: 0, tooLong: 0, thrown: 0 };
    ways.set(name, counts);
    return counts;
  };
  for (const [index, role] of roles.entries()) {
    const granted = new Set(role.keys);
    const own = requests.slice(index * REQUESTS_PER_ROLE, (index + 1) * REQUESTS_PER_ROLE);
    const count = (name: string, allows: (sent: PlainRequest) => boolean): void => {
      for (const sent of own) {
        const allowed = allows(sent);
        if (allowed && !granted.has(sent.key)) way(name).overGrants++;
        if (!allowed && granted.has(sent.key)) way(name).overDenials++;
      }
    };
    const countDocument = (name: string, document: NaiveDocument): void => {
      const evaluate = prepare(document);
      count(name, ({ request }) => evaluate(arnOf(request)));
      if (responseBytes(document) > 8_192) way(name).tooLong++;
    };
    countDocument("star", oneStarAParameter(BASE_59, role.keys));
    countDocument("listed", everyArn(BASE_59, role.keys));
    const built = blueprint(BASE_59, role.keys);
    countDocument("blueprint", built.document);
    way("blueprint").thrown += built.thrown;
    // The policy for the role's first granted request is cached, and then evaluated for the other requests.
    const first = own.find(({ key }) => granted.has(key));
    const cached = prepare(
      first === undefined
        ? { Statement: [] }
        : thisArnOnly(BASE_59, first.request.method, first.request.path),
    );
    count("methodArn", ({ request }) => cached(arnOf(request)));
    const responses = new Responses(world, grantAll(role.keys));
    count("ours", ({ key, request }) => responses.for(key)?.evaluate(arnOf(request)) === true);
    if (responses.longest() > 8_192) way("ours").tooLong++;
  }
  const row = (name: string, title: string, note: string): Way => ({ name: title, note, ...way(name) });
  return {
    requests: requests.length,
    roles: roles.length,
    ways: [
      row("star", "`*` for a parameter, one policy", ""),
      row(
        "blueprint",
        "AWS's blueprint, `allowMethod` with `*`",
        `throws for ${way("blueprint").thrown.toLocaleString("en-US")} grants, because of their \`_\``,
      ),
      row("listed", "every ARN listed with `?*`, one policy", ""),
      row("methodArn", "only `event.methodArn`, cached by token", ""),
      row("ours", "Portcullis, mode token", `${world.layout.groups.length} groups`),
    ],
  };
}

/** Prints the figures as a Markdown table. */
export const printFigures = ({ requests, roles, ways }: Figures): string =>
  [
    `GitHub's API, ${roles} roles, ${requests.toLocaleString("en-US")} requests`,
    "",
    "| way | over-grants | granted, but denied | roles whose response exceeds 8,192 bytes | |",
    "|---|---|---|---|---|",
    ...ways.map(
      ({ name, overGrants, overDenials, tooLong, note }) =>
        `| ${name} | ${overGrants.toLocaleString("en-US")} | ${overDenials.toLocaleString("en-US")} | ${tooLong} | ${note} |`,
    ),
  ].join("\n");
