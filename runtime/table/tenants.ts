import { randomUUID } from "node:crypto";
import { CLIENT, MEMBER, REVOKED } from "../../core/decision/memberships.ts";
import { type Item, tenantKey, withoutUndefined } from "../../core/model/items.ts";
import { TENANT_RULES } from "../../core/policy-files/compile/tenant-rules.ts";
import { tenantId } from "../../core/policy-files/model/name-schemas.ts";
import { canonicalJson } from "../../core/policy-files/source/digest.ts";
import {
  checkDirectoryIssuer,
  checkSpelling,
  checkTenant,
  tenantItemKey,
  unknownTenant,
} from "./catalogue.ts";
import { checkFree, claimDirectories, type Directories, releaseDirectories } from "./directories.ts";
import { parseInput, tenantInput } from "./input.ts";
import type { TenantInput } from "./input-types.ts";
import type { RulesContent, SingleChange } from "./recorded-change.ts";
import { changeItem, getItem, queryItems, type StoreOptions, withAudit } from "./store.ts";
import { StoreError } from "./store-error.ts";
import { getKnownRules, type KnownRules, type PutRules, rulesOf } from "./tenant-rules.ts";

/**
 * Creates or changes a tenant. A new tenant works from the next request on, and gets a random generation. An existing
 * tenant keeps its generation, and every field that is not given.
 *
 * @throws StoreError `input_invalid`, `id_taken`, `plan_unknown`, `issuer_unknown`, `directory_taken`, `rules_invalid`,
 * `routes_unknown`, `tenant_of_files` or `too_many_writers`
 */
export async function putTenant(store: StoreOptions, input: TenantInput, why: string) {
  const { tenant, key, first, wanted, readKnown } = await planPut(store, input);
  const change = putChange(tenant, first.hasRules ? wanted : undefined);
  return withAudit(store, tenant.id, { what: "put tenant", why, change }, async (describe) => {
    let [before, after]: [Item | undefined, Item | undefined] = [undefined, undefined];
    const edit = (known: KnownRules) => (current: Item | undefined) => {
      const { what, content } = checkPut(tenant, current, known);
      describe(what);
      [before, after] = [current, content];
      return content;
    };
    let outcome = await changeItem(store, key, edit(first));
    // The files may have been published since the catalogue was read: then the tenant is compiled again.
    for (let known = first, left = REPEATS; !(await known.isCurrent()); left--) {
      if (left === 0) throw new StoreError("too_many_writers", `The policy files change: try again`);
      known = await readKnown();
      if ((await changeItem(store, key, edit(known))) === "done") outcome = "done";
    }
    return (await moveDirectories(store, tenant.id, before, after)) ? "done" : outcome;
  });
}

/** Checks a put without writing anything, and returns what it is made of. @throws StoreError like {@link putTenant} */
export async function planPut(store: StoreOptions, input: TenantInput) {
  const tenant = parseInput(tenantInput, input);
  const key = tenantItemKey(tenant.id);
  const found = await getItem(store, key);
  const stored = Array.isArray(found?.["issuers"]) ? (found["issuers"] as string[]) : [];
  const readKnown = () => getKnownRules(store, found, tenant, tenant.issuers ?? stored);
  const first = await readKnown();
  const wanted = checkPut(tenant, found, first).content;
  await checkFree(store, tenant.id, directoriesOf(wanted));
  return { tenant, key, found, first, wanted, readKnown };
}

/** How often a tenant is compiled again because the policy files changed in between. */
const REPEATS = 5;

type ParsedTenant = ReturnType<typeof parseInput<typeof tenantInput>>;

/**
 * Returns what the history records of a put.
 *
 * @param next the tenant's item after the change if its rules are concerned
 */
export function putChange(
  { status, plan, issuers, directories }: ParsedTenant,
  next: Item | undefined,
): SingleChange {
  const rules = next && withoutUndefined(rulesOf(next));
  return { kind: "put-tenant", status, plan, issuers, directories, rules };
}

/**
 * Checks a put, and returns the content of the tenant's item after it, and what it changes in words. A new tenant gets a
 * random generation.
 *
 * @throws StoreError `id_taken`, `plan_unknown`, `issuer_unknown`, `rules_invalid` or `input_invalid`
 */
export function checkPut(
  tenant: ParsedTenant,
  current: Item | undefined,
  known: PutRules,
): { readonly what: string; readonly content: Item } {
  if (current !== undefined && current["id"] !== tenant.id) throw takenId(tenant.id, current);
  const fields = mergeTenant(current, tenant);
  checkTenant(fields, known.catalogue);
  // A directory can be removed although its issuer was.
  for (const [issuer, name] of Object.entries(tenant.directories ?? {}))
    if (name !== null || !Object.hasOwn(directoriesOf(current), issuer))
      checkDirectoryIssuer(issuer, known.catalogue);
  const next: TenantFields = { ...fields, ...known.after(current, tenant, fields.plan) };
  return {
    what: `put tenant (${describeChange(current, next)})`,
    content: { ...next, generation: current?.["generation"] ?? randomUUID() },
  };
}

/**
 * Writes and removes the items of a tenant's directories, after its own item. The tenant lists its directories first, so
 * that nobody takes one whose item is not written yet. Returns whether an item changed.
 *
 * @throws StoreError `directory_taken` or `too_many_writers`
 */
export async function moveDirectories(
  store: StoreOptions,
  id: string,
  before: Item | undefined,
  after: Item | undefined,
): Promise<boolean> {
  const wanted = directoriesOf(after);
  const claimed = await claimDirectories(store, id, wanted);
  return (await releaseDirectories(store, id, without(directoriesOf(before), wanted))) || claimed;
}

