import type { Caller } from "../../decision/caller.ts";
import {
  isRevoked,
  type MemberRole,
  type MembershipState,
  memberRoles,
  REVOKED,
  readMembership,
  readMembershipState,
  readRevocation,
} from "../../decision/memberships.ts";
import type { IssuerItem, Item } from "../../model/items.ts";
import { type ExplanationStep, gives, note, takes } from "./step.ts";

/**
 * {@link MembershipState} that explains each of its items. The console does not use it, because it reads no
 * table.
 */
export interface StoredMembershipState extends MembershipState {
  /** Explains the effect of each revocation on the caller's token. */
  revocationSteps(caller: Caller): ExplanationStep[];
  /** Explains which role each membership gives the caller. */
  membershipSteps(caller: Caller, issuer: IssuerItem): ExplanationStep[];
}

/**
 * Reads memberships and revocations.
 *
 * @param generation that of the tenant in the table; null if the table does not have it
 * @throws InternalError if an item is malformed: the authorizer answers 500 then
 */
export function readStoredMemberships(
  items: readonly Item[],
  at: number,
  generation: string | null,
): StoredMembershipState {
  const membershipState = { at, generation, ...readMembershipState(items) };
  const [revocations, members] = [items.filter(isRevocation), items.filter((item) => !isRevocation(item))];
  return {
    ...membershipState,
    revocationSteps: (caller) => revocations.map((item) => revocationStep(caller, membershipState, item)),
    membershipSteps: (caller, issuer) => membershipSteps(caller, issuer, membershipState, members),
  };
}

const itemOrigin = ({ pk, sk }: Item): { readonly item: string } => ({ item: `${String(pk)} ${String(sk)}` });
const isRevocation = ({ sk }: Item): boolean => String(sk).startsWith(REVOKED);
const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();

function revocationStep(caller: Caller, membershipState: MembershipState, item: Item): ExplanationStep {
  const revocation = readRevocation(item);
  const { before, until } = revocation;
  if (revocation.generation !== membershipState.generation)
    return note(`a revocation is ignored, ${earlierTenant(membershipState)}`, itemOrigin(item));
  const what = before === null ? "the caller is" : `tokens issued before ${time(before)} are`;
  const text = `${what} revoked in the tenant until ${time(until)}`;
  if (isRevoked(caller, { ...membershipState, revocations: [revocation] }))
    return takes(text, itemOrigin(item));
  return until <= membershipState.at
    ? note(`a revocation ended at ${time(until)}`, itemOrigin(item))
    : note(`${text}, but this token was issued later`, itemOrigin(item));
}

const earlierTenant = ({ generation }: MembershipState): string =>
  generation === null
    ? "because the table does not have the tenant"
    : "because it belongs to an earlier tenant with this id";

function membershipSteps(
  caller: Caller,
  issuer: IssuerItem,
  membershipState: MembershipState,
  members: readonly Item[],
): ExplanationStep[] {
  if (issuer.memberships === null) return [note(`issuer ${issuer.name} does not read memberships`)];
  if (members.length === 0) return [note("the table has no membership for the caller")];
  return members.flatMap((item) =>
    readMembership(item).roles.map((role) => memberStep(caller, issuer, membershipState, item, role)),
  );
}

function memberStep(
  caller: Caller,
  issuer: IssuerItem,
  membershipState: MembershipState,
  item: Item,
  { role, until, reason }: MemberRole,
): ExplanationStep {
  const membership = { ...readMembership(item), roles: [{ role, until, reason }] };
  const { roles } = memberRoles(caller, issuer, { ...membershipState, memberships: [membership] });
  const end = until === null ? "" : `, until ${time(until)}`;
  const why = reason === "" ? "" : ` (${reason})`;
  if (roles.length > 0) return gives(`a membership gives the role ${role}${end}${why}`, itemOrigin(item));
  if (membership.generation !== membershipState.generation)
    return takes(
      `the membership with role ${role} is ignored, ${earlierTenant(membershipState)}`,
      itemOrigin(item),
    );
  if (until !== null && until <= membershipState.at)
    return takes(`the membership with role ${role} ended at ${time(until)}`, itemOrigin(item));
  return takes(
    `the membership with role ${role} has no end or no reason, but staff need both`,
    itemOrigin(item),
  );
}
