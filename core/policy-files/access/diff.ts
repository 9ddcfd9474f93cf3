import { supposedCaller } from "../../decision/caller.ts";
import { isDenial } from "../../decision/denial.ts";
import { permissionsOf } from "../../decision/permissions.ts";
import { type Binding, printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, Item, TenantItem } from "../../model/items.ts";
import { readItems } from "../compile/catalogue.ts";

/** What one role of one tenant may: routes with the bindings under which they are granted, as text. */
type RoleAccess = ReadonlyMap<RouteKey, string>;

/** One change of access, for all tenants that it concerns. */
export interface AccessChange {
  readonly kind: "gain" | "loss";
  readonly role: string;
  readonly route: RouteKey;
  /** The bindings that were, or are, in force where both states grant the route. */
  readonly detail: string | undefined;
  readonly tenants: readonly string[];
  /** The operation must be named by a grant: a gain of it deserves a second look. */
  readonly explicit: boolean;
}

export interface AccessDiff {
  readonly changes: readonly AccessChange[];
  readonly tenantsAdded: readonly string[];
  readonly tenantsRemoved: readonly string[];
  readonly suspended: readonly string[];
  readonly reinstated: readonly string[];
  /** How many combinations of tenant, role and route were granted before, and how many of these are no more. */
  readonly before: number;
  readonly lost: number;
}

/** What each role of each tenant may, by tenant and role. Tenants that differ in nothing but names share one. */
function accessOf(catalogue: Catalogue, tenant: TenantItem): ReadonlyMap<string, RoleAccess> {
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
  return new Map([...permissions.grants].map(([route, bindings]) => [route, bindingsText(route, bindings)]));
}

/** Empty: unbound. */
function bindingsText(route: RouteKey, bindings: readonly Binding[]): string {
  const texts = bindings.map((binding) => printGrant({ route, binding }).slice(route.length).trim());
  return texts.includes("") ? "" : [...new Set(texts)].sort().join(", or ");
}

/** A tenant's access with its shape remembered, so that ten thousand alike are computed once. */
class AccessReader {
  readonly #catalogue: Catalogue;
  readonly #known = new Map<string, ReadonlyMap<string, RoleAccess>>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  of(tenant: TenantItem): ReadonlyMap<string, RoleAccess> {
    const { plan, status, changes, never, roles } = tenant;
    const shape = JSON.stringify([
      plan,
      status,
      [...changes].map(([role, change]) => [role, change === "none" ? change : [...change]]),
      [...never],
      [...roles],
    ]);
    const known = this.#known.get(shape) ?? accessOf(this.#catalogue, tenant);
    this.#known.set(shape, known);
    return known;
  }
}

/**
 * What changes between two states of the compiled items, as access: what each tenant's roles gain and lose.
 * A change that several tenants share is one entry. `explicit` are the operations that a grant must name.
 */
export function diffAccess(
  before: readonly Item[],
  after: readonly Item[],
  explicit: ReadonlySet<RouteKey>,
): AccessDiff {
  const [old, now] = [before.length === 0 ? undefined : readItems(before), readItems(after)];
  const oldTenants = old?.tenants ?? new Map<string, TenantItem>();
  const [readOld, readNow] = [
    new AccessReader(old?.catalogue ?? now.catalogue),
    new AccessReader(now.catalogue),
  ];
  const changes = new ChangeList(explicit);
  let [total, lost] = [0, 0];
  for (const id of new Set([...oldTenants.keys(), ...now.tenants.keys()])) {
    const [was, is] = [oldTenants.get(id), now.tenants.get(id)];
    const [had, has] = [
      was === undefined ? NOTHING : readOld.of(was),
      is === undefined ? NOTHING : readNow.of(is),
    ];
    for (const role of new Set([...had.keys(), ...has.keys()])) {
      const [a, b] = [had.get(role) ?? new Map(), has.get(role) ?? new Map()] as [RoleAccess, RoleAccess];
      total += a.size;
      lost += [...a.keys()].filter((route) => !b.has(route)).length;
      changes.compare(id, role, a, b);
    }
  }
  const ids = (tenants: Iterable<TenantItem>): string[] =>
    [...tenants].map((tenant) => tenant.id as string).sort();
  const turned = (from: TenantItem["status"], to: TenantItem["status"]) =>
    ids(
      [...now.tenants.values()].filter(
        (tenant) => oldTenants.get(tenant.id)?.status === from && tenant.status === to,
      ),
    );
  return {
    changes: changes.sorted(),
    tenantsAdded: ids([...now.tenants.values()].filter(({ id }) => !oldTenants.has(id))),
    tenantsRemoved: ids([...oldTenants.values()].filter(({ id }) => !now.tenants.has(id))),
    suspended: turned("active", "suspended"),
    reinstated: turned("suspended", "active"),
    before: total,
    lost,
  };
}

const NOTHING: ReadonlyMap<string, RoleAccess> = new Map();

class ChangeList {
  readonly #explicit: ReadonlySet<RouteKey>;
  readonly #changes = new Map<string, Omit<AccessChange, "tenants"> & { tenants: string[] }>();

  constructor(explicit: ReadonlySet<RouteKey>) {
    this.#explicit = explicit;
  }

  compare(tenant: string, role: string, before: RoleAccess, after: RoleAccess): void {
    for (const [route, bindings] of after) {
      const had = before.get(route);
      if (had === undefined) this.#add("gain", role, route, bindings === "" ? undefined : bindings, tenant);
      else if (had !== bindings) this.#addBindingChange(role, route, had, bindings, tenant);
    }
    for (const route of before.keys())
      if (!after.has(route)) this.#add("loss", role, route, undefined, tenant);
  }

  /** To become unbound is a gain, to become bound a loss; another binding is both. */
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
    const key = [kind, role, route, detail].join("\n");
    const known = this.#changes.get(key);
    if (known === undefined)
      this.#changes.set(key, {
        kind,
        role,
        route,
        detail,
        tenants: [tenant],
        explicit: this.#explicit.has(route),
      });
    else known.tenants.push(tenant);
  }

  sorted(): AccessChange[] {
    const order = (change: AccessChange): string =>
      [change.kind, change.role, change.route, change.detail].join("\n");
    return [...this.#changes.values()]
      .map((change) => ({ ...change, tenants: change.tenants.sort() }))
      .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}

/** `acme / editor gains DELETE /documents/{documentId}`; several tenants are counted, and some named. */
export function printAccessChange({ kind, role, route, detail, tenants, explicit }: AccessChange): string {
  const [first = "", ...others] = tenants;
  const named = tenants.slice(0, 3).join(", ") + (tenants.length > 3 ? ", …" : "");
  const who =
    others.length === 0 ? `${first} / ${role}` : `${role}, in ${tenants.length} tenants (${named}),`;
  return `${who} ${kind === "gain" ? "gains" : "loses"} ${route}${detail === undefined ? "" : ` ${detail}`}${explicit && kind === "gain" ? "  ! explicit" : ""}`;
}
