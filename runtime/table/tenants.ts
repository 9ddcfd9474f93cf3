import { CLIENT, MEMBER } from "../../core/decision/memberships.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { checkTenant, getCatalogue, tenantItemKey } from "./catalogue.ts";
import { parseInput, type TenantInput, tenantInput } from "./input.ts";
import { changeItem, queryItems, type StoreOptions, withAudit } from "./store.ts";
import { StoreError } from "./store-error.ts";

/**
 * Creates or changes a tenant. A new tenant works from the next request on. An existing tenant keeps its status unless
 * another one is given.
 *
 * @throws StoreError `input_invalid`, `plan_unknown`, `issuer_unknown`, `tenant_of_files` or `too_many_writers`
 */
export async function putTenant(store: StoreOptions, input: TenantInput, why: string) {
  const tenant = parseInput(tenantInput, input);
  checkTenant(tenant, await getCatalogue(store));
  return withAudit(store, tenant.id, { what: `put tenant (${describe(tenant)})`, why }, () =>
    changeItem(store, tenantItemKey(tenant.id), (current) => ({
      ...tenant,
      status: tenant.status ?? current?.["status"] ?? "active",
      issuers: tenant.issuers && [...tenant.issuers].sort(),
    })),
  );
}

function describe({ status, plan, issuers }: ReturnType<typeof parseInput<typeof tenantInput>>): string {
  const parts = [status, plan && `plan ${plan}`, issuers && `issuers ${issuers.join(" ")}`];
  return parts.filter((part) => part !== undefined).join(", ");
}

/**
 * Suspends or reinstates a tenant.
 *
 * @throws StoreError `tenant_unknown`, `tenant_of_files` or `too_many_writers`
 */
export const setStatus = (store: StoreOptions, id: string, status: "active" | "suspended", why: string) =>
  withAudit(store, id, { what: status === "active" ? "reinstate tenant" : "suspend tenant", why }, () =>
    changeItem(store, tenantItemKey(id), (current) => {
      if (current === undefined) throw new StoreError("tenant_unknown", `The table has no tenant ${id}`);
      const { v: _version, owner: _owner, hash: _hash, ...content } = current;
      return { ...content, status };
    }),
  );

/**
 * Removes a tenant and then its memberships, so that a later tenant with the same id has no members.
 *
 * @throws StoreError `tenant_of_files` or `too_many_writers`
 */
export const removeTenant = (store: StoreOptions, id: string, why: string) =>
  withAudit(store, id, { what: "remove tenant", why }, async () => {
    const removed = await changeItem(store, tenantItemKey(id), () => "remove");
    const members = (await queryItems(store, tenantKey(id))).filter(isMembership);
    for (const { pk, sk } of members)
      await changeItem(store, { pk: String(pk), sk: String(sk) }, () => "remove");
    return members.length > 0 ? "done" : removed;
  });

const isMembership = ({ sk }: Item): boolean =>
  String(sk).startsWith(MEMBER) || String(sk).startsWith(CLIENT);
