import { CLIENT, MEMBER, readMembership } from "../../core/decision/memberships.ts";
import { type Item, TENANT_SORT_KEY } from "../../core/model/items.ts";

/** A role that was given at run time and has not ended. */
export interface ListedMembership {
  readonly tenant: string;
  readonly issuer: string;
  /** The subject, or `client` and the client's id. */
  readonly who: string;
  readonly role: string;
  /** In seconds since 1970; null without an end. */
  readonly until: number | null;
  readonly reason: string;
}

/**
 * Lists the roles that count at a time, those that end first at the top. Leaves out memberships of removed and earlier
 * tenants.
 *
 * @param items the items of tenants' partitions
 * @param at in seconds since 1970
 */
export function listMemberships(items: readonly Item[], at: number): ListedMembership[] {
  const tenants = new Map(items.filter(({ sk }) => sk === TENANT_SORT_KEY).map((item) => [item["pk"], item]));
  const found = items.filter(isMember).flatMap((item) => {
    const { partition, generation, roles, sortKey } = readMembership(item);
    const tenant = tenants.get(partition);
    if (tenant === undefined || tenant["generation"] !== generation) return [];
    const [kind, issuer = "", ...rest] = sortKey.split("#");
    const who = `${kind === "CLIENT" ? "client " : ""}${rest.join("#")}`;
    return roles
      .filter(({ until }) => until === null || until > at)
      .map((role) => ({ tenant: String(tenant["id"]), issuer, who, ...role, role: String(role.role) }));
  });
  const end = ({ until }: ListedMembership): number => until ?? Number.POSITIVE_INFINITY;
  const name = ({ tenant, issuer, who, role }: ListedMembership): string =>
    [tenant, issuer, who, role].join("\n");
  return found.sort((a, b) => (end(a) === end(b) ? (name(a) < name(b) ? -1 : 1) : end(a) < end(b) ? -1 : 1));
}

const isMember = ({ sk }: Item): boolean => [MEMBER, CLIENT].some((prefix) => String(sk).startsWith(prefix));
