import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { GET_LIMITS } from "../../runtime/jwt/https-getter.ts";
import {
  type ApiContext,
  type BackendCaller,
  type Expected,
  expected,
  type ModelRequest,
} from "../oracle/naive-model.ts";
import type { ClientResponse } from "./client.ts";
import { KEYS_GRACE_MS } from "./faults.ts";
import type { Tally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import type { MintedToken } from "./tokens.ts";
import { requestPath } from "./traffic.ts";
import type { World } from "./world.ts";

/** A request with its response. */
export interface Exchange {
  readonly request: ModelRequest;
  readonly token: MintedToken;
  readonly response: ClientResponse;
  readonly logged: AccessLogEntry | undefined;
  /** In ms. */
  readonly sentAt: number;
  /** In ms. */
  readonly receivedAt: number;
}

interface SampleBody {
  readonly caller: (BackendCaller & { readonly tokenId: string | null }) | null;
  readonly request: { readonly path: string };
}

/** Reasons for the denial of one route. Which of them applies depends on the other routes in the response. */
const ROUTE_REASONS = ["route_not_granted", "scope_missing", "binding_not_expressible"];

/** Creates a function that compares a response with the model in each state that the request may have met. */
export function createJudge(
  first: World,
  context: ApiContext,
  timeline: Timeline,
  tally: Tally,
): (exchange: Exchange) => void {
  const countKinds = createKindCounter(first, context, tally);
  return (exchange) => {
    const { request, response, sentAt, receivedAt } = exchange;
    const wanted = timeline.states(sentAt, receivedAt).map((world) => expected(world, request, context));
    tally.count(`status ${response.status}`);
    checkContext(exchange, wanted, context, tally);
    if (response.status === 500 && timeline.isOutage(sentAt, receivedAt))
      return tally.count("5xx in an outage");
    if (isOvertime(exchange)) {
      timeline.outageSince(sentAt, KEYS_GRACE_MS);
      return tally.count("500 on a slow machine");
    }
    const actual = observe(response);
    if (!wanted.some((one) => same(one, actual)))
      return tally.fail("status", describe(exchange, actual, wanted));
    countKinds(exchange, actual, wanted);
    tally.count(timeline.isOutage(sentAt, receivedAt) ? "correct in an outage" : "correct");
  };
}

/** Returns whether a busy machine may have caused a 500, because the authorizer exceeded a timeout. */
const isOvertime = ({ response, logged }: Exchange): boolean =>
  response.status === 500 && (logged?.authorizer?.latencyMs ?? 0) >= GET_LIMITS.timeout;

/** Checks that the backend and the log got no other caller's context, for any status. */
function checkContext(
  exchange: Exchange,
  wanted: readonly Expected[],
  context: ApiContext,
  tally: Tally,
): void {
  const { request, token, response, logged } = exchange;
  const tenants =
    context.selector === "header" ? [request.selected] : Object.keys(request.identity.roles).slice(0, 1);
  const isLoggedWrong =
    (logged?.tenantId !== undefined && !tenants.includes(logged.tenantId)) ||
    (logged?.userId !== undefined && logged.userId !== request.identity.subject);
  if (isLoggedWrong) tally.fail("context", `the log has ${logged.tenantId} ${logged.userId}`);
  if (response.status !== 200) return;
  const { caller, request: echoed } = response.body as SampleBody;
  const isExpected = wanted.some(
    (one) => one.status === 200 && same(one, { status: 200, caller: caller && pickCaller(caller) }),
  );
  const isToken = caller === null || caller.tokenId === token.id;
  if (isExpected && isToken && echoed.path === requestPath(request)) tally.count("context compared");
  else tally.fail("context", describe(exchange, response.body, wanted));
}

/** Returns the fields that the model predicts, in its order. */
const pickCaller = ({
  userId,
  tenantId,
  roles,
  plan,
  scopes,
  issuer,
  claims,
}: BackendCaller): BackendCaller => ({
  userId,
  tenantId,
  roles,
  plan,
  scopes,
  issuer,
  claims,
});

/** Returns a response in the form in which the model predicts it. */
export function observe({ status, body }: ClientResponse): Expected | { readonly status: number } {
  if (status === 200) {
    const { caller } = body as SampleBody;
    return { status, caller: caller && pickCaller(caller) };
  }
  if (status !== 403) return { status };
  const { reason = "none" } = (body as { error: { reason?: string } }).error;
  return { status, reason: ROUTE_REASONS.includes(reason) ? "route" : reason };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const describe = ({ request, token }: Exchange, actual: unknown, wanted: readonly Expected[]): string =>
  JSON.stringify({ request, keys: token.keys, actual, wanted });

/** Creates a function that counts each kind of expected response, so that a run without one of them fails. */
function createKindCounter(first: World, context: ApiContext, tally: Tally) {
  const tenantsBySubject = new Map<string, string>();
  const tenantsByToken = new Map<string, string>();
  const differs = (tenants: Map<string, string>, key: string, tenant: string): boolean => {
    const before = tenants.get(key);
    tenants.set(key, tenant);
    return before !== undefined && before !== tenant;
  };
  return ({ request, token }: Exchange, actual: unknown, wanted: readonly Expected[]): void => {
    const { status, caller, reason } = actual as {
      status: number;
      caller?: BackendCaller | null;
      reason?: string;
    };
    tally.count(reason === undefined ? `expected ${status}` : `expected ${status} ${reason}`);
    if (wanted.length === 1 && !same(expected(first, request, context), wanted[0]))
      tally.count("a change in force");
    if (caller === null) tally.count("a public route");
    if (!caller) return;
    const held = request.identity.roles[caller.tenantId] ?? [];
    if (caller.roles.some((role) => !held.includes(role))) tally.count("a membership's role");
    if (token.keys > 0) tally.count("a rotated key's token");
    if (differs(tenantsBySubject, caller.userId, caller.tenantId)) tally.count("a subject in another tenant");
    if (differs(tenantsByToken, token.id, caller.tenantId)) tally.count("a token for another tenant");
  };
}
