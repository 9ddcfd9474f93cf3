import { supposedCaller } from "../../decision/caller.ts";
import { isDenial } from "../../decision/denial.ts";
import { permissionsOf } from "../../decision/permissions.ts";
import { type Binding, printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import { CATALOGUE_KEY, type Catalogue, type Item, type TenantItem } from "../../model/items.ts";
import { readItems } from "../compile/catalogue.ts";
import { compareClients } from "./client-access.ts";

/** The routes that one role of one tenant is granted, with their bindings as text; "": unbound. */
type RoleAccess = ReadonlyMap<RouteKey, string>;

/** One change of access, for all tenants that it affects. */
export interface AccessChange {
  readonly kind: "gain" | "loss";
  /** The role, or the client whose ceiling changes, as in `client report-agent of main`. */
  readonly role: string;
  readonly route: RouteKey;
  /** The bindings; if both states grant the route, those before and after. */
  readonly detail: string | undefined;
  /** Empty for a client's ceiling, which holds in every tenant. */
  readonly tenants: readonly string[];
  /** Whether the operation is explicit: a gain of it deserves a second look. */
  readonly explicit: boolean;
}

export interface AccessDiff {
  readonly changes: readonly AccessChange[];
  readonly tenantsAdded: readonly string[];
  readonly tenantsRemoved: readonly string[];
  readonly suspended: readonly string[];
  readonly reinstated: readonly string[];
  /** The number of combinations of tenant, role and route, or of client and route, that were granted before. */
  readonly before: number;
  /** The number of these that are no longer granted. */
  readonly lost: number;
}

/** Returns the access of each role of a tenant, by role. */
function computeAccess(catalogue: Catalogue, tenant: TenantItem): ReadonlyMap<string, RoleAccess> {
  const names = new Set([...catalogue.roles.keys(), ...tenant.roles.keys()]);
  return new Map([...names].map((role) => [role, roleAccess(catalogue, tenant, role)]));
}

function roleAccess(catalogue: Catalogue, tenant: TenantItem, role: string): RoleAccess {
  const permissions = permissionsOf(supposedCaller({ tenant: tenant.id, roles: [role] }), {
    catalogue,
    tenant,
    membershipState: null,
  });
  if (isDenial(permissions)) return new Map();
  return new Map([...permissions.grants].map(([route, bindings]) => [route, printBindings(route, bindings)]));
}

/** Prints bindings; "" if one of them is unbound. */
function printBindings(route: RouteKey, bindings: readonly Binding[]): string {
  const texts = bindings.map((binding) => printGrant({ route, binding }).slice(route.length).trim());
  return texts.includes("") ? "" : [...new Set(texts)].sort().join(", or ");
}

/**
 * Computes the access of tenants. Caches it by everything but the tenant's name, so that ten thousand equal
 * tenants are computed once.
 */
class AccessReader {
  readonly #catalogue: Catalogue;
  readonly #cache = new Map<string, ReadonlyMap<string, RoleAccess>>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  read(tenant: TenantItem): ReadonlyMap<string, RoleAccess> {
    const { plan, status, changes, never, roles } = tenant;
    const key = JSON.stringify([
      plan,
      status,
      [...changes].map(([role, change]) => [role, change === "none" ? change : [...change]]),
      [...never],
      [...roles],
    ]);
    const access = this.#cache.get(key) ?? computeAccess(this.#catalogue, tenant);
    this.#cache.set(key, access);
    return access;
  }
}

/** Returns whether a table with these items decides requests: without a catalogue each gets a 500. */
export const isDecided = (items: readonly Item[]): boolean => items.some(({ pk }) => pk === CATALOGUE_KEY);

/**
 * Compares two states of the compiled items: returns the access that each tenant's roles gain and lose. A change that
 * several tenants share is one entry. `explicit`: the routes of explicit operations.
 */
