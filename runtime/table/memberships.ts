import { clientSortKey, memberSortKey } from "../../core/decision/memberships.ts";
import { type Catalogue, type IssuerItem, type Item, tenantKey } from "../../core/model/items.ts";
import {
  checkRole,
  findMembershipIssuer,
  findTenant,
  getCatalogue,
  getTenant,
  type StoredTenant,
} from "./catalogue.ts";
import { membershipInput, parseInput, removalInput } from "./input.ts";
import type { MembershipInput, RemovalInput } from "./input-types.ts";
import type { RecordedChange } from "./recorded-change.ts";
import { changeItem, type Key, type StoreOptions, withAudit } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** A role in the item of a membership. */
export interface StoredRole {
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
  const membership = parseInput(membershipInput, input);
  const catalogue = await getCatalogue(store, [membership.to.issuer]);
  const issuer = findMembershipIssuer(membership.to, catalogue);
  const grant = checkMembership(
    membership,
    issuer,
    await getTenant(store, membership.tenant),
    catalogue,
    store,
  );
  return withAudit(store, membership.tenant, { what: grant.what, why, change: grant.change }, () =>
    changeItem(store, grant.key, grant.apply),
  );
}

/** A grant that passed its checks. */
export interface CheckedGrant {
  /** The key of the membership's item. */
  readonly key: Key;
  readonly what: string;
  readonly change: Extract<RecordedChange, { readonly kind: "grant" }>;
  /** Adds the role to the membership's item. */
  apply(current: Item | undefined): Item;
}

/**
 * Checks that a role can be given in a tenant.
 *
 * @param issuer the issuer of the membership
 * @throws StoreError `input_invalid`, `role_unknown` or `end_and_reason_needed`
 */
export function checkMembership(
  { tenant, to, role, until, reason }: ParsedMembership,
  issuer: IssuerItem,
  stored: StoredTenant,
  catalogue: Catalogue,
  { who, now: clock = Date.now }: StoreOptions,
): CheckedGrant {
  checkRole(role, stored.tenant, catalogue);
  if (issuer.staff && (until === undefined || reason === undefined))
    throw new StoreError(
      "end_and_reason_needed",
      `Issuer ${issuer.name} is for the provider's own staff: a role in a tenant needs an end (until) and a reason`,
    );
  const now = clock() / 1_000;
  if (until !== undefined && until <= now)
    throw new StoreError("input_invalid", "until: must be in the future");
  const end = until === undefined ? "" : ` until ${new Date(until * 1_000).toISOString()}`;
  const key = memberKey(tenant, issuer.name, to);
  const { generation } = stored;
  return {
    key,
    what: `grant ${role} to ${describeMember(to)} of ${issuer.name}${end}`,
    change: { kind: "grant", sk: key.sk, role, until, reason },
    apply(current) {
      const held = readRoles(current, generation);
      const others = held.filter((one) => one.role !== role && !hasEnded(one, now));
      // Who gave a role stays, if somebody else gives the same again.
      const same = held.find((one) => one.role === role && one.until === until && one.reason === reason);
      const roles = [...others, same ?? { role, until, reason, by: who }];
      return {
        id: tenant,
        generation,
        needs: needsOf(to),
        roles: roles.sort((a, b) => (a.role < b.role ? -1 : 1)),
      };
    },
  };
}

type ParsedMembership = ReturnType<typeof parseInput<typeof membershipInput>>;

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
export const readRoles = (item: Item | undefined, generation: string | undefined): StoredRole[] =>
  item === undefined || item["generation"] !== generation ? [] : (item["roles"] as StoredRole[]);

/** Returns whether a role has ended. @param now in seconds since 1970 */
export const hasEnded = ({ until }: StoredRole, now: number): boolean => until !== undefined && until <= now;

type Member = RemovalInput["to"];

/** An earlier version counts a client's roles in the tokens of its users too, so it must reject the item. */
const needsOf = (to: Member): string[] | undefined => ("client" in to ? ["own_clients"] : undefined);

const describeMember = (to: Member): string => ("client" in to ? `client ${to.client}` : to.subject);

const memberKey = (tenant: string, issuer: string, to: Member) => ({
  pk: tenantKey(tenant),
  sk: "client" in to ? clientSortKey(issuer, to.client) : memberSortKey(issuer, to.subject),
});
