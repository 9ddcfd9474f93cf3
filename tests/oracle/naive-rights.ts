import type { Item } from "../../core/model/items.ts";
import { AUDIENCE } from "../support/fixtures.ts";

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

/**
 * Returns the routes that a caller may call, according to the table's items. This implements the rules of the
 * policy files a second time, for grants without conditions and independently of the authorizer.
 *
 * @returns the routes; none if the caller is denied
 * @throws OddItem
 */
export function naiveRights(items: readonly Item[], claims: Members, typ: string, now: number): string[] {
  const catalogue = items.filter(({ pk }) => pk === "CATALOGUE");
  const ofKind = (kind: string): Item[] => catalogue.filter(({ sk }) => string(sk).split("#")[0] === kind);
  const named = (kind: string, name: unknown): Item | undefined =>
    ofKind(kind)
      .filter((item) => string(item["name"]) === name)
      .at(-1);
  const issuer = named("ISSUER", "main");
  if (issuer === undefined || !acceptsToken(issuer, claims, typ)) return [];
  const paths = map(at(issuer, "claims"));
  const read = (name: string): unknown => walk(claims, list(at(paths, name)));
  const who = read("subject");
  const [id, ...others] = new Set([read("tenant")].flat());
  if (typeof who !== "string" || typeof id !== "string" || others.length > 0) return [];
  if (at(issuer, "tenants") !== "*" && !list(at(issuer, "tenants")).includes(id)) return [];
  const find = (sk: string): Item | undefined =>
    items.find((item) => item["pk"] === `TENANT#${id}` && item["sk"] === sk);
  const tenant = find("TENANT");
  if (tenant === undefined || at(tenant, "id") !== id || at(tenant, "status") === "suspended") return [];
  if (at(tenant, "status") !== "active") odd();
  if (maybe(at(tenant, "issuers"), list)?.includes("main") === false) return [];
  if (isRevoked(find, who, claims, now)) return [];
  const plan = named("PLAN", at(tenant, "plan"));
  if (plan === undefined) return odd();
  const fromToken = at(issuer, "memberships") === "instead" ? [] : roleNames(issuer, read("roles"));
  const member = at(issuer, "memberships") === undefined ? undefined : find(`MEMBER#main#${who}`);
  return [...fromToken, ...memberRoles(member, now)]
    .flatMap((role) => granted(role, tenant, plan, named))
    .sort();
}

function acceptsToken(issuer: Members, claims: Members, typ: string): boolean {
  const audiences = list(at(issuer, "audienceClaims")).flatMap((name) => at(claims, name));
  const use = maybe(at(issuer, "tokenUse"), string);
  return (
    audiences.includes(AUDIENCE) &&
    list(at(issuer, "types")).includes(typ) &&
    (use === undefined || at(claims, "token_use") === use)
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

function granted(
  role: string,
  tenant: Members,
  plan: Members,
  named: (kind: string, name: unknown) => Item | undefined,
): string[] {
  const own = at(map(at(tenant, "roles") ?? {}), role);
  const shared = named("ROLE", role);
  const change = at(map(at(tenant, "changes") ?? {}), role);
  const isShared = own === undefined;
  if (isShared && (shared === undefined || change === "none")) return [];
  if (isShared && maybe(at(plan, "roles"), list)?.includes(role) === false) return [];
  const except = isShared && change !== undefined ? list(at(map(change), "except")) : [];
  const removed = [...except, ...list(at(tenant, "never") ?? [])];
  const grants = list(at(isShared ? (shared as Members) : map(own), "grants"));
  return grants.filter((route) => !removed.includes(route) && list(at(plan, "ceiling")).includes(route));
}
