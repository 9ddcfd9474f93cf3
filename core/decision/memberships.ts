import { type RoleName, roleName, type TenantId, tenantId } from "../model/ids.ts";
import { type Item, type Reader, reader } from "../model/item-reader.ts";
import { type IssuerItem, tenantKey } from "../model/items.ts";
import type { Caller } from "./caller.ts";

/** A role that somebody was given in a tenant at run time. */
export interface MemberRole {
  readonly role: RoleName;
  /** When it ends, in seconds since 1970; null: it stays. */
  readonly until: number | null;
  readonly reason: string;
}

/** Somebody's roles in one tenant, as written at run time. */
export interface Membership {
  readonly tenant: TenantId;
  readonly hash: string;
  readonly roles: readonly MemberRole[];
}

/** A caller or tokens that a tenant no longer answers. */
export interface Revocation {
  readonly tenant: TenantId;
  /** Tokens issued before, in seconds since 1970; null: all that its key names. */
  readonly before: number | null;
  /** From when on it counts for nothing, in seconds since 1970. */
  readonly until: number;
}

/** What the table says at run time of one caller in one tenant, and the time at which it is asked. */
export interface MembershipState {
  /** In seconds since 1970. What has ended by then is ignored: the table deletes much later. */
  readonly at: number;
  readonly memberships: readonly Membership[];
  readonly revocations: readonly Revocation[];
}

export const MEMBER = "MEMBER#";
export const CLIENT = "CLIENT#";
export const REVOKED = "REVOKED#";
/** No issuer's name has a `#`, so no two subjects share a key. */
export const memberSortKey = (issuer: string, subject: string): string => `${MEMBER}${issuer}#${subject}`;
export const clientSortKey = (issuer: string, client: string): string => `${CLIENT}${issuer}#${client}`;
export const revokedToken = (tokenId: string): string => `${REVOKED}TOKEN#${tokenId}`;
export const revokedSubject = (issuer: string, subject: string): string =>
  `${REVOKED}SUBJECT#${issuer}#${subject}`;
export const REVOKED_ISSUED = `${REVOKED}ISSUED`;

/** The sort keys below the caller's tenant that bear on the caller; all of them come of the token. */
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

/** Reads memberships and revocations. Closed: an item of another version or kind throws. @throws UnavailableError */
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

/** @throws UnavailableError `item_invalid` */
export function readMembership(item: Item): Membership {
  const read = reader(item);
  const roles = read.value("roles");
  if (!Array.isArray(roles)) throw read.invalid("roles");
  return {
    tenant: tenantOf(read),
    hash: read.text("hash"),
    roles: roles.map((entry) => {
      const role = reader(entry, read.name);
      return {
        role: roleName(role.text("role")),
        until: role.optional("until", role.time) ?? null,
        reason: role.optional("reason", role.text) ?? "",
      };
    }),
  };
}

/** @throws UnavailableError `item_invalid` */
export function readRevocation(item: Item): Revocation {
  const read = reader(item);
  const sk = read.text("sk");
  if (!sk.startsWith(REVOKED)) throw read.invalid("sk");
  return {
    tenant: tenantOf(read),
    before: sk === REVOKED_ISSUED ? read.time("before") : null,
    until: read.time("until"),
  };
}

/** An item speaks for the tenant of its key, whatever else it says. */
function tenantOf(read: Reader): TenantId {
  const pk = read.text("pk");
  const id = pk.slice(tenantKey("").length);
  if (pk !== tenantKey(id)) throw read.invalid("pk");
  return tenantId(id);
}

/** The roles that memberships give a caller now, and the hashes of those that did. */
export interface MemberRoles {
  readonly roles: readonly RoleName[];
  readonly hashes: readonly string[];
}

const NONE: MemberRoles = { roles: [], hashes: [] };

/** What memberships give, of issuers that use them; what has ended, or lacks what staff need, gives nothing. */
export function memberRoles(
  caller: Caller,
  issuer: IssuerItem | null | undefined,
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

/** Whether the tenant no longer answers this token. One that does not say when it was issued is as old as can be. */
export function isRevoked(caller: Caller, membershipState: MembershipState | null): boolean {
  return (membershipState?.revocations ?? []).some(
    ({ tenant, before, until }) =>
      tenant === caller.tenant &&
      until > (membershipState?.at ?? 0) &&
      (before === null || caller.issuedAt < before),
  );
}
