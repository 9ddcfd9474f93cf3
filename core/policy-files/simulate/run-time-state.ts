import type { Caller } from "../../decision/caller.ts";
import { type MembershipState, membershipKeys, readMembershipState } from "../../decision/memberships.ts";
import { issuerOf } from "../../decision/permissions.ts";
import { ISSUERS_KEY, readIssuerSwitches } from "../../model/issuer-switch.ts";
import {
  type Catalogue,
  DIRECTORY_PREFIX,
  type Item,
  TENANT_PREFIX,
  TENANT_SORT_KEY,
  tenantKey,
} from "../../model/items.ts";
import { memoize } from "../../model/memoize.ts";
import { itemKey, RUNTIME_OWNER, sortByKey } from "../compile/permission-items.ts";

/** Returns the memberships and revocations of a caller; null if no table was read. */
export type StateOf = (caller: Caller) => MembershipState | null;

/** No table was read. */
export const WITHOUT_TABLE: StateOf = () => null;

/** What a table has that no policy file has. */
export interface RunTimeItems {
  /** Tenants, memberships and revocations with the owner `runtime`, in the order of their keys. */
  readonly items: readonly Item[];
  /** The generation of each tenant, whatever its owner, by its partition. */
  readonly generations: ReadonlyMap<string, unknown>;
  /** The issuers' kill switches, which also revoke clients. */
  readonly switches: readonly Item[];
  /** The items that find the tenants of directories, of owner `runtime`. */
  readonly directories: readonly Item[];
}

export const NOTHING_ADDED: RunTimeItems = {
  items: [],
  generations: new Map(),
  switches: [],
  directories: [],
};

/**
 * Selects what run time added from the items of a table.
 *
 * @example
 * import { selectRunTime } from "./run-time-state.ts";
 *
 * const tenant = { pk: "TENANT#initech", sk: "TENANT", owner: "runtime", generation: "g1" };
 * const { items, generations } = selectRunTime([tenant, { pk: "CATALOGUE", sk: "ROLE#editor", owner: "files" }]);
 * [items.length, generations.get("TENANT#initech")]; // => [1,"g1"]
 */
export function selectRunTime(all: readonly Item[]): RunTimeItems {
  const ofTenants = all.filter(({ pk }) => String(pk).startsWith(TENANT_PREFIX));
  const tenants = ofTenants.filter(({ sk }) => sk === TENANT_SORT_KEY);
  return {
    items: sortByKey(ofTenants.filter(({ owner }) => owner === RUNTIME_OWNER)),
    generations: new Map(tenants.map(({ pk, generation }) => [String(pk), generation])),
    switches: all.filter(({ pk }) => pk === ISSUERS_KEY),
    directories: all.filter(
      ({ pk, owner }) => owner === RUNTIME_OWNER && String(pk).startsWith(DIRECTORY_PREFIX),
    ),
  };
}

/** Returns the items of the tenants that run time created, without those that the files have too. */
export function addedTenants({ items }: RunTimeItems, inFiles: Iterable<string>): Item[] {
  const keys = new Set(Array.from(inFiles, tenantKey));
  return items.filter(({ pk, sk }) => sk === TENANT_SORT_KEY && !keys.has(String(pk)));
}

/** The items by their keys. A table can have very many. */
const indexItems = memoize(
  ({ items }: RunTimeItems): ReadonlyMap<string, Item> => new Map(items.map((item) => [itemKey(item), item])),
);

/**
 * Creates a function that finds a caller's memberships and revocations in the items of a table, by the same keys as the
 * authorizer.
 *
 * @param at in seconds since 1970
 */
export function stateFrom(
  runTime: RunTimeItems,
  { issuers }: Pick<Catalogue, "issuers">,
  at: number,
): StateOf {
  const { generations, switches } = runTime;
  const killed = readIssuerSwitches(switches);
  const byKey = indexItems(runTime);
  return (caller) => {
    const pk = tenantKey(caller.tenant);
    const issuer = issuerOf(caller, { issuers }) ?? undefined;
    const found = membershipKeys(caller, issuer).map((sk) => byKey.get(itemKey({ pk, sk })));
    const own = found.filter((item) => item !== undefined);
    const generation = generations.get(pk);
    return {
      at,
      generation: generation === undefined ? null : String(generation),
      ...readMembershipState(own),
      revokedClients: caller.issuer === null ? undefined : killed.get(caller.issuer)?.revokedClients,
    };
  };
}
