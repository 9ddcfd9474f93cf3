import { type RoleName, roleName } from "../model/ids.ts";
import { ISSUERS_KEY, type RevokedClients } from "../model/issuer-switch.ts";
import { type FieldReader, fieldReader, type Item } from "../model/item-reader.ts";
import { type IssuerItem, TENANT_PREFIX, tenantKey } from "../model/items.ts";
import { type Caller, isOwnClient } from "./caller.ts";
import type { Finding, FindingOf, Report } from "./finding.ts";

/** A role that a membership gives. */
export interface MemberRole {
  readonly role: RoleName;
  /** The end of the role, in seconds since 1970; null means that it has no end. */
  readonly until: number | null;
  readonly reason: string;
}

/** A membership: the roles of a user or client in one tenant, written to the table at run time. */
export interface Membership {
  /** The tenant's partition: ids that differ in case only have the same, but not the same generation. */
  readonly partition: string;
  readonly sortKey: string;
  /** The tenant's generation when the membership was written. It counts for this generation only. */
  readonly generation: string;
  readonly hash: string;
  readonly roles: readonly MemberRole[];
}

/** A revocation: the tokens that a tenant no longer accepts. */
export interface Revocation {
  readonly partition: string;
  readonly sortKey: string;
  /** The tenant's generation when the revocation was written. It counts for this generation only. */
  readonly generation: string;
  /**
   * Revokes tokens issued before this time, in seconds since 1970; null revokes every token that its key names.
   */
  readonly before: number | null;
  /** The end of the revocation, in seconds since 1970. */
  readonly until: number;
  /** Revokes only tokens that name this client, as `ISSUER#CLIENT`. */
  readonly client?: string | undefined;
}

