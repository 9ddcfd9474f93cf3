import type { Caller } from "../../decision/caller.ts";
import {
  isRevoked,
  type MemberRole,
  memberRoles,
  type People,
  REVOKED,
  readMembership,
  readPeople,
  readRevocation,
} from "../../decision/memberships.ts";
import type { IssuerItem, Item } from "../../model/items.ts";
import { gives, note, type Step, takes } from "./step.ts";

/** {@link People}, and what each item about them does to a caller. Not in the console, which asks no table. */
export interface StoredPeople extends People {
  /** What each revocation does to the caller's token. */
  revocationSteps(caller: Caller): Step[];
  /** What each membership gives the caller. */
  membershipSteps(caller: Caller, issuer: IssuerItem): Step[];
}

/** @throws UnavailableError where an item is not as written: the authorizer answers 500 then */
export function storedPeople(items: readonly Item[], at: number): StoredPeople {
  const people = { at, ...readPeople(items) };
  const [revocations, members] = [items.filter(isRevocation), items.filter((item) => !isRevocation(item))];
  return {
    ...people,
    revocationSteps: (caller) => revocations.map((item) => revocationStep(caller, people, item)),
    membershipSteps: (caller, issuer) => membershipSteps(caller, issuer, people, members),
  };
}

const keyOf = ({ pk, sk }: Item): { readonly item: string } => ({ item: `${String(pk)} ${String(sk)}` });
const isRevocation = ({ sk }: Item): boolean => String(sk).startsWith(REVOKED);
const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();

function revocationStep(caller: Caller, people: People, item: Item): Step {
  const found = readRevocation(item);
  const { before, until } = found;
  const what = before === null ? "the caller" : `tokens issued before ${time(before)}`;
  if (isRevoked(caller, { ...people, revocations: [found] }))
    return takes(`the tenant refuses ${what}, until ${time(until)}`, keyOf(item));
  return until <= people.at
    ? note(`a revocation ended at ${time(until)}`, keyOf(item))
    : note(`the tenant refuses ${what}, until ${time(until)}: this one was issued later`, keyOf(item));
}

function membershipSteps(
  caller: Caller,
  issuer: IssuerItem,
  people: People,
  members: readonly Item[],
): Step[] {
  if (issuer.memberships === null) return [note(`issuer ${issuer.name} uses no memberships`)];
  if (members.length === 0) return [note("the table has no membership of the caller")];
  return members.flatMap((item) =>
    readMembership(item).roles.map((role) => memberStep(caller, issuer, people, item, role)),
  );
}

function memberStep(
  caller: Caller,
  issuer: IssuerItem,
  people: People,
  item: Item,
  { role, until, reason }: MemberRole,
): Step {
  const membership = { ...readMembership(item), roles: [{ role, until, reason }] };
  const { roles } = memberRoles(caller, issuer, { ...people, memberships: [membership] });
  const end = until === null ? "" : `, until ${time(until)}`;
  const why = reason === "" ? "" : ` (${reason})`;
  if (roles.length > 0) return gives(`a membership gives the role ${role}${end}${why}`, keyOf(item));
  if (until !== null && until <= people.at)
    return takes(`the membership as ${role} ended at ${time(until)}`, keyOf(item));
  return takes(`the membership as ${role} lacks the end and the reason that staff need`, keyOf(item));
}
