import type { Item } from "../../core/model/items.ts";
import { grantsOf, heldRoles, type NaiveRole, type NaiveTenant, tenantDenial } from "./naive-rights.ts";

type Members = Readonly<Record<string, unknown>>;

/** The error for items that nobody writes, so that no result is expected. */
export class OddItem extends Error {}

const odd = (): never => {
  throw new OddItem();
};

/** Functions that read one field. The result is undefined for an absent field. */
const at = (item: Members, name: string): unknown => (Object.hasOwn(item, name) ? item[name] : undefined);
const string = (value: unknown): string => (typeof value === "string" ? value : odd());
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(string) : odd());
const map = (value: unknown): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : odd();
const maybe = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : read(value);

/** A verified token. */
interface NaiveToken {
  readonly claims: Members;
  readonly typ: string;
}

/**
 * Returns the routes that a caller may call, according to the table's items, for grants without conditions.
 *
 * @param audience the audience of the API
 * @param now in seconds
 * @returns the routes; none if the caller is denied
 * @throws OddItem
 */
export function naiveRights(
  items: readonly Item[],
  token: NaiveToken,
  audience: string,
  now: number,
): string[] {
  const { claims } = token;
  const catalogue = items.filter(({ pk }) => pk === "CATALOGUE");
  const named: Named = (kind, name) => {
    const item = catalogue.findLast(({ sk }) => sk === `${kind}#${name}`);
    return item === undefined || at(item, "name") === name ? item : odd();
  };
  const issuer = named("ISSUER", "main");
  if (issuer === undefined || !acceptsToken(issuer, token, audience, now)) return [];
  const paths = map(at(issuer, "claims"));
  const read = (name: string): unknown => walk(claims, list(at(paths, name)));
  const who = read("subject");
  const [id, ...others] = new Set([read("tenant")].flat());
  if (typeof who !== "string" || typeof id !== "string" || others.length > 0) return [];
  if (at(issuer, "tenants") !== "*" && !list(at(issuer, "tenants")).includes(id)) return [];
  const find = (sk: string): Item | undefined =>
    items.find((item) => item["pk"] === `TENANT#${foldCase(id)}` && item["sk"] === sk);
  const item = find("TENANT");
  if (item === undefined) return [];
  if (foldCase(string(at(item, "id"))) !== foldCase(id) || string(at(item, "generation")) === "") odd();
  if (at(item, "id") !== id) return [];
  const ofTenant = (sk: string): Item | undefined => {
    const found = find(sk);
    return found === undefined || string(at(found, "generation")) === at(item, "generation")
      ? found
      : undefined;
  };
  const tenant = toTenant(item, named);
  if (tenantDenial(tenant, "main") !== undefined || isRevoked(ofTenant, who, claims, now)) return [];
  const fromToken = at(issuer, "memberships") === "instead" ? [] : roleNames(issuer, read("roles"));
  const member = at(issuer, "memberships") === undefined ? undefined : ofTenant(`MEMBER#main#${who}`);
  return heldRoles(tenant, [...fromToken, ...memberRoles(member, now)])
    .flatMap((role) => grantsOf(tenant, role).map(({ route }) => route))
    .sort();
}

/** Names a tenant whatever its letters' case. */
const foldCase = (id: string): string => id.toLowerCase();

/** Finds an item of the catalogue, whose name must be the one in its key. */
type Named = (kind: string, name: string) => Item | undefined;

/** Reads a tenant's item. The grants of a role's item include those of the roles that it extends. */
function toTenant(item: Item, named: Named): NaiveTenant<string, { readonly route: string }> {
  const plan = (): Item => named("PLAN", string(at(item, "plan"))) ?? odd();
  const toRole = (role: Members): NaiveRole<{ readonly route: string }> => ({
    extends: [],
    allow: list(at(role, "grants")).map((route) => ({ route })),
  });
  return {
    isSuspended: () => at(item, "status") === "suspended" || (at(item, "status") !== "active" && odd()),
    issuers: () => maybe(at(item, "issuers"), list),
    ownRole: (name) => maybe(at(map(at(item, "roles") ?? {}), name), (role) => toRole(map(role))),
    sharedRole: (name) => maybe(named("ROLE", name), (role) => toRole(map(role))),
    change: (role) =>
      maybe(at(map(at(item, "changes") ?? {}), role), (change) =>
        change === "none" ? change : list(at(map(change), "except")),
      ),
    never: () => list(at(item, "never") ?? []),
    planRoles: () => maybe(at(plan(), "roles"), list),
    ceiling: () => list(at(plan(), "ceiling")),
  };
}

function acceptsToken(issuer: Members, { claims, typ }: NaiveToken, audience: string, now: number): boolean {
  const audiences = list(at(issuer, "audienceClaims")).flatMap((name) => at(claims, name));
  const use = maybe(at(issuer, "tokenUse"), string);
  const until = maybe(at(issuer, "boundTokensUntil"), (value) => (typeof value === "number" ? value : odd()));
  return (
    audiences.includes(audience) &&
    list(at(issuer, "types")).includes(typ) &&
    (use === undefined || at(claims, "token_use") === use) &&
    (at(claims, "cnf") === undefined || (until !== undefined && until > now))
  );
}

function walk(claims: Members, path: readonly string[]): unknown {
  if (path.length === 0) return odd();
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? at(value as Members, name)
        : undefined,
    claims,
  );
}

function roleNames(issuer: Members, claim: unknown): string[] {
  const groups = maybe(at(issuer, "roleNames"), map);
  const names = Array.isArray(claim)
    ? claim
    : typeof claim === "string"
      ? groups
        ? [claim]
        : claim.split(" ")
      : [];
  return groups === undefined ? names : names.flatMap((name: string) => maybe(at(groups, name), list) ?? []);
}

function memberRoles(member: Item | undefined, now: number): string[] {
  if (member === undefined) return [];
  return (member["roles"] as Members[]).flatMap((one) => {
    const until = maybe(at(map(one), "until"), (value) => (typeof value === "number" ? value : odd()));
    return until === undefined || until > now ? [string(at(one, "role"))] : [];
  });
}

function isRevoked(
  find: (sk: string) => Item | undefined,
  who: string,
  claims: Members,
  now: number,
): boolean {
  const isActive = (item: Item | undefined): boolean => item !== undefined && Number(item["until"]) > now;
  const issued = find("REVOKED#ISSUED");
  return (
    isActive(find(`REVOKED#SUBJECT#main#${who}`)) ||
    isActive(find(`REVOKED#TOKEN#${String(at(claims, "jti"))}`)) ||
    (isActive(issued) && Number(at(claims, "iat")) < Number(issued?.["before"]))
  );
}
