import { type RoleName, roleName, type TenantId, tenantId } from "../model/ids.ts";
import { type FieldReader, fieldReader, type Item } from "../model/item-reader.ts";
import { type IssuerItem, tenantKey } from "../model/items.ts";
import type { Caller } from "./caller.ts";

/** A role that a membership gives. */
export interface MemberRole {
  readonly role: RoleName;
  /** The end of the role, in seconds since 1970; null means that it has no end. */
  readonly until: number | null;
  readonly reason: string;
}

/** A membership: the roles of a user or client in one tenant, written to the table at run time. */
export interface Membership {
  readonly tenant: TenantId;
  readonly hash: string;
  readonly roles: readonly MemberRole[];
}

/** A revocation: the tokens that a tenant no longer accepts. */
export interface Revocation {
  readonly tenant: TenantId;
  /**
   * Revokes tokens issued before this time, in seconds since 1970; null revokes every token that its key names.
   */
  readonly before: number | null;
  /** The end of the revocation, in seconds since 1970. */
  readonly until: number;
}

/** The memberships and revocations of one caller in one tenant, and the time of the request. */
export interface MembershipState {
  /** In seconds since 1970. Items that ended before are ignored, because the table deletes them much later. */
  readonly at: number;
  readonly memberships: readonly Membership[];
  readonly revocations: readonly Revocation[];
}

/** The prefix of the sort keys of users' memberships. */
export const MEMBER = "MEMBER#";
/** The prefix of the sort keys of clients' memberships. */
export const CLIENT = "CLIENT#";
/** The prefix of the sort keys of revocations. */
export const REVOKED = "REVOKED#";
/**
 * Returns the sort key of a user's membership. No issuer's name contains `#`, so no two subjects share a key.
 */
export const memberSortKey = (issuer: string, subject: string): string => `${MEMBER}${issuer}#${subject}`;
/** Returns the sort key of a client's membership. */
export const clientSortKey = (issuer: string, client: string): string => `${CLIENT}${issuer}#${client}`;
/** Returns the sort key of the revocation of one token. */
export const revokedToken = (tokenId: string): string => `${REVOKED}TOKEN#${tokenId}`;
/** Returns the sort key of the revocation of a subject's tokens. */
export const revokedSubject = (issuer: string, subject: string): string =>
  `${REVOKED}SUBJECT#${issuer}#${subject}`;
/** The sort key of the revocation of all tokens of a tenant that were issued before a time. */
export const REVOKED_ISSUED = `${REVOKED}ISSUED`;

/**
 * Lists the sort keys, in the tenant's partition, of the caller's memberships and revocations. All result from
 * the token.
 */
export function membershipKeys(caller: Caller, issuer: IssuerItem | undefined): string[] {
  if (caller.issuer === null) return [];
  const members =
    issuer === undefined || issuer.memberships === null
      ? []
      : [
          memberSortKey(caller.issuer, caller.subject),
          ...(caller.clientId === "" ? [] : [clientSortKey(caller.issuer, caller.clientId)]),
        ];
  return [
    ...members,
    ...(caller.tokenId === "" ? [] : [revokedToken(caller.tokenId)]),
    revokedSubject(caller.issuer, caller.subject),
    REVOKED_ISSUED,
  ];
}

/**
 * Reads memberships and revocations. Fails closed: an item with another version or an unknown kind throws.
 *
 * @throws InternalError `item_invalid`
 */
export function readMembershipState(
  items: readonly Item[],
): Pick<MembershipState, "memberships" | "revocations"> {
  const kindOf = (item: Item): string => String(item["sk"]).split("#", 1)[0] ?? "";
  const isMember = (item: Item): boolean => ["MEMBER", "CLIENT"].includes(kindOf(item));
  return {
    memberships: items.filter(isMember).map(readMembership),
    revocations: items.filter((item) => !isMember(item)).map(readRevocation),
  };
}

/**
 * Reads a membership's item.
 *
 * @throws InternalError `item_invalid`
 */
