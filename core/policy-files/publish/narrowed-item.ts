import type { CeilingChange } from "../../model/client-ceilings.ts";
import { BY_DIRECTORY } from "../../model/directory.ts";
import { printGrant } from "../../model/grant.ts";
import type { RoleName, RouteKey } from "../../model/ids.ts";
import {
  CATALOGUE_KEY,
  DIRECTORY_SORT_KEY,
  ISSUER_NAME_SORT_KEY,
  type Item,
  type PlanItem,
  ROUTES_KEY,
  readCatalogue,
  readTenant,
  type TenantItem,
} from "../../model/items.ts";
import { stampItem } from "../compile/permission-items.ts";
import { canonicalJson } from "../source/digest.ts";
import { itemContent } from "./item-state.ts";
import {
  intersectBounds,
  intersectGrants,
  intersectTenants,
  isWithinBound,
  isWithinGrants,
  isWithinTenant,
  readGrants,
  type Universe,
} from "./narrower.ts";

/** How an item's change affects access, all other items unchanged. */
export type AccessEffect =
  | { readonly kind: "none" | "narrows" | "widens" }
  /** Removes some access and adds other access. `intersection` allows what both contents allow. */
  | { readonly kind: "mixed"; readonly intersection: Item }
  /** The contents cannot be compared and have no intersection, so the item changes in one write. */
  | { readonly kind: "incomparable" };

/** All items before a change, and after it. */
export interface CatalogueChange {
  readonly before: readonly Item[];
  readonly after: readonly Item[];
}

/** `narrows`: the new content allows nothing that the old one does not. `widens`: the reverse. */
const accessEffect = (narrows: boolean, widens: boolean, intersection: () => Item): AccessEffect => {
  if (narrows) return { kind: widens ? "none" : "narrows" };
  return widens ? { kind: "widens" } : { kind: "mixed", intersection: intersection() };
};

/** Compares two contents of an item. */
export function compareContents(before: Item, after: Item, comparison: Comparison): AccessEffect {
  if (after["pk"] === ROUTES_KEY) return { kind: "none" };
  const [kind] = String(after["sk"]).split("#", 1);
  if (kind === "ROLE") return roleEffect(before, after);
  if (kind === "PLAN") return planEffect(before, after);
  if (kind === "ISSUER") return issuerEffect(before, after);
  // A directory's item is only a hint: the tenant's own item decides.
  if (kind === ISSUER_NAME_SORT_KEY || kind === DIRECTORY_SORT_KEY) return { kind: "none" };
  return comparison.tenantEffect(before, after);
}

function roleEffect(before: Item, after: Item): AccessEffect {
  const [old, next] = [readGrants(before["grants"]), readGrants(after["grants"])];
  return accessEffect(isWithinGrants(next, old), isWithinGrants(old, next), () =>
    stampItem({ ...itemContent(after), grants: intersectGrants(old, next).map(printGrant) }),
  );
}

function planEffect(before: Item, after: Item): AccessEffect {
  const [old, next] = [readPlan(before), readPlan(after)];
  const isWithin = (a: PlanItem, b: PlanItem): boolean =>
    isWithinBound(a.ceiling, b.ceiling) && isWithinBound(a.roles, b.roles);
  return accessEffect(isWithin(next, old), isWithin(old, next), () =>
    stampItem({
      ...itemContent(after),
      ceiling: sorted(intersectBounds<RouteKey>(old.ceiling, next.ceiling)),
      roles: sorted(intersectBounds(old.roles, next.roles)),
    }),
  );
}

/** Compares the tenants that an issuer covers. Changes to how it reads tokens cannot be compared. */
function issuerEffect(before: Item, after: Item): AccessEffect {
  const withoutTenants = (item: Item): string => canonicalJson({ ...itemContent(item), tenants: null });
  if (withoutTenants(before) !== withoutTenants(after)) return { kind: "incomparable" };
  const areListed = [before, after].every(({ tenants }) => tenants !== BY_DIRECTORY);
  if (!areListed && before["tenants"] !== after["tenants"]) return { kind: "incomparable" };
  const covered = ({ tenants }: Item) => (tenants === "*" ? null : new Set(tenants as readonly string[]));
  const [old, next] = [covered(before), covered(after)];
  return accessEffect(isWithinBound(next, old), isWithinBound(old, next), () =>
    stampItem({ ...itemContent(after), tenants: sorted(intersectBounds(old, next)) }),
  );
}

const readPlan = (item: Item): PlanItem => {
  const [plan] = readCatalogue([item]).plans.values();
  if (plan === undefined) throw new Error(`${String(item["sk"])} is not a plan`);
  return plan;
};

const sorted = <T extends string>(set: ReadonlySet<T> | null): T[] | undefined =>
  set === null ? undefined : [...set].sort();

