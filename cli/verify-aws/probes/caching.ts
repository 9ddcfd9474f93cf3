import { randomUUID } from "node:crypto";
import { type AuthorizerName, STAGE_VARIABLES } from "../definition.ts";
import { allow, type Lab } from "../lab.ts";
import { finding, type ProbeFinding, probe } from "../probe.ts";

/** Enough that a cache of several nodes answers from one of them at least once. */
const REPEATS = 5;

/** Names of the authorizer's runs that answered a path, asked several times with one token. */
async function callsFor({ send }: Lab, path: string, nonce: string): Promise<readonly string[]> {
  const calls: string[] = [];
  for (let count = 0; count < REPEATS; count++) {
    const { callId } = await send({ path, statements: [allow("*")], nonce });
    if (callId !== undefined) calls.push(callId);
  }
  return calls;
}

const share = (a: readonly string[], b: readonly string[]): boolean => a.some((call) => b.includes(call));
const isCached = (calls: readonly string[]): boolean => new Set(calls).size < calls.length;

const NO_CACHE = finding("unclear", "no answer came twice, so nothing was cached");

function notImported(lab: Lab, ...names: AuthorizerName[]): string | undefined {
  const name = names.find((one) => lab.notImported.has(one));
  return name === undefined ? undefined : lab.notImported.get(name);
}

interface Two {
  readonly first: readonly string[];
  readonly second: readonly string[];
}

export const cachePerAuthorizer = probe<Two>(
  {
    id: "cache-per-authorizer",
    question: "Do two authorizers with the same identity sources share cached answers?",
    assumed: "they may: the first identity source of each is a stage variable of its own",
  },
  async (lab) => {
    const nonce = randomUUID();
    return { first: await callsFor(lab, "/p/a", nonce), second: await callsFor(lab, "/twin", nonce) };
  },
  ({ first, second }) => {
    if (!isCached([...first, ...second])) return NO_CACHE;
    return finding("as assumed", share(first, second) ? "yes" : "no: each has entries of its own");
  },
);

interface StageVariables extends Two {
  readonly refused: string | undefined;
  readonly unset: number;
}

export const stageVariables = probe<StageVariables>(
  {
    id: "stage-variables",
    question: "Is a stage variable part of the cache's key, and an unset one a 401?",
    assumed: "yes",
  },
  async (lab) => {
    const refused = notImported(lab, "stage_a", "stage_b", "stage_unset");
    if (refused !== undefined) return { refused, first: [], second: [], unset: 0 };
    const nonce = randomUUID();
    return {
      refused,
      first: await callsFor(lab, "/stage/a", nonce),
      second: await callsFor(lab, "/stage/b", nonce),
      unset: (await lab.send({ path: "/stage/unset", statements: [allow("*")] })).status,
    };
  },
  ({ refused, first, second, unset }) => {
    if (refused !== undefined) return cannotImport(refused, "report it: the API cannot be deployed as built");
    if (!isCached([...first, ...second])) return NO_CACHE;
    const observed = `${share(first, second) ? "it is not part of the key" : "it is part of the key"}; unset: ${unset}`;
    if (share(first, second)) return finding("open", observed, "--cache off, and report it");
    return unset === 401
      ? finding("as assumed", observed)
      : finding("differs", observed, "none: the authorizer compares the variable itself and answers 500");
  },
);

const cannotImport = (message: string, setting: string): ProbeFinding =>
  finding("differs", `API Gateway does not import it: ${message}`, setting);

interface StageChange extends Two {
  readonly refused: string | undefined;
}

export const stageVariableChange = probe<StageChange>(
  {
    id: "stage-variable-change",
    question: "Does a new value of the stage variable leave old cached answers behind?",
    assumed: "yes: no cached policy outlives its layout",
  },
  async (lab) => {
    const refused = notImported(lab, "stage_a");
    if (refused !== undefined) return { refused, first: [], second: [] };
    const nonce = randomUUID();
    const first = await callsFor(lab, "/stage/a", nonce);
    await lab.setStageVariable("verify_a", `${STAGE_VARIABLES["verify_a"]}-changed`);
    await lab.settle();
    return { refused, first, second: await callsFor(lab, "/stage/a", nonce) };
  },
  ({ refused, first, second }) => {
    if (refused !== undefined) return cannotImport(refused, "report it: the API cannot be deployed as built");
    if (!isCached(first)) return NO_CACHE;
    return share(first, second)
      ? finding("open", "no: an old answer was given", "flush the stage's authorizer cache after each apply")
      : finding("as assumed", "yes");
  },
);

interface ByRoute {
  readonly refused: string | undefined;
  readonly one: readonly string[];
  readonly two: readonly string[];
  readonly other: readonly string[];
}

export const resourcePathKey = probe<ByRoute>(
  {
    id: "resource-path-key",
    question: "Is context.resourcePath the matched route, as an identity source?",
    assumed: "yes: mode route keeps an answer for each route",
  },
  async (lab) => {
    const refused = notImported(lab, "by_route");
    if (refused !== undefined) return { refused, one: [], two: [], other: [] };
    const nonce = randomUUID();
    return {
      refused,
      one: await callsFor(lab, "/keyed/1", nonce),
      two: await callsFor(lab, "/keyed/2", nonce),
      other: await callsFor(lab, "/keyed", nonce),
    };
  },
  ({ refused, one, two, other }) => {
    if (refused !== undefined) return cannotImport(refused, "--cache token or off");
    if (!isCached([...one, ...two, ...other])) return NO_CACHE;
    if (share(other, [...one, ...two]))
      return finding("open", "no: two routes share an answer", "--cache token or off, not route");
    return share(one, two)
      ? finding("as assumed", "yes: two paths of one route share an answer, two routes do not")
      : finding("differs", "each path has an answer of its own", "none: the Lambda is asked more often");
  },
);

export const flush = probe<Two>(
  {
    id: "flush",
    question: "Does FlushStageAuthorizersCache empty the cache?",
    assumed: "yes",
  },
  async (lab) => {
    const nonce = randomUUID();
    const first = await callsFor(lab, "/p/a", nonce);
    await lab.flushAuthorizers();
    await lab.settle();
    return { first, second: await callsFor(lab, "/p/a", nonce) };
  },
  ({ first, second }) => {
    if (!isCached(first)) return NO_CACHE;
    return share(first, second)
      ? finding("differs", "no: an old answer was given", "count on the TTL alone after a revocation")
      : finding("as assumed", "yes");
  },
);