/** The memberships and revocations of one caller in one tenant, and the time of the request. */
export interface MembershipState {
  /** In seconds since 1970. Items that ended before are ignored, because the table deletes them much later. */
  readonly at: number;
  /**
   * The generation of the tenant now; null if the caller's tenant is not in the table. Items of another generation
   * are ignored: they belong to an earlier tenant with the same id.
   */
  readonly generation: string | null;
  readonly memberships: readonly Membership[];
  readonly revocations: readonly Revocation[];
  /** The end of the revocation of each client of the caller's issuer in every tenant, in seconds since 1970. */
  readonly revokedClients?: RevokedClients | undefined;
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
/**
 * The sort key of the revocation of all tokens of a tenant that were issued before a time, and of clients. Every version
 * reads it for each caller, so that none overlooks a client.
 */
export const REVOKED_ISSUED = `${REVOKED}ISSUED`;

/**
 * Lists the sort keys, in the tenant's partition, of the caller's memberships and revocations. All result from
 * the token. The roles of a client are for tokens whose subject is the client.
 */
export function membershipKeys(caller: Caller, issuer: IssuerItem | undefined): string[] {
  if (caller.issuer === null) return [];
  const members =
    issuer === undefined || issuer.memberships === null
      ? []
      : [
          memberSortKey(caller.issuer, caller.subject),
          ...(isOwnClient(caller) ? [clientSortKey(caller.issuer, String(caller.clientId))] : []),
        ];
  const [delegate] = caller.delegates;
  return [
    ...members,
    ...(caller.tokenId === "" ? [] : [revokedToken(caller.tokenId)]),
    revokedSubject(caller.issuer, caller.subject),
    ...(delegate === undefined ? [] : [revokedSubject(delegate.issuer, delegate.subject)]),
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
    revocations: items.filter((item) => !isMember(item)).flatMap(readRevocations),
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
    partition: readPartition(read),
    sortKey: read.string("sk"),
    generation: read.string("generation"),
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
    partition: readPartition(read),
    sortKey: sk,
    generation: read.string("generation"),
    before: sk === REVOKED_ISSUED ? read.time("before") : null,
    until: read.time("until"),
  };
}

/** Reads a revocation's item, which can also revoke clients. */
function readRevocations(item: Item): Revocation[] {
  const read = fieldReader(item);
  const clients = (read.optional("clients", read.entries) ?? []).map(([client, until]) => {
    if (typeof until !== "number") throw read.invalid("clients");
    const [sortKey, generation] = [read.string("sk"), read.string("generation")];
    return { partition: readPartition(read), sortKey, generation, before: null, until, client };
  });
  return clients.length > 0 && read.value("before") === undefined
    ? clients
    : [readRevocation(item), ...clients];
}

/** Reads the partition key, which alone decides which tenant the item belongs to. */
function readPartition(read: FieldReader): string {
  const pk = read.string("pk");
  if (!pk.startsWith(TENANT_PREFIX)) throw read.invalid("pk");
  return pk;
}

type StoredItem = Pick<Membership, "partition" | "sortKey" | "generation">;

/** Why an item of the table does not count; undefined for one that belongs to the caller's tenant as it is now. */
type Foreign = "no_tenant" | "earlier_tenant" | undefined;

/** Returns whether an item belongs to the caller's tenant as it is now, not to an earlier one with the same id. */
function foreign(
  caller: Caller,
  { generation: current }: MembershipState,
  { partition, generation }: StoredItem,
): Foreign {
  if (current === null) return "no_tenant";
  return partition === tenantKey(caller.tenant) && generation === current ? undefined : "earlier_tenant";
}

const itemName = ({ partition, sortKey }: StoredItem): string => `${partition} ${sortKey}`;

/** The roles that memberships give a caller now, and the hashes of these memberships. */
export interface MemberRoles {
  readonly roles: readonly RoleName[];
  readonly hashes: readonly string[];
}

const NONE: MemberRoles = { roles: [], hashes: [] };

/** The settings of an issuer that memberships depend on. */
type MembershipIssuer = Pick<IssuerItem, "memberships" | "staff">;

/**
 * Lists the roles that memberships give the caller, if the issuer uses memberships. A role that has ended does
 * not count, nor does a role of staff without an end or a reason, nor a membership of another generation.
 *
 * @param report receives the findings; absent if nobody asks for them
 * @example
 * import { supposedCaller } from "./caller.ts";
 * import { memberRoles, readMembership } from "./memberships.ts";
 *
 * const key = { pk: "TENANT#acme", sk: "MEMBER#main#ann", v: 1, generation: "g1" };
 * const memberships = [readMembership({ ...key, hash: "ab12", roles: [{ role: "admin" }] })];
 * const state = { at: 1_800_000_000, generation: "g1", memberships, revocations: [] };
 * const caller = supposedCaller({ tenant: "acme", subject: "ann" });
 * memberRoles(caller, { memberships: "merge", staff: false }, state).roles; // => ["admin"]
 * memberRoles(caller, { memberships: "merge", staff: false }, { ...state, generation: "g2" }).roles; // => []
 */
export function memberRoles(
  caller: Caller,
  issuer: MembershipIssuer | null | undefined,
  membershipState: MembershipState | null,
  report?: Report,
): MemberRoles {
  if (issuer == null) return NONE;
  if (caller.issuer !== null)
    report?.({
      check: "membership_source",
      denies: null,
      issuer: caller.issuer,
      source: issuer.memberships,
      found: membershipState === null ? null : membershipState.memberships.length,
    });
  if (issuer.memberships === null || membershipState === null) return NONE;
  const verdict = (membership: Membership, role: MemberRole): MembershipVerdict =>
    foreign(caller, membershipState, membership) ?? judgeRole(role, issuer, membershipState.at);
  if (report !== undefined)
    for (const membership of membershipState.memberships)
      for (const role of membership.roles)
        report(membershipFinding(membership, role, verdict(membership, role)));
  const held = membershipState.memberships
    .map((membership) => ({
      hash: membership.hash,
      roles: membership.roles.filter((role) => verdict(membership, role) === "counts"),
    }))
    .filter(({ roles }) => roles.length > 0);
  return {
    roles: held.flatMap(({ roles }) => roles.map(({ role }) => role)),
    hashes: held.map(({ hash }) => hash),
  };
}

type MembershipVerdict = FindingOf<"membership">["verdict"];

function judgeRole(
  { until, reason }: MemberRole,
  { staff }: MembershipIssuer,
  at: number,
): MembershipVerdict {
  if (until !== null && until <= at) return "ended";
  return staff && (until === null || reason === "") ? "incomplete_for_staff" : "counts";
}

const membershipFinding = (
  membership: Membership,
  { role, until, reason }: MemberRole,
  verdict: MembershipVerdict,
): Finding => ({
  check: "membership",
  denies: null,
  item: itemName(membership),
  role,
  until,
  because: reason,
  verdict,
});

/**
 * Returns whether the tenant has revoked the caller's token. A token without `iat` counts as issued before any
 * time. A revocation of another generation is ignored, because its people are other people.
 *
 * @param report receives the findings; absent if nobody asks for them
 * @example
 * import { supposedCaller } from "./caller.ts";
 * import { isRevoked, readRevocation } from "./memberships.ts";
 *
 * const key = { pk: "TENANT#acme", sk: "REVOKED#ISSUED", v: 1, generation: "g1" };
 * const revocations = [readRevocation({ ...key, before: 1_799_999_000, until: 1_800_086_400 })];
 * const state = { at: 1_800_000_000, generation: "g1", memberships: [], revocations };
 * isRevoked(supposedCaller({ tenant: "acme", issuedAt: 1_799_998_000 }), state); // => true
 * isRevoked(supposedCaller({ tenant: "acme", issuedAt: 1_799_999_500 }), state); // => false
 */
export function isRevoked(caller: Caller, membershipState: MembershipState | null, report?: Report): boolean {
  if (membershipState === null) return false;
  let revoked = false;
  const judge = (
    { item, before, until, client }: Pick<FindingOf<"revocation">, "item" | "before" | "until" | "client">,
    verdict: FindingOf<"revocation">["verdict"],
  ): void => {
    revoked ||= verdict === "revokes";
    const denies = verdict === "revokes" ? "revoked" : null;
    report?.({ check: "revocation", denies, item, before, until, client, verdict });
  };
  for (const revocation of membershipState.revocations) {
    const { client } = revocation;
    if (client !== undefined && !caller.clients.some((one) => client === `${caller.issuer}#${one}`)) continue;
    judge(
      { ...revocation, item: itemName(revocation) },
      judgeRevocation(caller, membershipState, revocation),
    );
  }
  for (const client of caller.clients) {
    const until = membershipState.revokedClients?.get(client);
    if (until === undefined) continue;
    const item = `${ISSUERS_KEY} ${caller.issuer}`;
    judge({ item, before: null, until, client }, until <= membershipState.at ? "ended" : "revokes");
  }
  return revoked;
}

function judgeRevocation(
  caller: Caller,
  membershipState: MembershipState,
  revocation: Revocation,
): FindingOf<"revocation">["verdict"] {
  const other = foreign(caller, membershipState, revocation);
  if (other !== undefined) return other;
  if (revocation.until <= membershipState.at) return "ended";
  const { before } = revocation;
  return before === null || caller.issuedAt < before ? "revokes" : "issued_later";
}