export function readMembership(item: Item): Membership {
  const read = fieldReader(item);
  const roles = read.value("roles");
  if (!Array.isArray(roles)) throw read.invalid("roles");
  return {
    tenant: readTenantId(read),
    hash: read.string("hash"),
    roles: roles.map((entry) => {
      const role = fieldReader(entry, read.name);
      return {
        role: roleName(role.string("role")),
        until: role.optional("until", role.time) ?? null,
        reason: role.optional("reason", role.string) ?? "",
      };
    }),
  };
}

/**
 * Reads a revocation's item.
 *
 * @throws InternalError `item_invalid`
 */
export function readRevocation(item: Item): Revocation {
  const read = fieldReader(item);
  const sk = read.string("sk");
  if (!sk.startsWith(REVOKED)) throw read.invalid("sk");
  return {
    tenant: readTenantId(read),
    before: sk === REVOKED_ISSUED ? read.time("before") : null,
    until: read.time("until"),
  };
}

/** Reads the tenant from the item's partition key, which alone decides. */
function readTenantId(read: FieldReader): TenantId {
  const pk = read.string("pk");
  const id = pk.slice(tenantKey("").length);
  if (pk !== tenantKey(id)) throw read.invalid("pk");
  return tenantId(id);
}

/** The roles that memberships give a caller now, and the hashes of these memberships. */
export interface MemberRoles {
  readonly roles: readonly RoleName[];
  readonly hashes: readonly string[];
}

const NONE: MemberRoles = { roles: [], hashes: [] };

/**
 * Lists the roles that memberships give the caller, if the issuer uses memberships. A role that has ended does
 * not count, nor does a role of staff without an end or a reason.
 *
 * @example
 * import { supposedCaller } from "./caller.ts";
 * import { memberRoles, readMembership } from "./memberships.ts";
 *
 * const item = { pk: "TENANT#acme", sk: "MEMBER#main#ann", v: 1, hash: "ab12", roles: [{ role: "admin" }] };
 * const state = { at: 1_800_000_000, memberships: [readMembership(item)], revocations: [] };
 * const caller = supposedCaller({ tenant: "acme", subject: "ann" });
 * memberRoles(caller, { memberships: "merge", staff: false }, state).roles; // => ["admin"]
 */
export function memberRoles(
  caller: Caller,
  issuer: Pick<IssuerItem, "memberships" | "staff"> | null | undefined,
  membershipState: MembershipState | null,
): MemberRoles {
  if (issuer == null || issuer.memberships === null || membershipState === null) return NONE;
  const counts = ({ until, reason }: MemberRole): boolean =>
    (until === null || until > membershipState.at) && (!issuer.staff || (until !== null && reason !== ""));
  const held = membershipState.memberships
    .filter(({ tenant, roles }) => tenant === caller.tenant && roles.some(counts))
    .map(({ hash, roles }) => ({ hash, roles: roles.filter(counts) }));
  return {
    roles: held.flatMap(({ roles }) => roles.map(({ role }) => role)),
    hashes: held.map(({ hash }) => hash),
  };
}

/**
 * Returns whether the tenant has revoked the caller's token. A token without `iat` counts as issued before any
 * time.
 *
 * @example
 * import { supposedCaller } from "./caller.ts";
 * import { isRevoked, readRevocation } from "./memberships.ts";
 *
 * const item = { pk: "TENANT#acme", sk: "REVOKED#ISSUED", v: 1, before: 1_799_999_000, until: 1_800_086_400 };
 * const state = { at: 1_800_000_000, memberships: [], revocations: [readRevocation(item)] };
 * isRevoked(supposedCaller({ tenant: "acme", issuedAt: 1_799_998_000 }), state); // => true
 * isRevoked(supposedCaller({ tenant: "acme", issuedAt: 1_799_999_500 }), state); // => false
 */
export function isRevoked(caller: Caller, membershipState: MembershipState | null): boolean {
  return (membershipState?.revocations ?? []).some(
    ({ tenant, before, until }) =>
      tenant === caller.tenant &&
      until > (membershipState?.at ?? 0) &&
      (before === null || caller.issuedAt < before),
  );
}
