import type { Catalogue, PlanItem, TenantItem } from "../../model/items.ts";
import type { Route } from "../../model/route.ts";
import { accessMatrix, type MatrixCell } from "./matrix.ts";

/**
 * A matrix cell in one word. `scope`: allowed if the token has the route's scopes. `plan`: denied only because of the
 * tenant's plan.
 */
export type AccessKind = "allowed" | "scope" | "bound" | "plan" | "denied";

export interface KindedCell extends MatrixCell {
  readonly kind: AccessKind;
}

/** Returns one tenant's cells with their kinds, role by role, in the order of the routes. */
export function accessKinds(
  catalogue: Catalogue,
  tenant: TenantItem,
  routes: readonly Route[],
): KindedCell[] {
  const cells = [...accessMatrix(catalogue, [tenant], routes)];
  const unbounded = [...accessMatrix(withoutBounds(catalogue, tenant), [tenant], routes)];
  return cells.map((cell, index) => ({ ...cell, kind: classify(cell, unbounded[index]) }));
}

function classify({ access, scopes }: MatrixCell, unbounded: MatrixCell | undefined): AccessKind {
  if (access === "bound") return "bound";
  if (access === "allowed") return scopes.length > 0 ? "scope" : "allowed";
  return unbounded === undefined || unbounded.access === "denied" ? "denied" : "plan";
}

/** Returns the catalogue as if the tenant's plan had all roles and no ceiling. */
function withoutBounds(catalogue: Catalogue, { plan }: TenantItem): Catalogue {
  const found = plan === null ? undefined : catalogue.plans.get(plan);
  if (found === undefined) return catalogue;
  const grants = [...catalogue.roles.values()].flatMap((role) => role.grants);
  const ceiling = new Set(grants.map(({ route }) => route));
  const open: PlanItem = { ...found, roles: null, ceiling };
  return { ...catalogue, plans: new Map([...catalogue.plans, [found.name, open]]) };
}
