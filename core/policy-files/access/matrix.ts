import { supposedCaller } from "../../decision/caller.ts";
import { type DenyReason, isDenial } from "../../decision/denial.ts";
import { permissionsOf } from "../../decision/permissions.ts";
import { printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, TenantItem } from "../../model/items.ts";
import type { Route } from "../../model/route.ts";

/** The access of one role of one tenant to one route. */
export interface MatrixCell {
  readonly tenant: string;
  readonly role: string;
  readonly route: RouteKey;
  /** `bound`: only with the caller's own values in the path. */
  readonly access: "allowed" | "bound" | "denied";
  /** The bindings, or the deny reason if the whole role is denied. */
  readonly detail: string;
  /** The scopes that the token also needs. */
  readonly scopes: readonly string[];
}

/**
 * Generates a cell for each tenant, each role that its callers can have, and each route, in the API's order.
 *
 * @param by the client and the delegate of the callers, whose ceilings limit them; absent: nothing limits them
 */
export function* accessMatrix(
  catalogue: Catalogue,
  tenants: Iterable<TenantItem>,
  routes: readonly Route[],
  by?: Pick<Parameters<typeof supposedCaller>[0], "issuer" | "clientId" | "delegate">,
): Generator<MatrixCell> {
  for (const tenant of tenants)
    for (const role of new Set([...catalogue.roles.keys(), ...tenant.roles.keys()]))
      yield* roleCells(catalogue, tenant, { tenant: tenant.id, roles: [role], ...by }, role, routes);
}

function* roleCells(
  catalogue: Catalogue,
  tenant: TenantItem,
  who: Parameters<typeof supposedCaller>[0],
  role: string,
  routes: readonly Route[],
): Generator<MatrixCell> {
  const permissions = permissionsOf(supposedCaller(who), {
    catalogue,
    tenant,
    membershipState: null,
  });
  const reason: DenyReason | undefined = isDenial(permissions) ? permissions.reason : undefined;
  for (const { key: route, scopes } of routes) {
    const bindings = isDenial(permissions) ? undefined : permissions.grants.get(route);
    const texts = bindings?.map((binding) =>
      printGrant({ route, binding })
        .slice(route.length)
        .replace(/^ where /, ""),
    );
    const access = texts === undefined ? "denied" : texts.includes("") ? "allowed" : "bound";
    const detail = access === "bound" ? [...new Set(texts)].join(" or ") : (reason ?? "");
    yield { tenant: tenant.id, role, route, access, detail, scopes: access === "denied" ? [] : scopes };
  }
}
