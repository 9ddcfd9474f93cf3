import { type CeilingChanges, readCeilingChanges } from "./client-ceilings.ts";
import { type Directory, isDirectory } from "./directory.ts";
import { EntryMap } from "./entry-map.ts";
import { InternalError } from "./errors.ts";
import type { Grant } from "./grant.ts";
import { foldId, isIdentifier } from "./identifier.ts";
import {
  type IssuerName,
  issuerName,
  type RoleName,
  type RouteKey,
  roleName,
  type TenantId,
  tenantId,
} from "./ids.ts";
import { type IssuerItem, type IssuerTrust, readIssuer } from "./issuer.ts";
import { type FieldReader, fieldReader, type Item } from "./item-reader.ts";

export type { IssuerItem } from "./issuer.ts";
export { type ClaimPath, ITEM_VERSION, type Item } from "./item-reader.ts";

export const CATALOGUE_KEY = "CATALOGUE";
export const TENANT_SORT_KEY = "TENANT";
/** The prefix of the keys of tenants' partitions. */
export const TENANT_PREFIX = "TENANT#";
/**
 * Returns the key of a tenant's partition. Ids that differ in case only have the same key, so the table cannot hold
 * both. The item's `id` keeps its spelling, and only a caller of exactly this tenant has its rights.
 */
export const tenantKey = (id: string): string => TENANT_PREFIX + foldId(id);

/**
 * The partition of the API's routes, for what is written at run time. The authorizer never reads it: its routes are in the
 * layout.
 */
export const ROUTES_KEY = "ROUTES";

/** The prefix of the partitions of the issuers that the files give a URL; the rest is the URL's SHA-256. */
export const ISSUER_PREFIX = "ISSUER#";
export const ISSUER_SORT_KEY = "ISSUER";
/** The sort key of the item that finds such an issuer by its name, in the partition of its name. */
export const ISSUER_NAME_SORT_KEY = "NAME";

/** The prefix of the partitions that find the tenant of a directory. */
export const DIRECTORY_PREFIX = "DIRECTORY#";
export const DIRECTORY_SORT_KEY = "DIRECTORY";

/** Returns the key of the item that names the tenant of a directory. So a directory has one tenant at most. */
export const directoryKey = (issuer: string, directory: string) => ({
  pk: `${DIRECTORY_PREFIX}${issuer}#${directory}`,
  sk: DIRECTORY_SORT_KEY,
});

/** Returns an item's content without undefined attributes, as the table has it. */
export const withoutUndefined = (content: object): Item =>
  Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));

/** A shared role, with its grants expanded. */
export interface RoleItem {
  readonly name: RoleName;
  readonly hash: string;
  readonly grants: readonly Grant[];
}

/** A plan: the limit on every role of its tenants. */
export interface PlanItem {
  readonly name: string;
  readonly hash: string;
  /** The routes that its tenants may call at most. */
  readonly ceiling: ReadonlySet<RouteKey>;
  /** The shared roles that its tenants have; null means all. */
  readonly roles: ReadonlySet<RoleName> | null;
}

/** What a tenant changes in a shared role: `none` removes the role, a set removes these routes from it. */
export type RoleChange = "none" | ReadonlySet<RouteKey>;

/** A tenant, with its changes to shared roles and its own roles. */
export interface TenantItem {
  readonly id: TenantId;
  readonly hash: string;
  readonly status: "active" | "suspended";
  /** Null if the catalogue has no plans: then there is no ceiling, and the tenant has every shared role. */
  readonly plan: string | null;
  /** The trusted issuers that may issue tokens for it; null means any issuer that covers it. */
  readonly issuers: ReadonlySet<IssuerName> | null;
  readonly changes: ReadonlyMap<RoleName, RoleChange>;
  /** The routes that no role grants in this tenant. */
  readonly never: ReadonlySet<RouteKey>;
  /** The tenant's own roles. */
  readonly roles: ReadonlyMap<RoleName, readonly Grant[]>;
  /** What the tenant takes from the ceilings of clients, by issuer. */
  readonly clients: ReadonlyMap<IssuerName, CeilingChanges>;
  /** The tenant's directories, by the issuers that have one for each tenant. */
  readonly directories: ReadonlyMap<IssuerName, string>;
}

/** All roles, plans and issuers of one environment. */
export interface Catalogue {
  readonly roles: ReadonlyMap<RoleName, RoleItem>;
  readonly plans: ReadonlyMap<string, PlanItem>;
  readonly issuers: ReadonlyMap<IssuerName, IssuerItem>;
  /** Whether there are plans, so that every tenant must have one. */
  readonly hasPlans: boolean;
  /** The errors of the items that cannot be read. */
  readonly unreadable: readonly InternalError[];
}

/**
 * Reads the catalogue's items. Fails closed: an item with another version, an unknown need or an unexpected field
 * throws when it is looked up in its map, so that only the callers who need it get a 500. An item of an unknown kind
 * throws at once: new kinds of items have partitions of their own.
 *
 * @throws InternalError `item_invalid` for an unknown kind, or `catalogue_missing` if there are no items
 * @example
 * import { roleName } from "./ids.ts";
 * import { readCatalogue } from "./items.ts";
 *
 * const grants = ["GET /documents"];
 * const role = { pk: "CATALOGUE", sk: "ROLE#viewer", v: 1, hash: "ab12", name: "viewer", grants };
 * const { roles } = readCatalogue([role]);
 * roles.get(roleName("viewer"))?.grants; // => [{"route":"GET /documents","binding":{}}]
 */
