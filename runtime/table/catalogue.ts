import { type IssuerName, issuerName } from "../../core/model/ids.ts";
import {
  CATALOGUE_KEY,
  type Catalogue,
  type IssuerItem,
  readCatalogue,
  readTenant,
  TENANT_SORT_KEY,
  type TenantItem,
  tenantKey,
} from "../../core/model/items.ts";
import type { MembershipInput } from "./input.ts";
import { getItem, queryItems, type StoreOptions } from "./store.ts";
import { StoreError } from "./store-error.ts";

const list = (names: Iterable<string>): string => [...names].sort().join(", ") || "none";

export const readShared = async (store: StoreOptions): Promise<Catalogue> =>
  readCatalogue(await queryItems(store, CATALOGUE_KEY));

export const tenantItemKey = (id: string) => ({ pk: tenantKey(id), sk: TENANT_SORT_KEY });

/** The tenant, whoever keeps it. @throws StoreError `tenant_unknown` */
export async function existingTenant(store: StoreOptions, id: string): Promise<TenantItem> {
  const item = await getItem(store, tenantItemKey(id));
  if (item === undefined) throw new StoreError("tenant_unknown", `The table has no tenant ${id}`);
  return readTenant(item);
}

/** @throws StoreError `plan_unknown`, `issuer_unknown` */
export function checkTenant(
  { id, plan, issuers }: { id: string; plan?: string | undefined; issuers?: readonly string[] | undefined },
  catalogue: Catalogue,
): void {
  const { plans } = catalogue;
  if (plan === undefined ? plans.size > 0 : !plans.has(plan))
    throw new StoreError(
      "plan_unknown",
      `${plan === undefined ? `Tenant ${id} has no plan` : `There is no plan ${plan}`}: the table has ${list(plans.keys())}`,
    );
  for (const name of issuers ?? []) {
    const issuer = knownIssuer(name, catalogue);
    if (issuer.tenants !== null && ![...issuer.tenants].some((covered) => covered === id))
      throw new StoreError(
        "issuer_unknown",
        `Issuer ${name} does not cover the tenant ${id}: see issuers.yaml`,
      );
  }
}

/** A role that the tenant's callers can hold: a shared one of its plan, or its own. @throws StoreError `role_unknown` */
export function checkRole(role: string, tenant: TenantItem, catalogue: Catalogue): void {
  const ofPlan = tenant.plan === null ? null : (catalogue.plans.get(tenant.plan)?.roles ?? null);
  const shared = [...catalogue.roles.keys()].filter(
    (name) => (ofPlan === null || ofPlan.has(name)) && tenant.changes.get(name) !== "none",
  );
  const names = [...shared, ...tenant.roles.keys()].map(String);
  if (!names.includes(role))
    throw new StoreError("role_unknown", `There is no role ${role}: tenant ${tenant.id} has ${list(names)}`);
}

/** The issuer that uses memberships: the one named, or the only one. @throws StoreError `issuer_unknown` */
export function memberIssuer(to: MembershipInput["to"], catalogue: Catalogue): IssuerItem {
  const using = [...catalogue.issuers.values()].filter(({ memberships }) => memberships !== null);
  const named = to.issuer === undefined ? undefined : knownIssuer(to.issuer, catalogue);
  const found = named ?? (using.length === 1 ? using[0] : undefined);
  if (found === undefined)
    throw new StoreError(
      "issuer_unknown",
      using.length === 0
        ? "No issuer uses memberships: add memberships: merge or instead to one in issuers.yaml, and publish"
        : `Name the issuer: ${list(using.map(({ name }) => name))} use memberships`,
    );
  if (found.memberships === null)
    throw new StoreError(
      "issuer_unknown",
      `Issuer ${found.name} uses no memberships: add memberships: merge or instead to it in issuers.yaml`,
    );
  return found;
}

/** The issuer of a subject: the one named, or the only one. @throws StoreError `issuer_unknown` */
export function subjectIssuer(name: string | undefined, catalogue: Catalogue): IssuerName {
  if (name !== undefined) return knownIssuer(name, catalogue).name;
  const [only, ...others] = catalogue.issuers.keys();
  if (only === undefined || others.length > 0)
    throw new StoreError("issuer_unknown", `Name the issuer: there are ${list(catalogue.issuers.keys())}`);
  return only;
}

function knownIssuer(name: string, { issuers }: Catalogue): IssuerItem {
  const found = issuers.get(issuerName(name));
  if (found === undefined)
    throw new StoreError(
      "issuer_unknown",
      `There is no issuer ${name}: the table has ${list(issuers.keys())}`,
    );
  return found;
}
