import { CATALOGUE_KEY, type Catalogue, type Item, ROUTES_KEY } from "../../core/model/items.ts";
import { readTableRules } from "../../core/policy-files/compile/table-rules.ts";
import { compileTenantRules, TENANT_RULES } from "../../core/policy-files/compile/tenant-rules.ts";
import type { TenantRules } from "../../core/policy-files/model/written-rules.ts";
import { canonicalJson } from "../../core/policy-files/source/digest.ts";
import { isError } from "../../core/policy-files/source/problem.ts";
import { getCatalogue } from "./catalogue.ts";
import type { TenantInput } from "./input-types.ts";
import type { RulesContent } from "./recorded-change.ts";
import { queryItems, type StoreOptions } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** The most bytes of a tenant's rules as JSON, written and expanded: an entry of the history has them too. */
const MAX_BYTES = 150_000;

/** The attributes of a tenant's item that its rules are compiled to. */
const COMPILED = [...TENANT_RULES, "needs"] as const;

/** Returns the rules that an item has. */
export const rulesOf = (item: Item | undefined): RulesContent =>
  Object.fromEntries(["rules", ...COMPILED].map((key) => [key, item?.[key]]));

/** Returns whether a tenant has rules, or gets some. */
export const concernsRules = (item: Item | undefined, input: Pick<TenantInput, keyof TenantRules>): boolean =>
  TENANT_RULES.some((key) => item?.[key] !== undefined || (input[key] ?? undefined) !== undefined);

/**
 * Returns a tenant's rules after a change.
 *
 * @throws StoreError `input_invalid` for a tenant with rules of which only the expanded form is known
 */
function mergeRules(
  current: Item | undefined,
  input: Pick<TenantInput, keyof TenantRules>,
): TenantRules | "unchanged" {
  const given = TENANT_RULES.filter((key) => input[key] !== undefined);
  const stored = current?.["rules"] as TenantRules | undefined;
  const isKnown = stored !== undefined || TENANT_RULES.every((key) => current?.[key] === undefined);
  if (!isKnown && given.length === 0) return "unchanged";
  if (!isKnown && given.length < TENANT_RULES.length)
    throw new StoreError(
      "input_invalid",
      `What the roles of ${String(current?.["id"])} were written as is not known, because a restore narrowed them: give ${TENANT_RULES.join(", ")}, and null for what the tenant does not have`,
    );
  const merged = TENANT_RULES.map(
    (key) => [key, input[key] === undefined ? stored?.[key] : input[key]] as const,
  );
  return toJson(Object.fromEntries(merged.filter(([, value]) => value !== undefined && value !== null)));
}

/** Returns what JSON keeps of a value, which is what the table stores. @throws StoreError `input_invalid` */
function toJson(rules: TenantRules): TenantRules {
  try {
    return JSON.parse(JSON.stringify(rules)) as TenantRules;
  } catch (error) {
    throw new StoreError("input_invalid", `${TENANT_RULES.join(", ")}: expected values that JSON can write`, {
      cause: error,
    });
  }
}

/** What a put is checked against. */
export interface PutRules {
  readonly catalogue: Catalogue;
  /** Returns what a tenant's item has of its rules after a change. @throws StoreError */
  after(current: Item | undefined, input: ParsedTenant, plan: string | undefined): RulesContent;
}

/** The state of the table's catalogue and routes that one tenant is checked against. */
export interface KnownRules extends PutRules {
  /** The catalogue's items. */
  readonly catalogueItems: readonly Item[];
  /** Whether the tenant has rules, or gets some. */
  readonly hasRules: boolean;
  /** Returns whether the table still has this state. */
  isCurrent(): Promise<boolean>;
}

type ParsedTenant = Pick<TenantInput, "id" | keyof TenantRules>;

/** Reads the catalogue, and the API's routes if a tenant has rules or gets some. @param names issuers that are needed */
export async function getKnownRules(
  store: StoreOptions,
  found: Item | undefined,
  input: ParsedTenant,
  names: readonly string[],
): Promise<KnownRules> {
  const read = async (): Promise<readonly Item[]> => [
    ...(await queryItems(store, CATALOGUE_KEY)),
    ...(hasRules ? await getRoutes(store) : []),
  ];
  const hasRules = concernsRules(found, input);
  const items = await read();
  const stored = (found?.["rules"] ?? {}) as TenantRules;
  const clients = Object.keys((input.clients === undefined ? stored.clients : input.clients) ?? {});
  const own = items.filter(({ pk }) => pk === CATALOGUE_KEY);
  const catalogue = await getCatalogue(store, [...names, ...clients], own);
  return {
    ...putRules(items, catalogue, hasRules),
    catalogueItems: own,
    hasRules,
    isCurrent: async () => !hasRules || canonicalJson(await read()) === canonicalJson(items),
  };
}

/**
 * Returns what puts are checked against.
 *
 * @param items those of the catalogue, and with `hasRules` those of the routes
 */
export function putRules(items: readonly Item[], catalogue: Catalogue, hasRules: boolean): PutRules {
  let table: ReturnType<typeof readTableRules> | undefined;
  return {
    catalogue,
    after(current, { id, ...given }, plan) {
      const rules = mergeRules(current, given);
      if (rules === "unchanged") return rulesOf(current);
      if (!concernsRules(current, given)) return rulesOf(undefined);
      if (!hasRules) throw new StoreError("too_many_writers", `Another writer gave ${id} roles: try again`);
      table ??= readTableRules(items, catalogue);
      return compileRules({ id, plan, rules }, table);
    },
  };
}

/** Reads the items of the API's routes, which what roles select is checked against. @throws StoreError `routes_unknown` */
export async function getRoutes(store: StoreOptions): Promise<Item[]> {
  const items = await queryItems(store, ROUTES_KEY);
  if (items.length === 0)
    throw new StoreError(
      "routes_unknown",
      "The table does not have the API's routes, so what a tenant's roles allow cannot be checked: publish or apply the policy files with this version",
    );
  return items;
}

/**
 * Checks rules, and returns what a tenant's item has of them.
 *
 * @param table the catalogue and the routes
 * @throws StoreError `rules_invalid` with every problem
 */
function compileRules(
  tenant: { readonly id: string; readonly plan?: string | undefined; readonly rules: TenantRules },
  table: ReturnType<typeof readTableRules>,
): RulesContent {
  const { content, problems } = compileTenantRules(tenant, table);
  const errors = problems.filter(isError);
  if (errors.length > 0)
    throw new StoreError("rules_invalid", errors.map(({ message }) => message).join("; "));
  const isEmpty = Object.keys(tenant.rules).length === 0;
  const found = { ...rulesOf(undefined), ...content, rules: isEmpty ? undefined : tenant.rules };
  const bytes = Buffer.byteLength(canonicalJson(found));
  if (bytes > MAX_BYTES)
    throw new StoreError(
      "rules_invalid",
      `The roles and changes of ${tenant.id} take ${bytes} bytes with every route that they name, but ${MAX_BYTES} is the limit: give the tenant fewer roles, or let them extend shared ones less often`,
    );
  return found;
}
