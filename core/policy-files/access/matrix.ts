import { supposedCaller } from "../../decision/caller.ts";
import { type DenyReason, isDenial } from "../../decision/denial.ts";
import { permissionsOf } from "../../decision/permissions.ts";
import { printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, TenantItem } from "../../model/items.ts";
import type { Route } from "../../model/route.ts";

/** What one role of one tenant may do with one route. */
export interface MatrixCell {
  readonly tenant: string;
  readonly role: string;
  readonly route: RouteKey;
  /** `bound`: only with the caller's own values. */
  readonly access: "allowed" | "bound" | "denied";
  /** The bindings, or why a whole role is refused. */
  readonly detail: string;
  /** Scopes that a token needs besides. */
  readonly scopes: readonly string[];
}

/** Every role that a tenant's callers may hold, by every route, in the API's order. */
export function* accessMatrix(
  catalogue: Catalogue,
  tenants: Iterable<TenantItem>,
  routes: readonly Route[],
): Generator<MatrixCell> {
  for (const tenant of tenants)
    for (const role of new Set([...catalogue.roles.keys(), ...tenant.roles.keys()]))
      yield* roleCells(catalogue, tenant, role, routes);
}

function* roleCells(
  catalogue: Catalogue,
  tenant: TenantItem,
  role: string,
  routes: readonly Route[],
): Generator<MatrixCell> {
  const permissions = permissionsOf(supposedCaller({ tenant: tenant.id, roles: [role] }), {
    catalogue,
    tenant,
    membershipState: null,
  });
  const refused: DenyReason | undefined = isDenial(permissions) ? permissions.reason : undefined;
  for (const { key: route, scopes } of routes) {
    const bindings = isDenial(permissions) ? undefined : permissions.grants.get(route);
    const texts = bindings?.map((binding) =>
      printGrant({ route, binding })
        .slice(route.length)
        .replace(/^ where /, ""),
    );
    const access = texts === undefined ? "denied" : texts.includes("") ? "allowed" : "bound";
    const detail = access === "bound" ? [...new Set(texts)].join(" or ") : (refused ?? "");
    yield { tenant: tenant.id, role, route, access, detail, scopes: access === "denied" ? [] : scopes };
  }
}
