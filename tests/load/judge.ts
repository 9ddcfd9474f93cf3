import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { GET_LIMITS } from "../../runtime/jwt/https-getter.ts";
import {
  type ApiContext,
  type BackendCaller,
  type Expected,
  expected,
  type ModelRequest,
} from "../oracle/naive-model.ts";
import type { ClientAnswer } from "./client.ts";
import { GRACE_OF_KEYS } from "./faults.ts";
import type { Tally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import type { MintedToken } from "./tokens.ts";
import { pathOf } from "./traffic.ts";
import type { World } from "./world.ts";

/** A request with its answer. */
export interface Exchanged {
  readonly request: ModelRequest;
  readonly token: MintedToken;
  readonly answer: ClientAnswer;
  readonly logged: AccessLogEntry | undefined;
  /** In ms. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface SampleBody {
  readonly caller: (BackendCaller & { readonly tokenId: string | null }) | null;
  readonly request: { readonly path: string };
}

/** Reasons that tell one route's refusal; which of them depends on what else one answer speaks of. */
const OF_ROUTE = ["route_not_granted", "scope_missing", "binding_not_expressible"];

/** Compares answers with the model, in every state that they can have met. */
export function createJudge(
  first: World,
  around: ApiContext,
  line: Timeline,
  tally: Tally,
): (exchanged: Exchanged) => void {
  const kinds = createKinds(first, around, tally);
  return (exchanged) => {
    const { request, answer, sentAt, answeredAt } = exchanged;
    const wanted = line.states(sentAt, answeredAt).map((world) => expected(world, request, around));
    tally.count(`status ${answer.status}`);
    checkContext(exchanged, wanted, around, tally);
    if (answer.status === 500 && line.isOutage(sentAt, answeredAt)) return tally.count("5xx in an outage");
    if (isOvertime(exchanged)) {
      line.outageSince(sentAt, GRACE_OF_KEYS);
      return tally.count("500 on a slow machine");
    }
    const seen = observed(answer);
    if (!wanted.some((one) => same(one, seen)))
      return tally.fail("status", describe(exchanged, seen, wanted));
    kinds(exchanged, seen, wanted);
    if (line.isOutage(sentAt, answeredAt)) tally.count("answered right in an outage");
    else tally.count("answered right");
  };
}

/** A machine that is too busy lets deadlines pass; a quicker 500 has no such excuse. */
const isOvertime = ({ answer, logged }: Exchanged): boolean =>
  answer.status === 500 && (logged?.authorizer?.latencyMs ?? 0) >= GET_LIMITS.timeout;

/** Whatever the status: nobody's context but the caller's, in what the backend was told and in the log. */
function checkContext(
  exchanged: Exchanged,
  wanted: readonly Expected[],
  around: ApiContext,
  tally: Tally,
): void {
  const { request, token, answer, logged } = exchanged;
  const tenants =
    around.selector === "header" ? [request.selected] : Object.keys(request.identity.roles).slice(0, 1);
  const isLoggedWrong =
    (logged?.tenantId !== undefined && !tenants.includes(logged.tenantId)) ||
    (logged?.userId !== undefined && logged.userId !== request.identity.subject);
  if (isLoggedWrong) tally.fail("context", `the log has ${logged.tenantId} ${logged.userId}`);
  if (answer.status !== 200) return;
  const { caller, request: echoed } = answer.body as SampleBody;
  const isTold = wanted.some(
    (one) => one.status === 200 && same(one, { status: 200, caller: caller && told(caller) }),
  );
  const isToken = caller === null || caller.tokenId === token.id;
  if (isTold && isToken && echoed.path === pathOf(request)) tally.count("context compared");
  else tally.fail("context", describe(exchanged, answer.body, wanted));
}

const told = ({ userId, tenantId, roles, plan, scopes, issuer, claims }: BackendCaller): BackendCaller => ({
  userId,
  tenantId,
  roles,
  plan,
  scopes,
  issuer,
  claims,
});

function observed({ status, body }: ClientAnswer): Expected | { readonly status: number } {
  if (status === 200) {
    const { caller } = body as SampleBody;
    return { status, caller: caller && told(caller) };
  }
  if (status !== 403) return { status };
  const { reason = "none" } = (body as { error: { reason?: string } }).error;
  return { status, reason: OF_ROUTE.includes(reason) ? "route" : reason };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const describe = ({ request, token }: Exchanged, seen: unknown, wanted: readonly Expected[]): string =>
  JSON.stringify({ request, keys: token.keys, seen, wanted });

/** Counts what kinds of expectation were met, so that none goes missing unnoticed. */
function createKinds(first: World, around: ApiContext, tally: Tally) {
  const ofSubject = new Map<string, string>();
  const ofToken = new Map<string, string>();
  const differs = (seen: Map<string, string>, key: string, tenant: string): boolean => {
    const before = seen.get(key);
    seen.set(key, tenant);
    return before !== undefined && before !== tenant;
  };
  return ({ request, token }: Exchanged, seen: unknown, wanted: readonly Expected[]): void => {
    const { status, caller, reason } = seen as {
      status: number;
      caller?: BackendCaller | null;
      reason?: string;
    };
    tally.count(reason === undefined ? `expected ${status}` : `expected ${status} ${reason}`);
    if (wanted.length === 1 && !same(expected(first, request, around), wanted[0]))
      tally.count("a change in force");
    if (caller === null) tally.count("a public route");
    if (!caller) return;
    const held = request.identity.roles[caller.tenantId] ?? [];
    if (caller.roles.some((role) => !held.includes(role))) tally.count("a membership's role");
    if (token.keys > 0) tally.count("a rotated key's token");
    if (differs(ofSubject, caller.userId, caller.tenantId)) tally.count("a subject in another tenant");
    if (differs(ofToken, token.id, caller.tenantId)) tally.count("a token for another tenant");
  };
}
