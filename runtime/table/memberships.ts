import { clientSortKey, memberSortKey } from "../../core/decision/memberships.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { checkRole, findMembershipIssuer, findTenant, getCatalogue, getTenant } from "./catalogue.ts";
import { membershipInput, parseInput, removalInput } from "./input.ts";
import type { MembershipInput, RemovalInput } from "./input-types.ts";
import { changeItem, type StoreOptions, withAudit } from "./store.ts";
import { StoreError } from "./store-error.ts";

interface StoredRole {
  readonly role: string;
  readonly until?: number | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/**
 * Gives a role to a subject or a client, in addition to the roles that it has. A role that it already has gets the new
 * end and the new reason.
 *
 * @throws StoreError `input_invalid`, `tenant_unknown`, `role_unknown`, `issuer_unknown`, `end_and_reason_needed`,
 * `tenant_of_files` or `too_many_writers`
 */
export async function putMembership(store: StoreOptions, input: MembershipInput, why: string) {
  const { tenant, to, role, until, reason } = parseInput(membershipInput, input);
  const catalogue = await getCatalogue(store, [to.issuer]);
  const issuer = findMembershipIssuer(to, catalogue);
  const stored = await getTenant(store, tenant);
  checkRole(role, stored.tenant, catalogue);
  if (issuer.staff && (until === undefined || reason === undefined))
    throw new StoreError(
      "end_and_reason_needed",
      `Issuer ${issuer.name} is for the provider's own staff: a role in a tenant needs an end (until) and a reason`,
    );
  const now = (store.now ?? Date.now)() / 1_000;
  if (until !== undefined && until <= now)
    throw new StoreError("input_invalid", "until: must be in the future");
  const end = until === undefined ? "" : ` until ${new Date(until * 1_000).toISOString()}`;
  const granted: StoredRole = { role, until, reason, by: store.who };
  const key = memberKey(tenant, issuer.name, to);
  const change = { kind: "grant", sk: key.sk, role, until } as const;
  return withAudit(
    store,
    tenant,
    { what: `grant ${role} to ${describeMember(to)} of ${issuer.name}${end}`, why, change },
    () =>
      changeItem(store, key, (current) => {
        const others = readRoles(current, stored.generation).filter(
          (held) => held.role !== role && !hasEnded(held, now),
        );
        return {
          id: tenant,
          generation: stored.generation,
          needs: needsOf(to),
          roles: [...others, granted].sort((a, b) => (a.role < b.role ? -1 : 1)),
        };
      }),
  );
}

/**
 * Removes one role from a subject or a client, or all roles.
 *
 * @throws StoreError `input_invalid`, `tenant_unknown` for another spelling of the tenant's id, `issuer_unknown`,
 * `tenant_of_files` or `too_many_writers`
 */
export async function removeMembership(store: StoreOptions, input: RemovalInput, why: string) {
  const { tenant, to, role } = parseInput(removalInput, input);
  const issuer = findMembershipIssuer(to, await getCatalogue(store, [to.issuer]));
  const generation = (await findTenant(store, tenant))?.generation;
  const what = `ungrant ${role ?? "every role"} of ${describeMember(to)} of ${issuer.name}`;
  const key = memberKey(tenant, issuer.name, to);
  const change = { kind: "ungrant", sk: key.sk, role } as const;
  return withAudit(store, tenant, { what, why, change }, () =>
    changeItem(store, key, (current) => {
      const left =
        role === undefined ? [] : readRoles(current, generation).filter((held) => held.role !== role);
      return left.length === 0 ? "remove" : { id: tenant, generation, needs: needsOf(to), roles: left };
    }),
  );
}

/** Returns the roles of a membership; none of a membership of another generation, which belong to other people. */
const readRoles = (item: Item | undefined, generation: string | undefined): StoredRole[] =>
  item === undefined || item["generation"] !== generation ? [] : (item["roles"] as StoredRole[]);

const hasEnded = ({ until }: StoredRole, now: number): boolean => until !== undefined && until <= now;

type Member = RemovalInput["to"];

/** An earlier version counts a client's roles in the tokens of its users too, so it must reject the item. */
const needsOf = (to: Member): string[] | undefined => ("client" in to ? ["own_clients"] : undefined);

const describeMember = (to: Member): string => ("client" in to ? `client ${to.client}` : to.subject);

const memberKey = (tenant: string, issuer: string, to: Member) => ({
  pk: tenantKey(tenant),
  sk: "client" in to ? clientSortKey(issuer, to.client) : memberSortKey(issuer, to.subject),
});
