import type { Catalogue, PlanItem, TenantItem } from "../../model/items.ts";
import type { Route } from "../../model/route.ts";
import { accessMatrix, type MatrixCell } from "./matrix.ts";

/**
 * A cell of the matrix in one word. `scope`: allowed to tokens with the route's scopes; `plan`: refused, and only
 * because the tenant's plan does not reach so far.
 */
export type AccessKind = "allowed" | "scope" | "bound" | "plan" | "denied";

export interface KindedCell extends MatrixCell {
  readonly kind: AccessKind;
}

/** One tenant's cells, role by role and each in the order of the routes, with their kinds. */
export function accessKinds(
  catalogue: Catalogue,
  tenant: TenantItem,
  routes: readonly Route[],
): KindedCell[] {
  const cells = [...accessMatrix(catalogue, [tenant], routes)];
  const unbounded = [...accessMatrix(withoutBounds(catalogue, tenant), [tenant], routes)];
  return cells.map((cell, index) => ({ ...cell, kind: kindOf(cell, unbounded[index]) }));
}

function kindOf({ access, scopes }: MatrixCell, unbounded: MatrixCell | undefined): AccessKind {
  if (access === "bound") return "bound";
  if (access === "allowed") return scopes.length > 0 ? "scope" : "allowed";
  return unbounded === undefined || unbounded.access === "denied" ? "denied" : "plan";
}

/** The catalogue as if the tenant's plan had every role and no ceiling. */
function withoutBounds(catalogue: Catalogue, { plan }: TenantItem): Catalogue {
  const found = plan === null ? undefined : catalogue.plans.get(plan);
  if (found === undefined) return catalogue;
  const grants = [...catalogue.roles.values()].flatMap((role) => role.grants);
  const ceiling = new Set(grants.map(({ route }) => route));
  const open: PlanItem = { ...found, roles: null, ceiling };
  return { ...catalogue, plans: new Map([...catalogue.plans, [found.name, open]]) };
}
