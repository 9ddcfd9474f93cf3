import type { Caller } from "../../core/decision/caller.ts";
import {
  type MembershipState,
  membershipKeys,
  readMembershipState,
} from "../../core/decision/memberships.ts";
import {
  type IssuerItem,
  type Item,
  readGeneration,
  TENANT_SORT_KEY,
  tenantKey,
} from "../../core/model/items.ts";
import { RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { isMoving } from "../../core/policy-files/publish/moved-tenant.ts";
import { findTenantInBoth } from "../../core/policy-files/publish/run-time-problems.ts";
import { StoreError } from "../../runtime/table/tenant-store.ts";
import { readItemsAt } from "./run-time-items.ts";

/** The items of one caller in a table. */
export interface CallerItems {
  /** The caller's tenant if it is a run-time tenant, otherwise empty. */
  readonly tenants: readonly Item[];
  /** The caller's memberships and revocations. */
  readonly membershipState: MembershipState;
}

/**
 * Reads a caller's items by the same keys as the authorizer.
 *
 * @throws StoreError `tenant_of_files` if a run-time tenant is in the files too
 */
export async function readCallerItems(
  table: string,
  policies: PolicySet,
  caller: Caller,
  issuer: IssuerItem | undefined,
): Promise<CallerItems> {
  const pk = tenantKey(caller.tenant);
  const keys = [TENANT_SORT_KEY, ...membershipKeys(caller, issuer)].map((sk) => ({ pk, sk }));
  const items = await readItemsAt(table, keys);
  const isTenant = ({ sk }: Item): boolean => sk === TENANT_SORT_KEY;
  // A tenant in another spelling has the same key, but is not the caller's.
  const tenant = items.find((item) => isTenant(item) && item["id"] === caller.tenant);
  const tenants = tenant !== undefined && tenant["owner"] === RUNTIME_OWNER ? [tenant] : [];
  rejectTenantsInBoth(policies, tenants);
  return {
    tenants,
    membershipState: {
      at: Date.now() / 1_000,
      generation: tenant === undefined ? null : readGeneration(tenant),
      ...readMembershipState(items.filter((item) => !isTenant(item))),
    },
  };
}

/** @throws StoreError `tenant_of_files` for a run-time tenant that is in the files too; the message names both */
export function rejectTenantsInBoth(policies: PolicySet, tenants: readonly Item[]): void {
  for (const item of tenants) {
    const id = String(item["id"]);
    const problem = findTenantInBoth(policies, id);
    if (problem !== undefined && isMoving(item))
      throw new StoreError(
        "tenant_of_files",
        `The tenant ${id} is being moved to the policy files: publish them, which take it over, and run the command again`,
      );
    if (problem !== undefined) throw new StoreError("tenant_of_files", problem);
  }
}