/** Compares tenants. Reads both catalogues once. */
export class Comparison {
  readonly #plansBefore: ReadonlyMap<string, PlanItem>;
  readonly #plansAfter: ReadonlyMap<string, PlanItem>;
  readonly #universe: Universe;

  constructor({ before, after }: CatalogueChange) {
    const catalogues = [before, after].map((items) => {
      const own = items.filter((item) => item["pk"] === CATALOGUE_KEY);
      return own.length === 0 ? undefined : readCatalogue(own);
    });
    this.#plansBefore = catalogues[0]?.plans ?? new Map<string, PlanItem>();
    this.#plansAfter = catalogues[1]?.plans ?? new Map<string, PlanItem>();
    const sharedRoles = new Map<RoleName, Set<RouteKey>>();
    for (const role of catalogues.flatMap((catalogue) => [...(catalogue?.roles.values() ?? [])])) {
      const routes = sharedRoles.get(role.name) ?? new Set<RouteKey>();
      for (const { route } of role.grants) routes.add(route);
      sharedRoles.set(role.name, routes);
    }
    this.#universe = {
      sharedRoles,
      routes: new Set([...sharedRoles.values()].flatMap((routes) => [...routes])),
    };
  }

  /**
   * Compares two contents of a tenant. A narrowed tenant is written while the old catalogue is in force, and a
   * widened one while the new one is: so "narrows" is decided with the old plans, and "widens" with the new ones.
   */
  tenantEffect(before: Item, after: Item): AccessEffect {
    const [old, next] = [readTenant(before), readTenant(after)];
    const own = [old, next].flatMap((tenant) => [...tenant.roles.values()].flat().map(({ route }) => route));
    const universe = { ...this.#universe, routes: new Set([...this.#universe.routes, ...own]) };
    const [wasOld, wasNext] = [old, next].map((tenant) => ({ tenant, plan: this.#planBefore(tenant) }));
    const [isOld, isNext] = [old, next].map((tenant) => ({ tenant, plan: this.#planAfter(tenant) }));
    if (wasOld === undefined || wasNext === undefined || isOld === undefined || isNext === undefined)
      throw new Error("Unreachable: two tenants give two results");
    const isNewPlan = next.plan !== null && next.plan !== old.plan && !this.#plansBefore.has(next.plan);
    const within = !isNewPlan && isWithinTenant(wasNext, wasOld, universe);
    return accessEffect(within, isWithinTenant(isOld, isNext, universe), () =>
      stampItem(tenantContent(after, intersectTenants(isOld, isNext, universe))),
    );
  }

  #planBefore({ plan }: TenantItem): PlanItem | null {
    return plan === null ? null : (this.#plansBefore.get(plan) ?? this.#plansAfter.get(plan) ?? null);
  }

  #planAfter({ plan }: TenantItem): PlanItem | null {
    return plan === null ? null : (this.#plansAfter.get(plan) ?? this.#plansBefore.get(plan) ?? null);
  }
}

function tenantContent(model: Item, tenant: Omit<TenantItem, "hash">): Item {
  const changes = [...tenant.changes].map(([role, change]) => [
    role,
    change === "none" ? change : { except: sorted(change) },
  ]);
  const roles = [...tenant.roles].map(([role, grants]) => [role, { grants: grants.map(printGrant) }]);
  return {
    ...itemContent(model),
    status: tenant.status,
    plan: tenant.plan ?? undefined,
    issuers: sorted(tenant.issuers),
    changes: changes.length === 0 ? undefined : Object.fromEntries(changes),
    never: tenant.never.size === 0 ? undefined : sorted(tenant.never),
    roles: roles.length === 0 ? undefined : Object.fromEntries(roles),
    directories: tenant.directories.size === 0 ? undefined : Object.fromEntries(tenant.directories),
    clients: tenant.clients.size === 0 ? undefined : writeCeilingChanges(tenant.clients),
    needs:
      tenant.clients.size === 0 ? undefined : ["clients", ...(namesDelegates(tenant) ? ["delegates"] : [])],
  };
}

const namesDelegates = ({ clients }: Pick<TenantItem, "clients">): boolean =>
  [...clients.values()].some(({ delegates }) => delegates.size > 0);

function writeCeilingChanges(clients: TenantItem["clients"]): Record<string, unknown> {
  const write = (change: CeilingChange) => (change === "none" ? change : { except: sorted(change) });
  const writeAll = (changes: ReadonlyMap<string, CeilingChange>) =>
    Object.fromEntries([...changes].map(([entry, change]) => [entry, write(change)]));
  return Object.fromEntries(
    [...clients].map(([issuer, { otherwise, clients: own, delegates }]) => [
      issuer,
      {
        ...(otherwise !== undefined && { default: write(otherwise) }),
        clients: writeAll(own),
        ...(delegates.size > 0 && { delegates: writeAll(delegates) }),
      },
    ]),
  );
}
