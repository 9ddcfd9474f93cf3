import type { ParsedRequest } from "../../core/decision/authorize.ts";
import type { ResolvedRoute } from "../../core/decision/resolve-route.ts";
import { selectedTenant } from "../../core/decision/selected-tenant.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { LoggedResponse } from "../../core/policy/authorizer-response.ts";
import { boundedCache } from "../../runtime/cache/bounded-cache.ts";
import type { TokenKey } from "../../runtime/jwt/token-key.ts";
import type { Verification } from "../../runtime/jwt/verify-token.ts";
import type { LoadedPermissions } from "../../runtime/table/permissions-table.ts";
import { writeAhead } from "../../runtime/telemetry/log.ts";

/** What an answer was made of. */
export interface Grounds {
  verified: Verification;
  loaded: LoadedPermissions;
}

/**
 * Answers by token, place, and the tenant that the request selects, and what each was made of: one is given again
 * only while exactly that would be made of it anew.
 */
export interface RememberedAnswers {
  /** @throws UnauthorizedError where the token has ended meanwhile */
  get(token: TokenKey, parsed: ParsedRequest): LoggedResponse | undefined;
  add(token: TokenKey, parsed: ParsedRequest, grounds: Grounds, answer: LoggedResponse): void;
}

/** One for each token and route, ARN, and tenant that requests select. */
interface Remembered {
  readonly place: ResolvedRoute;
  readonly tenant: string | undefined;
  readonly answer: LoggedResponse;
  readonly grounds: Grounds;
}

const TOKENS = 1_000;
/** Of each token, the newest. */
const PLACES = 8;
const TEN_MINUTES = 600_000;

export function rememberedAnswers(layout: Layout, now: () => number): RememberedAnswers {
  const entries = boundedCache<readonly Remembered[]>({ capacity: TOKENS, ttl: TEN_MINUTES, now });
  const isOf =
    ({ request, routes: [resolved] }: ParsedRequest) =>
    ({ place: { route, arn }, tenant }: Remembered): boolean =>
      route === resolved.route &&
      arn.base === resolved.arn.base &&
      tenant === selectedTenant(request, resolved, layout);
  return {
    get(token, parsed) {
      const entry = isOnePlace(parsed) ? entries.get(token)?.find(isOf(parsed)) : undefined;
      if (entry === undefined) return undefined;
      const { verified, loaded } = entry.grounds;
      return verified.isCurrent() && loaded.isCurrent() ? entry.answer : undefined;
    },
    add(token, parsed, grounds, answer) {
      const mayStay = isOnePlace(parsed) && isOneState(grounds) && !changesByItself(grounds.loaded);
      // Most tokens come once, for API Gateway keeps their answers.
      if (!mayStay || !grounds.verified.cached) return;
      writeAhead(answer.log);
      const {
        request,
        routes: [resolved],
      } = parsed;
      const others = (entries.get(token) ?? []).filter((other) => !isOf(parsed)(other));
      const tenant = selectedTenant(request, resolved, layout);
      entries.set(token, [{ place: resolved, tenant, answer, grounds }, ...others].slice(0, PLACES));
    },
  };
}

/** One ARN of several routes' may be another's too: what was answered to it says nothing of this one. */
const isOnePlace = ({ routes }: ParsedRequest): boolean => routes.length === 1;

/** The catalogue may have been read anew between the two, and then the claims were read by an item that is gone. */
const isOneState = ({ verified: { claims }, loaded }: Grounds): boolean =>
  loaded.catalogue.issuers.get(claims.issuer.name) === claims.issuer;

/** Memberships and revocations begin and end by the clock, without an item that changes. */
const changesByItself = ({ membershipState }: LoadedPermissions): boolean =>
  membershipState !== null && membershipState.memberships.length + membershipState.revocations.length > 0;
