import { type Caller, readsTokenRoles } from "../caller.ts";
import type { IssuerItem, Item } from "../items.ts";
import {
  isRevoked,
  type MemberRole,
  memberRoles,
  type People,
  REVOKED,
  readMembership,
  readPeople,
  readRevocation,
} from "../people.ts";
import { gives, note, type Step, takes } from "./explain-step.ts";

/** {@link People}, with the items that say so. */
export interface StoredPeople extends People {
  readonly items: readonly Item[];
}

/** @throws UnavailableError where an item is not as written: the authorizer answers 500 then */
export const storedPeople = (items: readonly Item[], at: number): StoredPeople => ({
  at,
  items,
  ...readPeople(items),
});

const keyOf = ({ pk, sk }: Item): { readonly item: string } => ({ item: `${String(pk)} ${String(sk)}` });
const isRevocation = ({ sk }: Item): boolean => String(sk).startsWith(REVOKED);
const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();

/** What each revocation does to the caller's token. */
export function revocationSteps(caller: Caller, people: StoredPeople | null): Step[] {
  if (people === null) return [];
  return people.items.filter(isRevocation).map((item) => {
    const found = readRevocation(item);
    const { before, until } = found;
    const what = before === null ? "the caller" : `tokens issued before ${time(before)}`;
    if (isRevoked(caller, { ...people, revocations: [found] }))
      return takes(`the tenant refuses ${what}, until ${time(until)}`, keyOf(item));
    return until <= people.at
      ? note(`a revocation ended at ${time(until)}`, keyOf(item))
      : note(`the tenant refuses ${what}, until ${time(until)}: this one was issued later`, keyOf(item));
  });
}

/** What each membership gives the caller, and whether the token's own roles count. */
export function membershipSteps(
  caller: Caller,
  issuer: IssuerItem | undefined,
  people: StoredPeople | null,
): Step[] {
  const ofToken =
    issuer === undefined || readsTokenRoles(issuer)
      ? []
      : [note(`issuer ${issuer.name}: roles come from memberships alone, the token's are not looked at`)];
  if (people === null || issuer === undefined) return ofToken;
  if (issuer.memberships === null) return [note(`issuer ${issuer.name} uses no memberships`)];
  const members = people.items.filter((item) => !isRevocation(item));
  const none = note("the table has no membership of the caller");
  if (members.length === 0) return [...ofToken, none];
  return [
    ...ofToken,
    ...members.flatMap((item) =>
      readMembership(item).roles.map((role) => memberStep(caller, issuer, people, item, role)),
    ),
  ];
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
