import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { TENANT_SORT_KEY } from "../../core/model/items.ts";
import type { MembershipInput, RemovalInput, RevocationInput, TenantInput, UndoInput } from "./input.ts";
import { putMembership, removeMembership } from "./memberships.ts";
import { type ActiveRevocation, listRevocations, revoke, undoRevocation } from "./revocations.ts";
import { type AuditEntry, auditKey, queryItems, type StoreOptions } from "./store.ts";
import { putTenant, removeTenant, setStatus } from "./tenants.ts";

export type { ActiveRevocation } from "./revocations.ts";
export type { AuditEntry, StoreOptions } from "./store.ts";
export { StoreError } from "./store-error.ts";

/** `unchanged`: the table was as it should be already. */
export type ChangeOutcome = "done" | "unchanged";

/** A tenant of the table, whoever keeps it. */
export interface ListedTenant {
  readonly id: string;
  readonly status: string;
  readonly plan: string | null;
  /** `runtime` or `files`. */
  readonly owner: string;
}

/**
 * People and tenants at run time. Each change is one conditional write, which no other writer's is lost to,
 * between an entry of the audit written ahead and its completion; `why` goes into it. What the policy files
 * keep is never touched.
 *
 * Changes throw a {@link StoreError} whose code says why nothing was written, or what DynamoDB throws.
 */
export interface TenantStore {
  /** Creates it, or brings plan, name and issuers to what is given; its status stays unless another is given. */
  putTenant(tenant: TenantInput, why: string): Promise<ChangeOutcome>;
  suspendTenant(id: string, why: string): Promise<ChangeOutcome>;
  reinstateTenant(id: string, why: string): Promise<ChangeOutcome>;
  /** Its memberships go with it. */
  removeTenant(id: string, why: string): Promise<ChangeOutcome>;
  putMembership(membership: MembershipInput, why: string): Promise<ChangeOutcome>;
  removeMembership(membership: RemovalInput, why: string): Promise<ChangeOutcome>;
  revoke(revocation: RevocationInput, why: string): Promise<ChangeOutcome>;
  undoRevocation(revocation: UndoInput, why: string): Promise<ChangeOutcome>;
  revocations(tenant: string): Promise<ActiveRevocation[]>;
  /** Reads the table whole. */
  tenants(): AsyncGenerator<ListedTenant>;
  /** From the oldest to the newest; of one tenant, or by reading the table whole of all. */
  history(tenant?: string): Promise<AuditEntry[]>;
}

/**
 * @example
 * import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
 * import { tenantStore } from "./tenant-store.ts";
 *
 * const store = tenantStore({ client: new DynamoDBClient({}), table: "permissions", who: "sign-up" });
 * await store.putTenant({ id: "initech", plan: "team" }, "signed up");
 * await store.putMembership({ tenant: "initech", to: { subject: "ann" }, role: "admin" }, "signed up");
 */
export function tenantStore(options: StoreOptions): TenantStore {
  return {
    putTenant: (tenant, why) => putTenant(options, tenant, why),
    suspendTenant: (id, why) => setStatus(options, id, "suspended", why),
    reinstateTenant: (id, why) => setStatus(options, id, "active", why),
    removeTenant: (id, why) => removeTenant(options, id, why),
    putMembership: (membership, why) => putMembership(options, membership, why),
    removeMembership: (membership, why) => removeMembership(options, membership, why),
    revoke: (revocation, why) => revoke(options, revocation, why),
    undoRevocation: (revocation, why) => undoRevocation(options, revocation, why),
    revocations: (tenant) => listRevocations(options, tenant),
    tenants: () => listTenants(options),
    history: (tenant) => readHistory(options, tenant),
  };
}

async function* listTenants(options: StoreOptions): AsyncGenerator<ListedTenant> {
  for await (const item of scan(options, "sk = :wanted", TENANT_SORT_KEY)) {
    const { id, status, plan, owner } = item;
    yield {
      id: String(id),
      status: String(status),
      plan: plan === undefined ? null : String(plan),
      owner: String(owner),
    };
  }
}

async function readHistory(options: StoreOptions, tenant: string | undefined): Promise<AuditEntry[]> {
  if (tenant !== undefined) return (await queryItems(options, auditKey(tenant))).map(toEntry);
  const entries: AuditEntry[] = [];
  for await (const item of scan(options, "begins_with(pk, :wanted)", auditKey("")))
    entries.push(toEntry(item));
  return entries.sort((a, b) => (a.when < b.when ? -1 : 1));
}

function toEntry(item: Readonly<Record<string, unknown>>): AuditEntry {
  const { tenant, when, who, what, why, outcome } = item as unknown as AuditEntry;
  return { tenant, when, who, what, why, outcome };
}

async function* scan(
  { client, table }: { client: DynamoDBClient; table: string },
  filter: string,
  wanted: string,
) {
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: filter,
      ExpressionAttributeValues: { ":wanted": { S: wanted } },
    },
  );
  for await (const page of pages) for (const item of page.Items ?? []) yield unmarshallItem(item);
}
