import { CLIENT, MEMBER, REVOKED, REVOKED_ISSUED } from "../../core/decision/memberships.ts";
import { type Item, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { itemKey, RUNTIME_OWNER } from "../../core/policy-files/compile/permission-items.ts";
import { TENANT_RULES } from "../../core/policy-files/compile/tenant-rules.ts";
import type { TenantRules } from "../../core/policy-files/model/written-rules.ts";
import type {
  MemberInput,
  MembershipInput,
  RevocationInput,
  TenantInput,
} from "../../runtime/table/input-types.ts";
import { hasEnded, readRoles } from "../../runtime/table/memberships.ts";
import { StoreError } from "../../runtime/table/store-error.ts";

/**
 * Returns what the run-time items of tenants are as lines of an import, in the order of their keys, and a tenant before
 * its memberships. Leaves out what has ended, and what belongs to an earlier tenant.
 *
 * @param items of whole partitions of tenants, those of the policy files included
 * @param now in seconds since 1970
 */
export function exportLines(items: readonly Item[], now: number): string[] {
  const tenants = new Map(
    items.filter(({ sk }) => sk === TENANT_SORT_KEY).map((item) => [String(item["pk"]), item]),
  );
  return items
    .filter(({ owner }) => owner === RUNTIME_OWNER)
    .map((item) => ({
      item,
      order: itemKey({ ...item, sk: item["sk"] === TENANT_SORT_KEY ? "" : item["sk"] }),
    }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .flatMap(({ item }) => {
      const tenant = tenants.get(String(item["pk"]));
      return tenant === undefined ? [] : linesOf(item, tenant, now);
    })
    .map((line) => JSON.stringify(line));
}

function linesOf(item: Item, { id, generation }: Item, now: number): object[] {
  const sk = String(item["sk"]);
  if (sk === TENANT_SORT_KEY) return [{ tenant: toTenant(item) }];
  if (item["generation"] !== generation) return [];
  const tenant = String(id);
  if (sk.startsWith(REVOKED))
    return revocationsOf(item, tenant)
      .filter(({ until }) => until > now)
      .map((revocation) => ({ revocation }));
  const to = memberOf(sk);
  if (to === undefined) return [];
  return readRoles(item, String(generation))
    .filter((role) => !hasEnded(role, now))
    .map(({ role, until, reason }) => ({
      membership: { tenant, to, role, until, reason } satisfies MembershipInput,
    }));
}

/**
 * A status is only written for a suspended tenant, so that an import reinstates no tenant.
 *
 * @throws StoreError `rules_invalid` for roles of which only the expanded form is known
 */
function toTenant(item: Item): TenantInput {
  const { id, name, plan, issuers, directories, rules } = item;
  if (rules === undefined && TENANT_RULES.some((key) => item[key] !== undefined))
    throw new StoreError(
      "rules_invalid",
      `What the roles of tenant ${String(id)} were written as is not known, because a restore narrowed them: put the tenant with ${TENANT_RULES.join(", ")} first`,
    );
  const status = item["status"] === "suspended" ? "suspended" : undefined;
  return { ...{ id, name, plan, issuers, directories }, ...(rules as TenantRules), status } as TenantInput;
}

/** Splits `ISSUER#NAME`. No issuer's name contains `#`. */
function splitName(text: string): readonly [issuer: string, name: string] {
  const at = text.indexOf("#");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Returns whose membership a sort key is; undefined if it is not that of a membership. */
export function memberOf(sk: string): MemberInput | undefined {
  if (sk.startsWith(MEMBER)) {
    const [issuer, subject] = splitName(sk.slice(MEMBER.length));
    return { subject, issuer };
  }
  if (!sk.startsWith(CLIENT)) return undefined;
  const [issuer, client] = splitName(sk.slice(CLIENT.length));
  return { client, issuer };
}

function revocationsOf({ sk, before, until, clients = {} }: Item, tenant: string): RevocationInput[] {
  const named = Object.entries(clients as Readonly<Record<string, number>>).map(([name, end]) => {
    const [issuer, client] = splitName(name);
    return { tenant, what: { client, issuer }, until: end };
  });
  if (typeof until !== "number") return named;
  return [{ tenant, what: revokedOf(String(sk), before), until }, ...named];
}

function revokedOf(sk: string, before: unknown): RevocationInput["what"] {
  if (sk === REVOKED_ISSUED) return { issuedBefore: Number(before) };
  const [kind, name] = splitName(sk.slice(REVOKED.length));
  if (kind === "TOKEN") return { token: name };
  const [issuer, subject] = splitName(name);
  return { subject, issuer };
}
