import { paginateScan } from "@aws-sdk/client-dynamodb";
import { clientSortKey, memberSortKey, revokedSubject } from "../../core/decision/memberships.ts";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { type Item, TENANT_PREFIX, tenantKey } from "../../core/model/items.ts";
import { findMembershipIssuer, findSubjectIssuer, getCatalogue } from "../../runtime/table/catalogue.ts";
import type { MemberInput } from "../../runtime/table/input-types.ts";
import type { StoredRole } from "../../runtime/table/memberships.ts";
import type { StoreOptions } from "../../runtime/table/store.ts";
import { StoreError } from "../../runtime/table/store-error.ts";
import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import { progress } from "../shared/progress.ts";
import { inParallel } from "./in-parallel.ts";

/** What a person or a client has in one tenant. */
export interface HeldRoles {
  readonly tenant: string;
  readonly roles: readonly StoredRole[];
}

/** Finds the roles that a person or a client has in all tenants, those of earlier tenants included. Reads the whole table. */
export async function findHeldRoles(
  store: StoreOptions,
  to: MemberInput,
  role: string | undefined,
): Promise<HeldRoles[]> {
  const { name } = findMembershipIssuer(to, await getCatalogue(store, [to.issuer]));
  const sk = "client" in to ? clientSortKey(name, to.client) : memberSortKey(name, to.subject);
  const items = await findItems(store, sk);
  return items
    .map(({ id, roles }) => ({ tenant: String(id), roles: roles as StoredRole[] }))
    .filter(({ roles }) => role === undefined || roles.some((held) => held.role === role))
    .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
}

/**
 * Removes a role, or all roles, of a person or a client from tenants. Returns the number of tenants that changed.
 *
 * @throws the first failure; what was removed until then stays removed
 */
export async function removeHeldRoles(
  store: StoreOptions,
  to: MemberInput,
  { role, held, why }: { role: string | undefined; held: readonly HeldRoles[]; why: string },
): Promise<number> {
  const tenants = tenantStore(store);
  return changeEach(
    held.map(({ tenant }) => tenant),
    (tenant) => tenants.removeMembership({ tenant, to, role }, why),
  );
}

/** Removes the revocations of a subject from all tenants that have one. Returns the number of tenants that changed. */
export async function undoInEveryTenant(
  store: StoreOptions,
  what: { readonly subject: string; readonly issuer?: string | undefined },
  why: string,
): Promise<number> {
  const tenants = tenantStore(store);
  const issuer = findSubjectIssuer(what.issuer, await getCatalogue(store, [what.issuer]));
  const found = await findItems(store, revokedSubject(issuer, what.subject));
  const partitions = new Set(found.map(({ pk }) => pk));
  const ids = (await listIds(tenants)).filter((id) => partitions.has(tenantKey(id)));
  return changeEach(ids, (tenant) => tenants.undoRevocation({ tenant, what }, why));
}

/** Lists the ids of all tenants, those of the policy files included. */
export async function listIds(store: Pick<TenantStore, "tenants">): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.tenants()) ids.push(id);
  return ids.sort();
}

async function changeEach(
  ids: readonly string[],
  change: (tenant: string) => Promise<"done" | "unchanged">,
): Promise<number> {
  const tick = progress("tenants changed", ids.length);
  const outcomes = await inParallel(ids, async (id) => {
    const outcome = await change(id).catch((error: unknown) => {
      // An item of an earlier tenant with another spelling of the id gives nothing.
      if (error instanceof StoreError && error.code === "tenant_unknown") return "unchanged";
      throw error;
    });
    tick();
    return outcome;
  });
  return outcomes.filter((outcome) => outcome === "done").length;
}

async function findItems({ client, table }: StoreOptions, sk: string): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateScan(
    { client },
    {
      ...{
        TableName: table,
        ConsistentRead: true,
        FilterExpression: "sk = :sk AND begins_with(pk, :tenants)",
      },
      ExpressionAttributeValues: { ":sk": { S: sk }, ":tenants": { S: TENANT_PREFIX } },
    },
  );
  const tick = progress("items read");
  for await (const page of pages) {
    tick(page.ScannedCount);
    for (const item of page.Items ?? []) items.push(unmarshallItem(item));
  }
  return items;
}
