import { randomUUID } from "node:crypto";
import { type AuthorizerName, STAGE_VARIABLES } from "../definition.ts";
import { allow, type Lab } from "../lab.ts";
import { finding, type ProbeFinding, probe } from "../probe.ts";

/** Enough requests to get a cached response even if the cache has several nodes. */
const REPEATS = 5;

/** Requests a path several times with one token. Returns the ids of the authorizer calls whose responses were used. */
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

const NO_CACHE = finding("unclear", "no response was used twice, so nothing was cached");

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
    question: "Do two authorizers with the same identity sources share cached responses?",
    assumed: "they may: so the first identity source of each is a stage variable of its own",
  },
  async (lab) => {
    const nonce = randomUUID();
    return { first: await callsFor(lab, "/p/a", nonce), second: await callsFor(lab, "/twin", nonce) };
  },
  ({ first, second }) => {
    if (!isCached([...first, ...second])) return NO_CACHE;
    return finding("as assumed", share(first, second) ? "yes" : "no: each has separate entries");
  },
);

interface StageVariables extends Two {
  readonly rejected: string | undefined;
  readonly unset: number;
}

export const stageVariables = probe<StageVariables>(
  {
    id: "stage-variables",
    question: "Is a stage variable part of the cache key, and does an unset one give 401?",
    assumed: "yes",
  },
  async (lab) => {
    const rejected = notImported(lab, "stage_a", "stage_b", "stage_unset");
    if (rejected !== undefined) return { rejected, first: [], second: [], unset: 0 };
    const nonce = randomUUID();
    return {
      rejected,
      first: await callsFor(lab, "/stage/a", nonce),
      second: await callsFor(lab, "/stage/b", nonce),
      unset: (await lab.send({ path: "/stage/unset", statements: [allow("*")] })).status,
    };
  },
  ({ rejected, first, second, unset }) => {
    if (rejected !== undefined)
      return cannotImport(rejected, "report it: the API cannot be deployed as built");
    if (!isCached([...first, ...second])) return NO_CACHE;
    const observed = `${share(first, second) ? "it is not part of the key" : "it is part of the key"}; unset: ${unset}`;
    if (share(first, second)) return finding("open", observed, "--cache off, and report it");
    return unset === 401
      ? finding("as assumed", observed)
      : finding("differs", observed, "none: the authorizer compares the variable itself and fails with 500");
  },
);

const cannotImport = (message: string, setting: string): ProbeFinding =>
  finding("differs", `API Gateway does not import it: ${message}`, setting);

interface StageChange extends Two {
  readonly rejected: string | undefined;
}

export const stageVariableChange = probe<StageChange>(
  {
    id: "stage-variable-change",
    question: "Does a new value of the stage variable make old cached responses unreachable?",
    assumed: "yes: no cached policy outlives its layout",
  },
  async (lab) => {
    const rejected = notImported(lab, "stage_a");
    if (rejected !== undefined) return { rejected, first: [], second: [] };
    const nonce = randomUUID();
    const first = await callsFor(lab, "/stage/a", nonce);
    await lab.setStageVariable("verify_a", `${STAGE_VARIABLES["verify_a"]}-changed`);
    await lab.settle();
    return { rejected, first, second: await callsFor(lab, "/stage/a", nonce) };
  },
  ({ rejected, first, second }) => {
    if (rejected !== undefined)
      return cannotImport(rejected, "report it: the API cannot be deployed as built");
    if (!isCached(first)) return NO_CACHE;
    return share(first, second)
      ? finding("open", "no: an old response was used", "flush the stage's authorizer cache after each apply")
      : finding("as assumed", "yes");
  },
);

interface ByRoute {
  readonly rejected: string | undefined;
  readonly one: readonly string[];
  readonly two: readonly string[];
  readonly other: readonly string[];
}

export const resourcePathKey = probe<ByRoute>(
  {
    id: "resource-path-key",
    question: "Is context.resourcePath the matched route when it is an identity source?",
    assumed: "yes: mode route caches a response for each route",
  },
  async (lab) => {
    const rejected = notImported(lab, "by_route");
    if (rejected !== undefined) return { rejected, one: [], two: [], other: [] };
    const nonce = randomUUID();
    return {
      rejected,
      one: await callsFor(lab, "/keyed/1", nonce),
      two: await callsFor(lab, "/keyed/2", nonce),
      other: await callsFor(lab, "/keyed", nonce),
    };
  },
  ({ rejected, one, two, other }) => {
    if (rejected !== undefined) return cannotImport(rejected, "--cache token or off");
    if (!isCached([...one, ...two, ...other])) return NO_CACHE;
    if (share(other, [...one, ...two]))
      return finding("open", "no: two routes share a response", "--cache token or off, not route");
    return share(one, two)
      ? finding("as assumed", "yes: two paths of one route share a response, two routes do not")
      : finding("differs", "each path has a separate response", "none: the Lambda is only called more often");
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
      ? finding("differs", "no: an old response was used", "rely on the TTL alone after a revocation")
      : finding("as assumed", "yes");
  },
);
