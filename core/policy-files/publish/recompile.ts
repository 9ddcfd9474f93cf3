import type { Item } from "../../model/items.ts";
import { readItems } from "../compile/catalogue.ts";
import { RUNTIME_OWNER } from "../compile/permission-items.ts";
import { readTableRules, type TableRules } from "../compile/table-rules.ts";
import { compileTenantRules, TENANT_RULES } from "../compile/tenant-rules.ts";
import type { TenantRules } from "../model/written-rules.ts";
import { canonicalJson } from "../source/digest.ts";
import { isError, type Problem } from "../source/problem.ts";

/** Reads what run-time tenants are compiled against from compiled items. */
export const rulesFromItems = (items: readonly Item[]): TableRules =>
  readTableRules(items, readItems(items).catalogue);

/** A run-time tenant whose item is not what its rules say now. */
export type Stale =
  /** What its item must have instead. */
  | { readonly id: string; readonly content: Item }
  /** Why its rules cannot be compiled. The item keeps what it had. */
  | { readonly id: string; readonly problems: readonly Problem[] };

/**
 * Compiles the rules of a run-time tenant again, because the files have changed since they were written. Returns undefined
 * if the item is still right, or has no rules.
 */
export function findStale(item: Item, known: TableRules): Stale | undefined {
  const { rules, owner, plan } = item;
  if (rules === undefined || owner !== RUNTIME_OWNER) return undefined;
  const id = String(item["id"]);
  const tenant = { id, plan: plan === undefined ? undefined : String(plan), rules: rules as TenantRules };
  const { content, problems } = compileTenantRules(tenant, known);
  const errors = problems.filter(isError);
  if (errors.length > 0) return { id, problems: errors };
  const compiled = [...TENANT_RULES, "needs"].filter((key) => item[key] !== undefined);
  const present = Object.fromEntries(compiled.map((key) => [key, item[key]]));
  return canonicalJson(present) === canonicalJson(content)
    ? undefined
    : { id, content: { ...content, rules } };
}