export function readCatalogue(items: readonly Item[]): Catalogue {
  if (items.length === 0)
    throw new InternalError(
      "catalogue_missing",
      "The permissions table has no catalogue: apply or publish the policy files",
    );
  const roles = new EntryMap<RoleName, RoleItem>();
  const plans = new EntryMap<string, PlanItem>();
  const issuers = new EntryMap<IssuerName, IssuerItem>();
  const unreadable: InternalError[] = [];
  const add = <K, V>(map: EntryMap<K, V>, key: K, item: Item, read: (fields: FieldReader) => V): void => {
    try {
      map.set(key, read(readNamed(item)));
    } catch (error) {
      if (!(error instanceof InternalError)) throw error;
      map.setError(key, error);
      unreadable.push(error);
    }
  };
  for (const item of items) {
    const [kind, name] = splitSortKey(item);
    if (kind === "ROLE") add(roles, roleName(name), item, readRole);
    else if (kind === "PLAN") add(plans, name, item, readPlan);
    else if (kind === "ISSUER") add(issuers, issuerName(name), item, readIssuer);
    else
      throw new InternalError(
        "item_invalid",
        `Item ${String(item["pk"])} ${String(item["sk"])}: its kind is unknown`,
      );
  }
  const hasPlans = items.some((item) => splitSortKey(item)[0] === "PLAN");
  return { roles, plans, issuers, hasPlans, unreadable };
}

/**
 * Reads the item of an issuer that the files give a URL, which has a partition of its own.
 *
 * @throws InternalError `item_invalid`
 */
export function readOwnIssuer(item: Item): IssuerItem & { readonly trust: IssuerTrust } {
  const read = fieldReader(item);
  const issuer = readIssuer(read);
  if (issuer.trust === null) throw read.invalid("trust");
  return { ...issuer, trust: issuer.trust };
}

/** Returns whether an item is that of an issuer with a partition of its own. */
export const isOwnIssuer = ({ pk, sk }: Item): boolean =>
  sk === ISSUER_SORT_KEY && String(pk).startsWith(ISSUER_PREFIX);

function splitSortKey({ sk }: Item): [kind: string, name: string] {
  const [kind = "", ...name] = String(sk).split("#");
  return [kind, name.join("#")];
}

/** Returns the fields of an item of the catalogue, whose name must be the one in its key. */
function readNamed(item: Item): FieldReader {
  const fields = fieldReader(item);
  if (fields.string("name") !== splitSortKey(item)[1]) throw fields.invalid("name");
  return fields;
}

/**
 * Reads a tenant's item, whose id must be a valid one and belong to the key.
 *
 * @throws InternalError `item_invalid`
 */
export function readTenant(item: Item): TenantItem {
  const read = fieldReader(item);
  const id = read.string("id");
  if (!isIdentifier(id) || tenantKey(id) !== item["pk"]) throw read.invalid("id");
  const status = read.string("status");
  if (status !== "active" && status !== "suspended") throw read.invalid("status");
  return {
    id: tenantId(id),
    hash: read.string("hash"),
    status,
    plan: read.optional("plan", read.string) ?? null,
    issuers: toSet(read.optional("issuers", read.strings), issuerName),
    changes: new Map(
      (read.optional("changes", read.entries) ?? []).map(([role, change]) => [
        roleName(role),
        readChange(read, change),
      ]),
    ),
    never: new Set(read.optional("never", read.routes) ?? []),
    roles: new Map(
      (read.optional("roles", read.entries) ?? []).map(([role, own]) => [
        roleName(role),
        fieldReader(own, read.name).grants("grants"),
      ]),
    ),
    clients: new Map(
      (read.optional("clients", read.entries) ?? []).map(([issuer, changes]) => [
        issuerName(issuer),
        readCeilingChanges(read, changes),
      ]),
    ),
    directories: new Map(
      (read.optional("directories", read.entries) ?? []).map(([issuer, directory]) => {
        if (!isDirectory(directory)) throw read.invalid("directories");
        return [issuerName(issuer), directory];
      }),
    ),
  };
}

/**
 * Reads the item that names the tenant of a directory.
 *
 * @throws InternalError `item_invalid`
 */
export function readDirectory(item: Item, name: string): Directory {
  return { name, tenant: tenantId(fieldReader(item).string("tenant")) };
}

/**
 * Reads the generation of a tenant's item: a random value that the tenant has from its creation to its removal. It is
 * not part of the item's content, and compiled items have none.
 *
 * @throws InternalError `item_invalid`
 */
export function readGeneration(item: Item): string {
  const read = fieldReader(item);
  const generation = read.string("generation");
  if (generation === "") throw read.invalid("generation");
  return generation;
}

function readChange(read: FieldReader, change: unknown): RoleChange {
  return change === "none" ? "none" : new Set(fieldReader(change, read.name).routes("except"));
}

function readRole(read: FieldReader): RoleItem {
  return { name: roleName(read.string("name")), hash: read.string("hash"), grants: read.grants("grants") };
}

function readPlan(read: FieldReader): PlanItem {
  return {
    name: read.string("name"),
    hash: read.string("hash"),
    ceiling: new Set(read.routes("ceiling")),
    roles: toSet(read.optional("roles", read.strings), roleName),
  };
}

const toSet = <T>(names: readonly string[] | undefined, brand: (name: string) => T): ReadonlySet<T> | null =>
  names === undefined ? null : new Set(names.map(brand));
