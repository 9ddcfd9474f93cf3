import { CLIENT, MEMBER } from "../../core/decision/memberships.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { checkTenant, readShared, tenantItemKey } from "./catalogue.ts";
import { checked, type TenantInput, tenantInput } from "./input.ts";
import { audited, changeItem, queryItems, type StoreOptions } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** Creates a tenant, which works at the next request, or changes it; its status stays unless another is given. */
export async function putTenant(store: StoreOptions, input: TenantInput, why: string) {
  const tenant = checked(tenantInput, input);
  checkTenant(tenant, await readShared(store));
  return audited(store, tenant.id, { what: `put tenant (${describe(tenant)})`, why }, () =>
    changeItem(store, tenantItemKey(tenant.id), (current) => ({
      ...tenant,
      status: tenant.status ?? current?.["status"] ?? "active",
      issuers: tenant.issuers && [...tenant.issuers].sort(),
    })),
  );
}

function describe({ status, plan, issuers }: ReturnType<typeof checked<typeof tenantInput>>): string {
  const parts = [status, plan && `plan ${plan}`, issuers && `issuers ${issuers.join(" ")}`];
  return parts.filter((part) => part !== undefined).join(", ");
}

export const setStatus = (store: StoreOptions, id: string, status: "active" | "suspended", why: string) =>
  audited(store, id, { what: status === "active" ? "reinstate tenant" : "suspend tenant", why }, () =>
    changeItem(store, tenantItemKey(id), (current) => {
      if (current === undefined) throw new StoreError("tenant_unknown", `The table has no tenant ${id}`);
      const { v: _version, owner: _owner, hash: _hash, ...content } = current;
      return { ...content, status };
    }),
  );

/** Removes a tenant, and then its memberships: who signs up with its id later finds nobody in it. */
export const removeTenant = (store: StoreOptions, id: string, why: string) =>
  audited(store, id, { what: "remove tenant", why }, async () => {
    const removed = await changeItem(store, tenantItemKey(id), () => "remove");
    const members = (await queryItems(store, tenantKey(id))).filter(isMember);
    for (const { pk, sk } of members)
      await changeItem(store, { pk: String(pk), sk: String(sk) }, () => "remove");
    return members.length > 0 ? "done" : removed;
  });

const isMember = ({ sk }: Item): boolean => String(sk).startsWith(MEMBER) || String(sk).startsWith(CLIENT);
