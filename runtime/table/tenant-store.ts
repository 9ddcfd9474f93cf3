import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { type Item, TENANT_PREFIX, TENANT_SORT_KEY, tenantKey } from "../../core/model/items.ts";
import type { AccessDiff } from "../../core/policy-files/access/diff.ts";
import type { Directories } from "./directories.ts";
import type {
  IssuerKeyInput,
  MembershipInput,
  RemovalInput,
  RevocationInput,
  TenantInput,
  UndoInput,
} from "./input-types.ts";
import { allowKey, denyKey, type ListedIssuer, listIssuers, setIssuerStatus } from "./issuer-switches.ts";
import { type ListedMembership, listMemberships } from "./list-memberships.ts";
import { putMembership, removeMembership } from "./memberships.ts";
import { previewTenant } from "./preview-tenant.ts";
import { type ActiveRevocation, listRevocations, revoke, undoRevocation } from "./revocations.ts";
import {
  AUDIT_PREFIX,
  type AuditEntry,
  auditKey,
  issuerAuditKey,
  queryItems,
  readAudit,
  type StoreOptions,
} from "./store.ts";
import { directoriesOf, putTenant, removeTenant, setStatus } from "./tenants.ts";

export type { AccessChange, AccessDiff } from "../../core/policy-files/access/diff.ts";
export type { ListedIssuer } from "./issuer-switches.ts";
export type { ListedMembership } from "./list-memberships.ts";
export type { ActiveRevocation } from "./revocations.ts";
export type { AuditEntry, StoreOptions } from "./store.ts";
export { StoreError } from "./store-error.ts";

/** The outcome of a change; `unchanged` means that the table already had the requested state. */
export type ChangeOutcome = "done" | "unchanged";

/** A tenant in the table, whatever its owner. */
export interface ListedTenant {
  readonly id: string;
  /** `active` or `suspended`. */
  readonly status: string;
  /** Null when the tenant has no plan. */
  readonly plan: string | null;
  /** `runtime` or `files`. */
  readonly owner: string;
  /** Its directories by their issuers. */
  readonly directories: Directories;
}

/**
 * Changes tenants, memberships, revocations and the kill switches of issuers at run time. Each change is one conditional
 * write, so concurrent changes are never lost. Each change is recorded in the history of the tenant or the issuer with
 * the reason `why`: one entry is written before the change, and one with the outcome after it. Tenants of the policy
 * files are never changed.
 *
 * Changes throw a {@link StoreError}, whose code says why nothing was written, or an error of DynamoDB.
 */
export interface TenantStore {
  /**
   * Creates a tenant, or changes the given ones of its plan, name, status, issuers, directories, roles and changes to shared
   * roles, and keeps the others. `issuers: null` lifts the restriction to certain issuers.
   */
  putTenant(tenant: TenantInput, why: string): Promise<ChangeOutcome>;
  /**
   * Returns the access that {@link TenantStore.putTenant} would give and take: for each role, the routes. Rejects what a put
   * rejects, and writes nothing.
   */
  previewTenant(tenant: TenantInput): Promise<AccessDiff>;
  /** Suspends a tenant: all its requests are denied with `tenant_suspended`. */
  suspendTenant(id: string, why: string): Promise<ChangeOutcome>;
  /** Makes a suspended tenant active again. */
  reinstateTenant(id: string, why: string): Promise<ChangeOutcome>;
  /** Removes a tenant, its memberships and its revocations. A later tenant with the id gets none of them. */
  removeTenant(id: string, why: string): Promise<ChangeOutcome>;
  /** Gives a role to a subject or a client, in addition to the roles that it has. */
  putMembership(membership: MembershipInput, why: string): Promise<ChangeOutcome>;
  /** Removes one role from a subject or a client, or all roles. */
  removeMembership(membership: RemovalInput, why: string): Promise<ChangeOutcome>;
  /**
   * Returns the roles that were given in a tenant and have not ended, those that end first at the top; without a tenant, in all
   * tenants by a scan of the whole table.
   */
  memberships(tenant?: string): Promise<ListedMembership[]>;
  /**
   * Revokes a token, all tokens of a subject or a client, or all tokens that were issued before a time. A client can be
   * revoked in every tenant (`tenant: "*"`).
   */
  revoke(revocation: RevocationInput, why: string): Promise<ChangeOutcome>;
  /** Removes a revocation. */
  undoRevocation(revocation: UndoInput, why: string): Promise<ChangeOutcome>;
  /** Returns a tenant's revocations that have not ended. */
  revocations(tenant: string): Promise<ActiveRevocation[]>;
  /** Suspends an issuer, of the policy files too: its tokens get 401 with `issuer_suspended`. */
  suspendIssuer(name: string, why: string): Promise<ChangeOutcome>;
  /** Makes a suspended issuer active again. */
  reinstateIssuer(name: string, why: string): Promise<ChangeOutcome>;
  /** Denies a key of an issuer by its id: tokens that it signed get 401 with `key_denied`. */
  denyKey(key: IssuerKeyInput, why: string): Promise<ChangeOutcome>;
  /** Allows a denied key again. */
  allowKey(key: IssuerKeyInput, why: string): Promise<ChangeOutcome>;
  /** Returns all issuers, and what is denied of them. */
  issuers(): Promise<ListedIssuer[]>;
  /** Returns all tenants, by a scan of the whole table. */
  tenants(): AsyncGenerator<ListedTenant>;
  /**
   * Returns the changes of one tenant or issuer, oldest first; without one, all changes by a scan of the whole table.
   */
  history(subject?: string | { readonly issuer: string }): Promise<AuditEntry[]>;
}