const without = (before: Directories, after: Directories): Directories =>
  Object.fromEntries(Object.entries(before).filter(([issuer, name]) => after[issuer] !== name));

/** Returns the directories that a tenant's item lists. */
export const directoriesOf = (item: Item | undefined): Directories =>
  (item?.["directories"] ?? {}) as Directories;

/** Prints directories in one line. */
export const printDirectories = (directories: Directories): string =>
  Object.entries(directories)
    .map((pair) => pair.join("="))
    .join(" ");

/** Returns a tenant's directories after a change; undefined if there are none. */
export function mergeDirectories(
  stored: unknown,
  change: Readonly<Record<string, string | null>> | null = {},
): Directories | undefined {
  if (change === null) return undefined;
  const all = Object.entries({ ...(stored as Directories | undefined), ...change });
  const kept = all.filter((entry): entry is [string, string] => entry[1] !== null);
  return kept.length === 0 ? undefined : Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const takenId = (id: string, current: Item): StoreError =>
  new StoreError(
    "id_taken",
    `The table has the tenant "${String(current["id"])}", and ids must differ in more than case: choose another id than "${id}"`,
  );

/** The fields that `putTenant` writes. */
interface TenantFields extends RulesContent {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: string;
  readonly plan: string | undefined;
  readonly issuers: readonly string[] | undefined;
  readonly directories: Directories | undefined;
}

function mergeTenant(
  current: Item | undefined,
  { id, name, status, plan, issuers, directories }: ParsedTenant,
): TenantFields {
  const stored = (current ?? {}) as Partial<TenantFields>;
  const restriction = issuers === undefined ? stored.issuers : (issuers ?? undefined);
  return {
    id,
    name: name ?? stored.name,
    status: status ?? stored.status ?? "active",
    plan: plan ?? stored.plan,
    issuers: restriction && [...restriction].sort(),
    directories: mergeDirectories(stored.directories, directories),
  };
}

/** Lists a new tenant's fields, or what changes in an existing tenant. */
function describeChange(current: Item | undefined, next: TenantFields): string {
  const before = current && describeFields(current as unknown as TenantFields);
  const after = describeFields(next);
  for (const field of ["directories", ...TENANT_RULES])
    if (before?.[field] !== undefined) after[field] ??= "none";
  const changes = Object.entries(after).flatMap(([field, value]) => {
    const old = before?.[field];
    if (before === undefined || old === undefined) return [`${field} ${shorten(value)}`];
    return old === value ? [] : [`${field} ${shorten(old)} -> ${shorten(value)}`];
  });
  return changes.join(", ") || "no change";
}

/** The entry's `change` has the whole value. */
const shorten = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}…` : text);

const describeFields = ({
  name,
  status,
  plan,
  issuers,
  directories,
  rules = {},
}: TenantFields): Record<string, string> => ({
  status,
  plan: plan ?? "none",
  issuers: issuers?.join(" ") ?? "all",
  ...(directories !== undefined && { directories: printDirectories(directories) }),
  ...Object.fromEntries(
    Object.entries(rules as object).map(([key, written]) => [key, canonicalJson(written)]),
  ),
  name: name ?? "none",
});

/**
 * Suspends or reinstates a tenant.
 *
 * @throws StoreError `tenant_unknown`, `tenant_of_files` or `too_many_writers`
 */
export const setStatus = async (
  store: StoreOptions,
  id: string,
  status: "active" | "suspended",
  why: string,
) =>
  withAudit(
    store,
    parseInput(tenantId, id),
    status === "active"
      ? { what: "reinstate tenant", why, change: { kind: "reinstate-tenant" } }
      : { what: "suspend tenant", why, change: { kind: "suspend-tenant" } },
    () =>
      changeItem(store, tenantItemKey(id), (current) => {
        if (current === undefined) throw unknownTenant(id);
        checkSpelling(current, id);
        const { v: _version, owner: _owner, hash: _hash, ...content } = current;
        return { ...content, status };
      }),
  );

/**
 * Removes a tenant, and then the memberships and revocations of this and earlier tenants with the id. What another
 * writer adds in the meantime has no effect, because a later tenant with the id has another generation.
 *
 * @throws StoreError `tenant_unknown` for another spelling, `tenant_of_files` or `too_many_writers`
 */
export const removeTenant = async (store: StoreOptions, id: string, why: string) =>
  withAudit(
    store,
    parseInput(tenantId, id),
    { what: "remove tenant", why, change: { kind: "remove-tenant" } },
    async () => {
      let directories: Directories = {};
      const removed = await changeItem(store, tenantItemKey(id), (current) => {
        if (current !== undefined) checkSpelling(current, id);
        directories = directoriesOf(current);
        return "remove";
      });
      await releaseDirectories(store, id, directories);
      const left = await removeLeftItems(store, id);
      return left > 0 ? "done" : removed;
    },
  );

/**
 * Removes the memberships and revocations that belong to no tenant. They are listed before the tenant is read, so each
 * of another generation is of an earlier tenant. Returns how many they are.
 */
async function removeLeftItems(store: StoreOptions, id: string): Promise<number> {
  const listed = (await queryItems(store, tenantKey(id))).filter(isMembershipOrRevocation);
  const generation = (await getItem(store, tenantItemKey(id)))?.["generation"];
  const left = listed.filter((item) => item["generation"] !== generation);
  for (const item of left)
    await changeItem(store, { pk: String(item["pk"]), sk: String(item["sk"]) }, (current) =>
      current?.["generation"] === item["generation"] ? "remove" : "keep",
    );
  return left.length;
}

const isMembershipOrRevocation = ({ sk }: Item): boolean =>
  [MEMBER, CLIENT, REVOKED].some((prefix) => String(sk).startsWith(prefix));
