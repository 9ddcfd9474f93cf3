import { BY_DIRECTORY } from "../../core/model/directory.ts";
import { type IssuerName, issuerName } from "../../core/model/ids.ts";
import {
  CATALOGUE_KEY,
  type Catalogue,
  ISSUER_NAME_SORT_KEY,
  ISSUER_PREFIX,
  ISSUER_SORT_KEY,
  type IssuerItem,
  type Item,
  readCatalogue,
  readGeneration,
  readOwnIssuer,
  readTenant,
  TENANT_SORT_KEY,
  type TenantItem,
  tenantKey,
} from "../../core/model/items.ts";
import type { MembershipInput } from "./input-types.ts";
import { getItem, queryItems, type StoreOptions } from "./store.ts";
import { StoreError } from "./store-error.ts";

const joinNames = (names: Iterable<string>): string => [...names].sort().join(", ") || "none";

/**
 * Reads roles, plans and issuers, and of the issuers with a URL in the files those that are named.
 *
 * @param items the catalogue's items if they are read already
 * @throws InternalError `catalogue_missing` or `item_invalid`
 */
export async function getCatalogue(
  store: StoreOptions,
  names: readonly (string | undefined)[] = [],
  items?: readonly Item[],
): Promise<Catalogue> {
  const catalogue = readCatalogue(items ?? (await queryItems(store, CATALOGUE_KEY)));
  const issuers = new Map(catalogue.issuers);
  for (const name of names) {
    if (name === undefined || catalogue.issuers.has(issuerName(name))) continue;
    const found = await getOwnIssuer(store, name);
    if (found !== undefined) issuers.set(found.name, found);
  }
  // Without names the map stays the one that throws for an item that cannot be read.
  return issuers.size === catalogue.issuers.size ? catalogue : { ...catalogue, issuers };
}

/** Reads an issuer with a URL in the files by its name. */
async function getOwnIssuer(store: StoreOptions, name: string): Promise<IssuerItem | undefined> {
  const pointer = await getItem(store, { pk: ISSUER_PREFIX + name, sk: ISSUER_NAME_SORT_KEY });
  if (pointer === undefined) return undefined;
  const item = await getItem(store, { pk: String(pointer["partition"]), sk: ISSUER_SORT_KEY });
  return item === undefined ? undefined : readOwnIssuer(item);
}

/** Returns the key of a tenant's item. */
export const tenantItemKey = (id: string) => ({ pk: tenantKey(id), sk: TENANT_SORT_KEY });

/** A tenant in the table, and the generation that its memberships and revocations must have. */
export interface StoredTenant {
  readonly tenant: TenantItem;
  readonly generation: string;
}

/** Reads a tenant, whatever its owner. @throws StoreError `tenant_unknown`, also if the id has another spelling */
export async function getTenant(store: StoreOptions, id: string): Promise<StoredTenant> {
  const found = await findTenant(store, id);
  if (found === undefined) throw unknownTenant(id);
  return found;
}

/** Reads a tenant, whatever its owner. Returns undefined if there is no tenant in any spelling of the id. */
export async function findTenant(store: StoreOptions, id: string): Promise<StoredTenant | undefined> {
  const item = await getItem(store, tenantItemKey(id));
  if (item === undefined) return undefined;
  checkSpelling(item, id);
  return { tenant: readTenant(item), generation: readGeneration(item) };
}

/** Checks that the item at an id's key is that of this id. @throws StoreError `tenant_unknown` */
export function checkSpelling(item: Item, id: string): void {
  if (item["id"] !== id) throw unknownTenant(id, `; it has "${String(item["id"])}"`);
}

/** Returns the error for a tenant that the table does not have. */
export const unknownTenant = (id: string, hint = ""): StoreError =>
  new StoreError("tenant_unknown", `The table has no tenant ${id}${hint}`);

