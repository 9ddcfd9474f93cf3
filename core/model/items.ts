import { InternalError } from "./errors.ts";
import type { Grant } from "./grant.ts";
import {
  type IssuerName,
  issuerName,
  type RoleName,
  type RouteKey,
  roleName,
  type TenantId,
  tenantId,
} from "./ids.ts";
import { type ClaimPath, claimPath, type Item, type Reader, reader, stringList } from "./item-reader.ts";

export { type ClaimPath, ITEM_VERSION, type Item } from "./item-reader.ts";

export const CATALOGUE_KEY = "CATALOGUE";
export const TENANT_SORT_KEY = "TENANT";
export const tenantKey = (id: string): string => `TENANT#${id}`;

/** A shared role with its grants expanded. */
export interface RoleItem {
  readonly name: RoleName;
  readonly hash: string;
  readonly grants: readonly Grant[];
}

/** A plan: what bounds every role of its tenants. */
export interface PlanItem {
  readonly name: string;
  readonly hash: string;
  readonly ceiling: ReadonlySet<RouteKey>;
  /** The shared roles that its tenants have; null: all. */
  readonly roles: ReadonlySet<RoleName> | null;
}

/** How the tokens of a trusted issuer are read. Everything that a preset means is spelled out here. */
export interface IssuerItem {
  readonly name: IssuerName;
  readonly hash: string;
  /** The tenants that it may speak for; null: every tenant. */
  readonly tenants: ReadonlySet<TenantId> | null;
  readonly claims: {
    readonly tenant: ClaimPath;
    readonly roles: ClaimPath;
    readonly scopes: ClaimPath;
    readonly subject: ClaimPath;
  };
  /** Claims of which the first that is there names the client that the token was issued to. */
  readonly clientClaims: readonly string[];
  /** Claims of which one must name an accepted audience. */
  readonly audienceClaims: readonly string[];
  /** Accepted `typ` headers, lower case and without `application/`; an empty string: no header. */
  readonly types: readonly string[];
  /** The value that `token_use` must have; null: not looked at. */
  readonly tokenUse: string | null;
  /** Algorithms that its tokens may be signed with, within those of the configuration; null: all of these. */
  readonly algorithms: ReadonlySet<string> | null;
  /** From a group's name in the token to our roles; null: the token names our roles. */
  readonly roleNames: ReadonlyMap<string, readonly RoleName[]> | null;
  /** Claims passed on to backends: the context's key and where the claim stands. */
  readonly pass: ReadonlyMap<string, ClaimPath>;
  /** Whether memberships in the table add to the token's roles or stand in their place; null: none are read. */
  readonly memberships: "merge" | "instead" | null;
  /** Our own people: a role in a tenant counts only with an end and a reason, and the caller is named as `actor`. */
  readonly staff: boolean;
}

/** What a tenant changes of a shared role: routes taken from it, or all of it. */
export type RoleChange = "none" | ReadonlySet<RouteKey>;

export interface TenantItem {
  readonly id: TenantId;
  readonly hash: string;
  readonly status: "active" | "suspended";
  /** Null where no plans are kept: no ceiling, every shared role. */
  readonly plan: string | null;
  /** The trusted issuers that may speak for it; null: any that covers it. */
  readonly issuers: ReadonlySet<IssuerName> | null;
  readonly changes: ReadonlyMap<RoleName, RoleChange>;
  readonly never: ReadonlySet<RouteKey>;
  readonly roles: ReadonlyMap<RoleName, readonly Grant[]>;
}

/** Roles, plans and issuers of one environment, whole. */
export interface Catalogue {
  readonly roles: ReadonlyMap<RoleName, RoleItem>;
  readonly plans: ReadonlyMap<string, PlanItem>;
  readonly issuers: ReadonlyMap<IssuerName, IssuerItem>;
}

/**
 * Reads the catalogue's items. Closed: an item of another version, of an unknown kind or with a field
 * that is not as written throws.
 *
 * @throws UnavailableError `item_invalid`, or `catalogue_missing` where there are none.
 */
