import type { Answer } from "../../core/answer.ts";
import type { Layout } from "../../core/layout.ts";
import type { AuthorizerRequest, Place } from "../../core/place.ts";
import { selectedTenant } from "../../core/selected-tenant.ts";
import { boundedCache } from "./bounded-cache.ts";
import type { LoadedPermissions } from "./permissions-table.ts";
import type { TokenKey } from "./token-key.ts";
import type { Verification } from "./verify-token.ts";

/** What an answer was made of. */
export interface Grounds {
  readonly verified: Verification;
  readonly loaded: LoadedPermissions;
}

/** Answers, and what each was made of: one is given again only while exactly that would be made of it anew. */
export interface RememberedAnswers {
  /** @throws UnauthorizedError where the token has ended meanwhile */
  get(asked: Asked): Answer | undefined;
  add(asked: Asked, grounds: Grounds, answer: Answer): void;
}

declare const asked: unique symbol;

/** All of a request that an answer depends on. */
export type Asked = string & { readonly [asked]: true };

const CAPACITY = 1_000;
const TEN_MINUTES = 600_000;

/** The token, the place, and the tenant that the request selects. */
export const askedOf = (token: TokenKey, request: AuthorizerRequest, place: Place, layout: Layout): Asked =>
  `${token} ${place.route.key} ${place.arn.base} ${selectedTenant(request, place, layout) ?? ""}` as Asked;

export function rememberedAnswers(now: () => number): RememberedAnswers {
  const entries = boundedCache<{ answer: Answer; grounds: Grounds }>({
    capacity: CAPACITY,
    ttl: TEN_MINUTES,
    now,
  });
  return {
    get(asked) {
      const entry = entries.get(asked);
      if (entry === undefined) return undefined;
      const { verified, loaded } = entry.grounds;
      return verified.holds() && loaded.holds() ? entry.answer : undefined;
    },
    add(asked, grounds, answer) {
      if (isOneState(grounds) && !changesByItself(grounds.loaded)) entries.set(asked, { answer, grounds });
    },
  };
}

/** The catalogue may have been read anew between the two, and then the claims were read by an item that is gone. */
const isOneState = ({ verified: { claims }, loaded }: Grounds): boolean =>
  loaded.catalogue.issuers.get(claims.issuer.name) === claims.issuer;

/** Memberships and revocations begin and end by the clock, without an item that changes. */
const changesByItself = ({ people }: LoadedPermissions): boolean =>
  people !== null && people.memberships.length + people.revocations.length > 0;