/** Checks that a tenant's plan and issuers exist and fit. @throws StoreError `plan_unknown` or `issuer_unknown` */
export function checkTenant(
  {
    id,
    plan,
    issuers,
    directories = {},
  }: {
    id: string;
    plan?: string | undefined;
    issuers?: readonly string[] | undefined;
    directories?: Readonly<Record<string, string>> | undefined;
  },
  catalogue: Catalogue,
): void {
  const { plans } = catalogue;
  if (plan === undefined ? plans.size > 0 : !plans.has(plan))
    throw new StoreError(
      "plan_unknown",
      `${plan === undefined ? `Tenant ${id} has no plan, but needs one` : `The table has no plan ${plan}`}; the table's plans: ${joinNames(plans.keys())}`,
    );
  for (const name of issuers ?? []) {
    const issuer = getIssuer(name, catalogue);
    if (issuer.tenants === BY_DIRECTORY) {
      if (directories[name] === undefined)
        throw new StoreError(
          "issuer_unknown",
          `Issuer ${name} covers a tenant by its directory, but ${id} has none: give the tenant its directory of ${name}`,
        );
    } else if (issuer.tenants !== null && ![...issuer.tenants].some((covered) => covered === id))
      throw new StoreError(
        "issuer_unknown",
        `Issuer ${name} does not cover the tenant ${id}: add it to the issuer's tenants in issuers.yaml, and publish`,
      );
  }
}

/** Checks that an issuer has a directory for each tenant. @throws StoreError `issuer_unknown` */
export function checkDirectoryIssuer(name: string, catalogue: Catalogue): void {
  if (getIssuer(name, catalogue).tenants !== BY_DIRECTORY)
    throw new StoreError(
      "issuer_unknown",
      `Issuer ${name} has no directories: write tenants: ${BY_DIRECTORY} for it in issuers.yaml, and publish`,
    );
}

/**
 * Checks that the tenant's callers can have a role: a shared role that its plan includes, or its own.
 *
 * @throws StoreError `role_unknown`
 */
export function checkRole(role: string, tenant: TenantItem, catalogue: Catalogue): void {
  const planRoles = tenant.plan === null ? null : (catalogue.plans.get(tenant.plan)?.roles ?? null);
  const shared = [...catalogue.roles.keys()].filter(
    (name) => (planRoles === null || planRoles.has(name)) && tenant.changes.get(name) !== "none",
  );
  const names = [...shared, ...tenant.roles.keys()].map(String);
  if (!names.includes(role))
    throw new StoreError(
      "role_unknown",
      `Tenant ${tenant.id} has no role ${role}; its roles: ${joinNames(names)}`,
    );
}

const membershipIssuers = ({ issuers }: Catalogue): IssuerItem[] =>
  [...issuers.values()].filter(({ memberships }) => memberships !== null);

/**
 * Returns the issuer of a membership: the given one, or the only one that uses memberships.
 *
 * @throws StoreError `issuer_unknown`
 */
export function findMembershipIssuer(to: MembershipInput["to"], catalogue: Catalogue): IssuerItem {
  const candidates = membershipIssuers(catalogue);
  const given = to.issuer === undefined ? undefined : getIssuer(to.issuer, catalogue);
  const found = given ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (found === undefined)
    throw new StoreError(
      "issuer_unknown",
      candidates.length === 0
        ? 'No issuer uses memberships: set memberships to "merge" or "instead" for one in issuers.yaml, and publish'
        : `Several issuers use memberships, so the issuer is required: one of ${joinNames(candidates.map(({ name }) => name))}`,
    );
  if (found.memberships === null)
    throw new StoreError(
      "issuer_unknown",
      `Issuer ${found.name} does not use memberships: set its memberships to "merge" or "instead" in issuers.yaml, and publish`,
    );
  return found;
}

/**
 * Returns the issuer of a subject: the given one, the only one, or the one that a membership would have.
 *
 * @throws StoreError `issuer_unknown`
 */
export function findSubjectIssuer(name: string | undefined, catalogue: Catalogue): IssuerName {
  if (name !== undefined) return getIssuer(name, catalogue).name;
  const using = membershipIssuers(catalogue);
  const [only, ...others] = using.length > 0 ? using : catalogue.issuers.values();
  if (only === undefined || others.length > 0)
    throw new StoreError(
      "issuer_unknown",
      `The issuer of the subject is required; the table's issuers: ${joinNames(catalogue.issuers.keys())}`,
    );
  return only.name;
}

/** Returns an issuer of the catalogue. @throws StoreError `issuer_unknown` */
export function getIssuer(name: string, { issuers }: Catalogue): IssuerItem {
  const found = issuers.get(issuerName(name));
  if (found === undefined)
    throw new StoreError(
      "issuer_unknown",
      `The table has no issuer ${name}; the table's issuers: ${joinNames(issuers.keys())}`,
    );
  return found;
}
