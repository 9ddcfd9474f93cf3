import type { Answer } from "../../core/answer.ts";
import type { Asked } from "../../core/authorize.ts";
import type { Layout } from "../../core/layout.ts";
import { selectedTenant } from "../../core/selected-tenant.ts";
import { boundedCache } from "./bounded-cache.ts";
import type { LoadedPermissions } from "./permissions-table.ts";
import type { TokenKey } from "./token-key.ts";
import type { Verification } from "./verify-token.ts";

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
  get(token: TokenKey, asked: Asked): Answer | undefined;
  add(token: TokenKey, asked: Asked, grounds: Grounds, answer: Answer): void;
}

const CAPACITY = 1_000;
const TEN_MINUTES = 600_000;

export function rememberedAnswers(layout: Layout, now: () => number): RememberedAnswers {
  const entries = boundedCache<{ answer: Answer; grounds: Grounds }>({
    capacity: CAPACITY,
    ttl: TEN_MINUTES,
    now,
  });
  const keyOf = (token: TokenKey, { request, places: [place] }: Asked): string =>
    `${token} ${place.route.key} ${place.arn.base} ${selectedTenant(request, place, layout) ?? ""}`;
  return {
    get(token, asked) {
      const entry = isOnePlace(asked) ? entries.get(keyOf(token, asked)) : undefined;
      if (entry === undefined) return undefined;
      const { verified, loaded } = entry.grounds;
      return verified.holds() && loaded.holds() ? entry.answer : undefined;
    },
    add(token, asked, grounds, answer) {
      const mayStay = isOnePlace(asked) && isOneState(grounds) && !changesByItself(grounds.loaded);
      // Most tokens come once, for API Gateway keeps their answers.
      if (mayStay && grounds.verified.cached) entries.set(keyOf(token, asked), { answer, grounds });
    },
  };
}

/** One ARN of several routes' may be another's too: what was answered to it says nothing of this one. */
const isOnePlace = ({ places }: Asked): boolean => places.length === 1;

/** The catalogue may have been read anew between the two, and then the claims were read by an item that is gone. */
const isOneState = ({ verified: { claims }, loaded }: Grounds): boolean =>
  loaded.catalogue.issuers.get(claims.issuer.name) === claims.issuer;

/** Memberships and revocations begin and end by the clock, without an item that changes. */
const changesByItself = ({ people }: LoadedPermissions): boolean =>
  people !== null && people.memberships.length + people.revocations.length > 0;
