import { ISSUER_NAME_SORT_KEY, ISSUER_PREFIX, type Item, TENANT_SORT_KEY } from "../../model/items.ts";
import { itemKey } from "../compile/permission-items.ts";
import type { Operation } from "../model/operation.ts";
import type { PolicySet } from "../model/policy-set.ts";

/** What {@link trustChanges} compares: a policy set's API, and the items that it compiles to. */
export interface TrustState {
  readonly api: Pick<PolicySet["api"], "operations" | "tenantSelector">;
  readonly items: readonly Item[];
}

/**
 * Returns one line for each change that can give access without a change of any role: who guards a route, which scopes
 * it needs, where a request names its tenant, and which issuers are trusted for which tenants.
 */
export function trustChanges(before: TrustState | undefined, after: TrustState): string[] {
  return [
    ...routeChanges(before?.api.operations ?? [], after.api.operations),
    ...(before !== undefined && !isSame(before.api.tenantSelector, after.api.tenantSelector)
      ? ["requests name their tenant in another way"]
      : []),
    ...issuerChanges(before?.items ?? [], after.items),
    ...(before === undefined ? [] : tenantChanges(before.items, after.items)),
  ];
}

function routeChanges(before: readonly Operation[], after: readonly Operation[]): string[] {
  const old = new Map(before.map((operation) => [operation.route.key, operation]));
  return after.flatMap((operation) => {
    const { key } = operation.route;
    const was = old.get(key);
    const now = guardOf(operation);
    if (was === undefined) return now === GUARDED ? [] : [`${key} is new and ${now}`];
    const changes = guardOf(was) === now ? [] : [`${key} is ${now} (was ${guardOf(was)})`];
    if (was.apiKeys.length > 0 && operation.apiKeys.length === 0)
      changes.push(`${key} needs no API key any more`);
    const [had, has] = [was, operation].map(({ route }) => route.scopes.join(" ") || "none");
    return had === has ? changes : [...changes, `${key} needs other scopes: ${has} (was ${had})`];
  });
}

const GUARDED = "guarded";

function guardOf({ public: isPublic, external, jwt }: Operation): string {
  if (isPublic) return "public";
  if (external !== undefined) return `left to another authorizer, ${external}`;
  return jwt === undefined ? GUARDED : `verified by API Gateway for the issuer ${jwt} alone`;
}

/** Attributes that give no access, or that the diff of access compares. */
const NO_TRUST = new Set(["v", "hash", "owner", "description", "ceilings", "needs"]);

function issuerChanges(before: readonly Item[], after: readonly Item[]): string[] {
  const isIssuer = ({ pk, sk }: Item): boolean =>
    [pk, sk].some((key) => String(key).startsWith(ISSUER_PREFIX)) && sk !== ISSUER_NAME_SORT_KEY;
  return pairs(before.filter(isIssuer), after.filter(isIssuer)).flatMap(([was, is]) => {
    const name = String((is ?? was)?.["name"]);
    if (was === undefined) return [`issuer ${name} is trusted from now on`];
    if (is === undefined) return [`issuer ${name} is no longer trusted`];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    const changed = keys.filter((key) => !NO_TRUST.has(key) && !isSame(was[key], is[key]));
    return changed.length === 0 ? [] : [`issuer ${name} changes: ${changed.join(", ")}`];
  });
}

function tenantChanges(before: readonly Item[], after: readonly Item[]): string[] {
  const isTenant = ({ sk }: Item): boolean => sk === TENANT_SORT_KEY;
  return pairs(before.filter(isTenant), after.filter(isTenant)).flatMap(([was, is]) => {
    if (was === undefined || is === undefined) return [];
    const changed = ["directories", "issuers"].filter((key) => !isSame(was[key], is[key]));
    return changed.map((key) => `tenant ${String(is["id"])} accepts tokens of other ${key}`);
  });
}

/** Returns the items of both states with the same key as pairs, sorted by key. */
function pairs(before: readonly Item[], after: readonly Item[]): [Item | undefined, Item | undefined][] {
  const [old, now] = [before, after].map((items) => new Map(items.map((item) => [itemKey(item), item])));
  const all = new Set([...before, ...after].map(itemKey));
  return [...all].sort().map((key) => [old?.get(key), now?.get(key)]);
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
