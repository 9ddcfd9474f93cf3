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

/** {@link MembershipState}, and what each item about them does to a caller. Not in the console, which asks no table. */
export interface StoredMembershipState extends MembershipState {
  /** What each revocation does to the caller's token. */
  revocationSteps(caller: Caller): ExplanationStep[];
  /** What each membership gives the caller. */
  membershipSteps(caller: Caller, issuer: IssuerItem): ExplanationStep[];
}

/** @throws UnavailableError where an item is not as written: the authorizer answers 500 then */
export function readStoredMemberships(items: readonly Item[], at: number): StoredMembershipState {
  const membershipState = { at, ...readMembershipState(items) };
  const [revocations, members] = [items.filter(isRevocation), items.filter((item) => !isRevocation(item))];
  return {
    ...membershipState,
    revocationSteps: (caller) => revocations.map((item) => revocationStep(caller, membershipState, item)),
    membershipSteps: (caller, issuer) => membershipSteps(caller, issuer, membershipState, members),
  };
}

const keyOf = ({ pk, sk }: Item): { readonly item: string } => ({ item: `${String(pk)} ${String(sk)}` });
const isRevocation = ({ sk }: Item): boolean => String(sk).startsWith(REVOKED);
const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();

function revocationStep(caller: Caller, membershipState: MembershipState, item: Item): ExplanationStep {
  const found = readRevocation(item);
  const { before, until } = found;
  const what = before === null ? "the caller" : `tokens issued before ${time(before)}`;
  if (isRevoked(caller, { ...membershipState, revocations: [found] }))
    return takes(`the tenant refuses ${what}, until ${time(until)}`, keyOf(item));
  return until <= membershipState.at
    ? note(`a revocation ended at ${time(until)}`, keyOf(item))
    : note(`the tenant refuses ${what}, until ${time(until)}: this one was issued later`, keyOf(item));
}

function membershipSteps(
  caller: Caller,
  issuer: IssuerItem,
  membershipState: MembershipState,
  members: readonly Item[],
): ExplanationStep[] {
  if (issuer.memberships === null) return [note(`issuer ${issuer.name} uses no memberships`)];
  if (members.length === 0) return [note("the table has no membership of the caller")];
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
  if (roles.length > 0) return gives(`a membership gives the role ${role}${end}${why}`, keyOf(item));
  if (until !== null && until <= membershipState.at)
    return takes(`the membership as ${role} ended at ${time(until)}`, keyOf(item));
  return takes(`the membership as ${role} lacks the end and the reason that staff need`, keyOf(item));
}
