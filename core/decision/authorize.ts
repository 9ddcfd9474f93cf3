import type { Layout } from "../model/layout.ts";
import type { Memo } from "../model/memoize.ts";
import { allowsEach } from "../policy/allows-each.ts";
import { type Answer, allowBy, deny, refuse } from "../policy/authorizer-response.ts";
import { type CompiledPolicy, compiledPolicy } from "../policy/compiled-policy.ts";
import { type Authorization, authorizationIn, bearerToken, type UnverifiedToken } from "./bearer-token.ts";
import { type Caller, callerFrom } from "./caller.ts";
import type { VerifiedClaims } from "./claims.ts";
import { isRefusal } from "./denial.ts";
import { permissionsOf, type RoleSet, type StoredPermissions } from "./permissions.ts";
import { type AuthorizerRequest, locate, type Place, type Places } from "./resolve-route.ts";
import { selectedTenant } from "./selected-tenant.ts";
import { type UsageKeys, usageHolder } from "./usage-plan.ts";

export interface Collaborators {
  readonly layout: Layout;
  /** @throws UnauthorizedError, or UnavailableError where the keys cannot be had */
  verifyToken(token: UnverifiedToken): Promise<VerifiedClaims>;
  /** @throws UnavailableError where the table cannot be read */
  loadPermissions(caller: Caller): Promise<StoredPermissions>;
  readonly extras?: AnswerExtras;
}

/** A request as far as it can be read alone: where it stands, and what is to say who asks. */
export interface Asked {
  readonly request: AuthorizerRequest;
  readonly places: Places;
  readonly authorization: Authorization;
}

/** @throws UnauthorizedError, or UnavailableError `route_unknown` and `layout_mismatch` */
export const readRequest = (request: AuthorizerRequest, layout: Layout): Asked => ({
  request,
  places: locate(request, layout),
  authorization: authorizationIn(request.headers),
});

export interface AnswerExtras {
  /** Absent: plans are not enforced. */
  readonly usageKeys?: UsageKeys | undefined;
  /** What was worked out for others that may do the same. */
  readonly roleSets?: Memo<RoleSet>;
  readonly policies?: Memo<CompiledPolicy>;
}

/**
 * The way of a request: token, verified claims, tenant context, permissions, decision, answer.
 *
 * @throws UnauthorizedError (401) and UnavailableError (500); a 403 is an answer
 */
export async function authorize(
  { request, places, authorization }: Asked,
  with_: Collaborators,
): Promise<Answer> {
  const [place] = places;
  const claims = await with_.verifyToken(bearerToken(authorization));
  const caller = callerFrom(claims, selectedTenant(request, place, with_.layout));
  if (isRefusal(caller)) return deny(place, caller);
  const stored = await with_.loadPermissions(caller);
  return strictest(request, places, (each) => answerFor(each, caller, stored, with_.layout, with_.extras));
}

/** Where several routes could be the request's: an answer that allows it, only if that of each does. */
function strictest(
  { methodArn }: AuthorizerRequest,
  places: Places,
  answerAt: (place: Place) => Answer,
): Answer {
  const [first, ...others] = places.map(answerAt) as [Answer, ...Answer[]];
  if (others.length === 0) return first;
  const refusing = [first, ...others].find(
    ({ response }) => !allowsEach(response.policyDocument, [methodArn]),
  );
  return refusing === undefined ? first : refuse(refusing, places[0]);
}

/** From a caller to the answer: the part that commands and tests share, whoever vouches for the caller. */
export function answerFor(
  place: Place,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
  { usageKeys, roleSets, policies }: AnswerExtras = {},
): Answer {
  const permissions = permissionsOf(caller, stored, roleSets);
  if (isRefusal(permissions)) return deny(place, permissions);
  const policy = compiledPolicy(permissions, place, layout, policies);
  const holder = usageHolder(stored);
  const usageIdentifierKey = holder && usageKeys?.(holder);
  return allowBy(place, policy, permissions, usageIdentifierKey);
}
