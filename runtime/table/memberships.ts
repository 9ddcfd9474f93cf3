import { clientSortKey, memberSortKey } from "../../core/decision/memberships.ts";
import { tenantKey } from "../../core/model/items.ts";
import { checkRole, existingTenant, memberIssuer, readShared } from "./catalogue.ts";
import { checked, type MembershipInput, membershipInput, type RemovalInput, removalInput } from "./input.ts";
import { audited, changeItem, type StoreOptions } from "./store.ts";
import { StoreError } from "./store-error.ts";

interface StoredRole {
  readonly role: string;
  readonly until?: number | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/** Gives a role to a person or a client; the others that it has stay. The same role anew: with the new end. */
export async function putMembership(store: StoreOptions, input: MembershipInput, why: string) {
  const { tenant, to, role, until, reason } = checked(membershipInput, input);
  const catalogue = await readShared(store);
  const issuer = memberIssuer(to, catalogue);
  checkRole(role, await existingTenant(store, tenant), catalogue);
  if (issuer.staff && (until === undefined || reason === undefined))
    throw new StoreError(
      "end_and_reason_needed",
      `${issuer.name} is the issuer of our own people: a role in a tenant needs an end and a reason`,
    );
  const now = (store.now ?? Date.now)() / 1_000;
  if (until !== undefined && until <= now) throw new StoreError("input_invalid", "until: it has passed");
  const end = until === undefined ? "" : ` until ${new Date(until * 1_000).toISOString()}`;
  const granted: StoredRole = { role, until, reason, by: store.who };
  return audited(store, tenant, { what: `grant ${role} to ${nameOf(to)} of ${issuer.name}${end}`, why }, () =>
    changeItem(store, memberKey(tenant, issuer.name, to), (current) => {
      const others = rolesOf(current).filter((held) => held.role !== role && !hasEnded(held, now));
      return { id: tenant, roles: [...others, granted].sort((a, b) => (a.role < b.role ? -1 : 1)) };
    }),
  );
}

/** Takes one role, or all. */
export async function removeMembership(store: StoreOptions, input: RemovalInput, why: string) {
  const { tenant, to, role } = checked(removalInput, input);
  const issuer = memberIssuer(to, await readShared(store));
  const what = `ungrant ${role ?? "every role"} of ${nameOf(to)} of ${issuer.name}`;
  return audited(store, tenant, { what, why }, () =>
    changeItem(store, memberKey(tenant, issuer.name, to), (current) => {
      const left = role === undefined ? [] : rolesOf(current).filter((held) => held.role !== role);
      return left.length === 0 ? "remove" : { id: tenant, roles: left };
    }),
  );
}

const rolesOf = (item: Readonly<Record<string, unknown>> | undefined): StoredRole[] =>
  (item?.["roles"] ?? []) as StoredRole[];

const hasEnded = ({ until }: StoredRole, now: number): boolean => until !== undefined && until <= now;

type Person = RemovalInput["to"];

const nameOf = (to: Person): string => ("client" in to ? `client ${to.client}` : to.subject);

const memberKey = (tenant: string, issuer: string, to: Person) => ({
  pk: tenantKey(tenant),
  sk: "client" in to ? clientSortKey(issuer, to.client) : memberSortKey(issuer, to.subject),
});