export function readCatalogue(items: readonly Item[]): Catalogue {
  if (items.length === 0)
    throw new InternalError(
      "catalogue_missing",
      "The permissions table has no catalogue: apply or publish the policy files",
    );
  const roles = new Map<RoleName, RoleItem>();
  const plans = new Map<string, PlanItem>();
  const issuers = new Map<IssuerName, IssuerItem>();
  for (const item of items) {
    const read = reader(item);
    const [kind] = read.text("sk").split("#", 1);
    const name = read.text("name");
    if (read.text("sk") !== `${kind}#${name}`) throw read.invalid("name");
    if (kind === "ROLE") roles.set(roleName(name), readRole(read));
    else if (kind === "PLAN") plans.set(name, readPlan(read));
    else if (kind === "ISSUER") issuers.set(issuerName(name), readIssuer(read));
    else throw read.invalid("sk");
  }
  return { roles, plans, issuers };
}

/** Reads a tenant's item. @throws UnavailableError `item_invalid` */
export function readTenant(item: Item): TenantItem {
  const read = reader(item);
  const status = read.text("status");
  if (status !== "active" && status !== "suspended") throw read.invalid("status");
  return {
    id: tenantId(read.text("id")),
    hash: read.text("hash"),
    status,
    plan: read.optional("plan", read.text) ?? null,
    issuers: setOf(read.optional("issuers", read.texts), issuerName),
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
        reader(own, read.name).grants("grants"),
      ]),
    ),
  };
}

function readChange(read: Reader, change: unknown): RoleChange {
  return change === "none" ? "none" : new Set(reader(change, read.name).routes("except"));
}

function readRole(read: Reader): RoleItem {
  return { name: roleName(read.text("name")), hash: read.text("hash"), grants: read.grants("grants") };
}

function readPlan(read: Reader): PlanItem {
  return {
    name: read.text("name"),
    hash: read.text("hash"),
    ceiling: new Set(read.routes("ceiling")),
    roles: setOf(read.optional("roles", read.texts), roleName),
  };
}

function readIssuer(read: Reader): IssuerItem {
  const claims = reader(read.value("claims"), read.name);
  const roleNames = read.optional("roleNames", read.entries);
  return {
    name: issuerName(read.text("name")),
    hash: read.text("hash"),
    tenants: read.value("tenants") === "*" ? null : new Set(read.texts("tenants").map(tenantId)),
    claims: {
      tenant: claimPath(claims, "tenant", claims.value("tenant")),
      roles: claimPath(claims, "roles", claims.value("roles")),
      scopes: claimPath(claims, "scopes", claims.value("scopes")),
      subject: claimPath(claims, "subject", claims.value("subject")),
    },
    clientClaims: read.optional("clientClaims", read.texts) ?? ["client_id", "azp"],
    audienceClaims: read.texts("audienceClaims"),
    types: read.texts("types"),
    tokenUse: read.optional("tokenUse", read.text) ?? null,
    algorithms: setOf(read.optional("algorithms", read.texts), (name) => name),
    roleNames:
      roleNames === undefined
        ? null
        : new Map(roleNames.map(([group, roles]) => [group, stringList(read, group, roles).map(roleName)])),
    pass: new Map(
      (read.optional("pass", read.entries) ?? []).map(([key, path]) => [key, claimPath(read, key, path)]),
    ),
    memberships: readMemberships(read),
    staff: readStaff(read),
  };
}

function readMemberships(read: Reader): IssuerItem["memberships"] {
  const found = read.optional("memberships", read.text) ?? null;
  if (found !== null && found !== "merge" && found !== "instead") throw read.invalid("memberships");
  return found;
}

function readStaff(read: Reader): boolean {
  const found = read.value("staff");
  if (found !== undefined && found !== true) throw read.invalid("staff");
  return found === true;
}

const setOf = <T>(texts: readonly string[] | undefined, brand: (text: string) => T): ReadonlySet<T> | null =>
  texts === undefined ? null : new Set(texts.map(brand));