/**
 * Creates a store with which sign-up code manages tenants.
 *
 * @example
 * import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
 * import { tenantStore } from "./tenant-store.ts";
 *
 * export async function signUp(id: string, subject: string): Promise<void> {
 *   const store = tenantStore({ client: new DynamoDBClient({}), table: "permissions", who: "sign-up" });
 *   await store.putTenant({ id, plan: "team" }, "signed up");
 *   await store.putMembership({ tenant: id, to: { subject }, role: "admin" }, "signed up");
 * }
 */
export function tenantStore(options: StoreOptions): TenantStore {
  return {
    previewTenant: (tenant) => previewTenant(options, tenant),
    putTenant: (tenant, why) => putTenant(options, tenant, why),
    suspendTenant: (id, why) => setStatus(options, id, "suspended", why),
    reinstateTenant: (id, why) => setStatus(options, id, "active", why),
    removeTenant: (id, why) => removeTenant(options, id, why),
    putMembership: (membership, why) => putMembership(options, membership, why),
    removeMembership: (membership, why) => removeMembership(options, membership, why),
    memberships: (tenant) => readMemberships(options, tenant),
    revoke: (revocation, why) => revoke(options, revocation, why),
    undoRevocation: (revocation, why) => undoRevocation(options, revocation, why),
    revocations: (tenant) => listRevocations(options, tenant),
    suspendIssuer: (name, why) => setIssuerStatus(options, name, "suspended", why),
    reinstateIssuer: (name, why) => setIssuerStatus(options, name, "active", why),
    denyKey: (key, why) => denyKey(options, key, why),
    allowKey: (key, why) => allowKey(options, key, why),
    issuers: () => listIssuers(options),
    tenants: () => listTenants(options),
    history: (subject) => readHistory(options, subject),
  };
}

async function* listTenants(options: StoreOptions): AsyncGenerator<ListedTenant> {
  for await (const item of scan(options, "sk = :value", TENANT_SORT_KEY)) {
    const { id, status, plan, owner } = item;
    yield {
      id: String(id),
      status: String(status),
      plan: plan === undefined ? null : String(plan),
      owner: String(owner),
      directories: directoriesOf(item),
    };
  }
}

async function readMemberships(
  options: StoreOptions,
  tenant: string | undefined,
): Promise<ListedMembership[]> {
  const items: Item[] = [];
  if (tenant === undefined)
    for await (const item of scan(options, "begins_with(pk, :value)", TENANT_PREFIX)) items.push(item);
  else items.push(...(await queryItems(options, tenantKey(tenant))));
  return listMemberships(items, (options.now ?? Date.now)() / 1_000);
}

async function readHistory(
  options: StoreOptions,
  subject: string | { readonly issuer: string } | undefined,
): Promise<AuditEntry[]> {
  if (subject !== undefined) {
    const pk = typeof subject === "string" ? auditKey(subject) : issuerAuditKey(subject.issuer);
    return readAudit(await queryItems(options, pk));
  }
  const items: Item[] = [];
  for await (const item of scan(options, "begins_with(pk, :value)", AUDIT_PREFIX)) items.push(item);
  return readAudit(items);
}

async function* scan(
  { client, table }: { client: DynamoDBClient; table: string },
  filter: string,
  value: string,
) {
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: filter,
      ExpressionAttributeValues: { ":value": { S: value } },
    },
  );
  for await (const page of pages) for (const item of page.Items ?? []) yield unmarshallItem(item);
}
