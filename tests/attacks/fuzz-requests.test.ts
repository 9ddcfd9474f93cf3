import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { ApiType, CachingMode } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { CachingError, compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { buildPolicies, type Selector, TENANT_HEADER } from "../load/files.ts";
import { observe } from "../load/judge.ts";
import { type Random, random } from "../load/random.ts";
import { createTokens } from "../load/tokens.ts";
import { createTraffic } from "../load/traffic.ts";
import { makeWorld, ROUTES, type WorldRoute } from "../load/world.ts";
import { bearersOf, createReader, type SentRequest, tenantOfHost, valuesOf } from "../oracle/naive-http.ts";
import { type Expected, expected, type Identity, type ModelRequest } from "../oracle/naive-model.ts";
import { draws } from "../support/draws.ts";
import { type Combination, createIssuers, startApi } from "./support/raw-api.ts";
import { type RawResponse, sendRaw } from "./support/raw-request.ts";
import {
  HARMLESS,
  HOSTILE,
  imitate,
  PUBLIC_ROUTE,
  plainRequest,
  ROUTE_KEYS,
  type Trick,
} from "./support/raw-traffic.ts";

const SEED = 20_261_201;
const ROUNDS = draws(8, 1);
const world = makeWorld(20, random(SEED));
const issuers = createIssuers(world);
const readRequest = createReader([...ROUTE_KEYS, PUBLIC_ROUTE]);

const SELECTORS: readonly Selector[] = ["claim", "header", "path", "host"];
const MODES: readonly CachingMode[] = ["token", "route", "off"];
const API_TYPES: readonly ApiType[] = ["rest", "rest-token", "http-iam", "http-simple"];
const ALL = SELECTORS.flatMap((selector) =>
  API_TYPES.flatMap((apiType) => MODES.map((mode) => ({ selector, apiType, mode }))),
);

/** The combinations that cannot be built: `docs/api-types.md` and `docs/policy-files.md` say so. */
const isImpossible = ({ selector, apiType, mode }: Combination): boolean =>
  (apiType === "rest-token" && (selector !== "claim" || mode !== "off")) ||
  (apiType !== "rest-token" && mode === "token" && (selector === "path" || apiType.startsWith("http-")));

it.each(ALL.filter(isImpossible))(
  "$selector, $apiType, $mode cannot be built",
  ({ selector, apiType, mode }) => {
    const policies = buildPolicies(world, selector);
    expect(() => compilePolicies([policies], mode, DEFAULT_LAYOUT_OPTIONS, apiType).definitions).toThrow(
      CachingError,
    );
  },
);

/** A request that was sent, with its response. */
interface Exchange {
  readonly sent: SentRequest;
  readonly response: RawResponse;
}

/** The identities by their tokens, as far as tokens were minted. */
type Identities = ReadonlyMap<string, Identity>;

/**
 * Lists the responses with status 200 that a request may get: those of every route that it may reach, with the
 * identity of its only token and the only tenant that it names. The event of a TOKEN authorizer has one header alone,
 * so there any of several tokens may count.
 */
function listAllowed(sent: SentRequest, identities: Identities, combination: Combination): Expected[] {
  const reached = readRequest(sent);
  const tokens = bearersOf(sent);
  const callers =
    tokens.length === 1 || combination.apiType === "rest-token"
      ? tokens.flatMap((token) => identities.get(token) ?? [])
      : [];
  const [tenant, ...others] = valuesOf(sent, TENANT_HEADER);
  const header = others.length === 0 ? tenant : undefined;
  const selected = { claim: undefined, path: undefined, header, host: tenantOfHost(sent) }[
    combination.selector
  ];
  return reached.flatMap(({ route, values }): Expected[] => {
    if (route.key === PUBLIC_ROUTE) return [{ status: 200, caller: null }];
    const parameters = { documentId: "", reportId: "", userId: "", orgId: "", ...values };
    const request = { route: ROUTE_KEYS.indexOf(route.key), parameters, selected };
    return callers
      .map((identity) => expected(world, { ...request, identity }, combination))
      .filter(({ status }) => status === 200);
  });
}

/** The statuses of denied and rejected requests; 0 for a closed connection, 204 for preflight. A 5xx is never one. */
const DENIALS = [0, 204, 400, 401, 403, 404, 414, 431];

function checkHostile({ sent, response }: Exchange, identities: Identities, combination: Combination): void {
  if (response.status !== 200) {
    expect(DENIALS, JSON.stringify(sent)).toContain(response.status);
    return;
  }
  const allowed = listAllowed(sent, identities, combination);
  expect(allowed, JSON.stringify(sent)).toContainEqual(observe({ status: 200, body: response.json }));
}

/** Picks a request, in three of four cases one that is allowed. */
function pickRequest(next: () => ModelRequest, combination: Combination, { chance }: Random): ModelRequest {
  let request = next();
  if (chance(0.75)) while (expected(world, request, combination).status !== 200) request = next();
  return request;
}

/**
 * Returns the response that a request must get. The event of a TOKEN authorizer does not name the route, and its ARN
 * may be decoded, so an encoded slash may be in a parameter: every route that the path may belong to must be allowed.
 */
function predict(request: ModelRequest, combination: Combination): Expected {
  const wanted = expected(world, request, combination);
  if (combination.apiType !== "rest-token" || wanted.status !== 200 || request.route === undefined)
    return wanted;
  const { method, path } = ROUTES[request.route] as WorldRoute;
  const others = ROUTES.flatMap((other, route) =>
    other.method === method && new RegExp(`^${other.path.replaceAll(/\{\w+\}/g, ".+")}$`).test(path)
      ? [route]
      : [],
  );
  const isAllowed = others.every(
    (route) => expected(world, { ...request, route }, combination).status === 200,
  );
  return isAllowed ? wanted : { status: 403, reason: "route" };
}

/** Compares the whole response, except for the reason of a 403 of an HTTP API, which has none. */
function checkExactly({ sent, response }: Exchange, request: ModelRequest, combination: Combination): void {
  const { status, json } = response;
  const wanted = predict(request, combination);
  const hasReason = status === 200 || combination.apiType.startsWith("rest");
  expect(hasReason ? observe({ status, body: json }) : { status }, JSON.stringify(sent)).toEqual(
    hasReason ? wanted : { status: wanted.status },
  );
}

/** Every trick once, and some requests that imitate other routes. With an exact one, the whole response is known. */
const ROUND: readonly { readonly exact: boolean; readonly trick: Trick }[] = [
  ...HARMLESS.map((trick) => ({ exact: true, trick })),
  ...[...HOSTILE, ...Array<Trick>(20).fill(imitate)].map((trick) => ({ exact: false, trick })),
];

const seen = { exact: { allowed: 0, denied: 0 }, hostile: { allowed: 0, denied: 0 } };
afterAll(() => {
  for (const { allowed, denied } of Object.values(seen))
    expect(Math.min(allowed, denied)).toBeGreaterThan(10);
});

describe.each(ALL.filter((combination) => !isImpossible(combination)))(
  "tenant by $selector, API type $apiType, caching mode $mode",
  (combination) => {
    it(`raw requests get what the oracle predicts, and no more (seed ${SEED}, ${ROUNDS} × ${ROUND.length} requests)`, async () => {
      const api = await startApi(world, issuers, combination);
      onTestFinished(api.close);
      const choices = random(SEED + ALL.indexOf(combination));
      const next = createTraffic(world, combination, choices);
      const tokens = createTokens(issuers.provider);
      const identities = new Map<string, Identity>();
      const mint = async (identity: Identity): Promise<string> => {
        const { text } = await tokens.of(identity);
        if (identity.flaw === undefined) identities.set(text, identity);
        return text;
      };
      for (const { exact, trick } of Array<typeof ROUND>(ROUNDS).fill(ROUND).flat()) {
        const [request, other] = [pickRequest(next, combination, choices), next()];
        const [tenant = ""] = Object.keys(other.identity.roles);
        const bound = [request.identity.subject, ...Object.keys(request.identity.roles), tenant];
        const others = { token: await mint(other.identity), tenant, bound };
        const plain = plainRequest(request, await mint(request.identity), combination.selector);
        const sent = trick(plain, others, choices);
        const exchange = { sent, response: await sendRaw(api.origin, sent) };
        if (exact) checkExactly(exchange, request, combination);
        else checkHostile(exchange, identities, combination);
        seen[exact ? "exact" : "hostile"][exchange.response.status === 200 ? "allowed" : "denied"] += 1;
      }
    });
  },
);
