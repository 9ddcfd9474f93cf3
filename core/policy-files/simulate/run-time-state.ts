import type { Caller } from "../../decision/caller.ts";
import { type MembershipState, membershipKeys, readMembershipState } from "../../decision/memberships.ts";
import { type Catalogue, type Item, tenantKey } from "../../model/items.ts";

/** Returns the memberships and revocations of a caller; null if no table was read. */
export type StateOf = (caller: Caller) => MembershipState | null;

/** No table was read. */
export const WITHOUT_TABLE: StateOf = () => null;

/** What a table has of all tenants. */
interface TableState {
  /** Memberships and revocations, and items of other kinds. */
  readonly items: readonly Item[];
  /** The generation of each tenant, by its partition. */
  readonly generations: ReadonlyMap<string, unknown>;
}

/**
 * Creates a function that finds a caller's memberships and revocations in the items of a table, by the same keys as the
 * authorizer.
 *
 * @param at in seconds since 1970
 */
export function stateFrom(
  { items, generations }: TableState,
  { issuers }: Pick<Catalogue, "issuers">,
  at: number,
): StateOf {
  const byKey = new Map(items.map((item) => [itemKey(item["pk"], item["sk"]), item]));
  return (caller) => {
    const pk = tenantKey(caller.tenant);
    const issuer = caller.issuer === null ? undefined : issuers.get(caller.issuer);
    const found = membershipKeys(caller, issuer).map((sk) => byKey.get(itemKey(pk, sk)));
    const own = found.filter((item) => item !== undefined);
    const generation = generations.get(pk);
    return {
      at,
      generation: generation === undefined ? null : String(generation),
      ...readMembershipState(own),
    };
  };
}

const itemKey = (pk: unknown, sk: unknown): string => JSON.stringify([pk, sk]);