export function diffAccess(
  before: readonly Item[],
  after: readonly Item[],
  explicit: ReadonlySet<RouteKey>,
): AccessDiff {
  const [old, now] = [isDecided(before) ? readItems(before) : undefined, readItems(after)];
  const oldTenants = old?.tenants ?? new Map<string, TenantItem>();
  const [oldAccess, newAccess] = [
    new AccessReader(old?.catalogue ?? now.catalogue),
    new AccessReader(now.catalogue),
  ];
  const changes = new ChangeList(explicit);
  let [total, lost] = [0, 0];
  for (const id of new Set([...oldTenants.keys(), ...now.tenants.keys()])) {
    const [was, is] = [oldTenants.get(id), now.tenants.get(id)];
    const [had, has] = [
      was === undefined ? NO_ACCESS : oldAccess.read(was),
      is === undefined ? NO_ACCESS : newAccess.read(is),
    ];
    for (const role of new Set([...had.keys(), ...has.keys()])) {
      const [a, b] = [had.get(role) ?? new Map(), has.get(role) ?? new Map()] as [RoleAccess, RoleAccess];
      total += a.size;
      lost += [...a.keys()].filter((route) => !b.has(route)).length;
      changes.compare(id, role, a, b);
    }
  }
  if (old !== undefined)
    for (const { tenant, client, before: had, after: has } of compareClients(old, now)) {
      total += had.size;
      lost += [...had.keys()].filter((route) => !has.has(route)).length;
      changes.compare(tenant, client, had, has);
    }
  const ids = (tenants: Iterable<TenantItem>): string[] =>
    [...tenants].map((tenant) => tenant.id as string).sort();
  const changedStatus = (from: TenantItem["status"], to: TenantItem["status"]) =>
    ids(
      [...now.tenants.values()].filter(
        (tenant) => oldTenants.get(tenant.id)?.status === from && tenant.status === to,
      ),
    );
  return {
    changes: changes.sorted(),
    tenantsAdded: ids([...now.tenants.values()].filter(({ id }) => !oldTenants.has(id))),
    tenantsRemoved: ids([...oldTenants.values()].filter(({ id }) => !now.tenants.has(id))),
    suspended: changedStatus("active", "suspended"),
    reinstated: changedStatus("suspended", "active"),
    before: total,
    lost,
  };
}

const NO_ACCESS: ReadonlyMap<string, RoleAccess> = new Map();

class ChangeList {
  readonly #explicit: ReadonlySet<RouteKey>;
  readonly #changes = new Map<string, Omit<AccessChange, "tenants"> & { tenants: string[] }>();

  constructor(explicit: ReadonlySet<RouteKey>) {
    this.#explicit = explicit;
  }

  /** @param tenant empty: every tenant */
  compare(tenant: string, role: string, before: RoleAccess, after: RoleAccess): void {
    for (const [route, bindings] of after) {
      const had = before.get(route);
      if (had === undefined) this.#add("gain", role, route, bindings === "" ? undefined : bindings, tenant);
      else if (had !== bindings) this.#addBindingChange(role, route, had, bindings, tenant);
    }
    for (const route of before.keys())
      if (!after.has(route)) this.#add("loss", role, route, undefined, tenant);
  }

  /** A route that becomes unbound is a gain, and one that becomes bound a loss; a changed binding is both. */
  #addBindingChange(role: string, route: RouteKey, had: string, has: string, tenant: string): void {
    if (had !== "") this.#add("gain", role, route, `${has || "unbound"} (was ${had})`, tenant);
    if (has !== "") this.#add("loss", role, route, `${had || "unbound"} (now ${has})`, tenant);
  }

  #add(
    kind: AccessChange["kind"],
    role: string,
    route: RouteKey,
    detail: string | undefined,
    tenant: string,
  ): void {
    const key = [kind, role, route, detail, String(tenant === "")].join("\n");
    const change = this.#changes.get(key);
    if (change === undefined)
      this.#changes.set(key, {
        kind,
        role,
        route,
        detail,
        tenants: tenant === "" ? [] : [tenant],
        explicit: this.#explicit.has(route),
      });
    else change.tenants.push(tenant);
  }

  sorted(): AccessChange[] {
    const order = (change: AccessChange): string =>
      [change.kind, change.role, change.route, change.detail].join("\n");
    return [...this.#changes.values()]
      .map((change) => ({ ...change, tenants: change.tenants.sort() }))
      .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}

/**
 * Prints a change, such as `acme / editor gains DELETE /documents/{documentId}`. Counts several tenants, and
 * names up to three.
 */
export function printAccessChange({ kind, role, route, detail, tenants, explicit }: AccessChange): string {
  const [first = "", ...others] = tenants;
  const named = tenants.slice(0, 3).join(", ") + (tenants.length > 3 ? ", …" : "");
  const who =
    tenants.length === 0
      ? role
      : others.length === 0
        ? `${first} / ${role}`
        : `${role}, in ${tenants.length} tenants (${named}),`;
  return `${who} ${kind === "gain" ? "gains" : "loses"} ${route}${detail === undefined ? "" : ` ${detail}`}${explicit && kind === "gain" ? "  ! explicit" : ""}`;
}
