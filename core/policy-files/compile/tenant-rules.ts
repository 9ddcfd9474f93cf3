import { printGrant } from "../../model/grant.ts";
import { type Item, withoutUndefined } from "../../model/items.ts";
import { ownGrants, type TenantDefinition } from "../model/tenant-grants.ts";
import { readTenantFile } from "../model/tenants.ts";
import { warnOfTenant } from "../model/warnings.ts";
import type { TenantRules } from "../model/written-rules.ts";
import { type Problem, Problems } from "../source/problem.ts";
import { parseSource, type Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { tenantItem } from "./item-contents.ts";
import type { TableRules } from "./table-rules.ts";

/** The keys of a tenant's file that say what its roles may do. They can be written at run time too. */
export const TENANT_RULES = [
  "changes",
  "never",
  "roles",
  "clients",
] as const satisfies readonly (keyof TenantRules)[];

/** A tenant's rules with every selector expanded, as its item has them, and the problems that they have. */
export interface CompiledRules {
  /** `changes`, `never`, `roles`, `clients` and `needs`. Complete only if no problem is an error. */
  readonly content: Item;
  readonly problems: readonly Problem[];
}

/**
 * Checks and expands a tenant's rules by the same code as those of its file. A binding must be one that a shared role
 * has, because the deployed policies have room for no other.
 *
 * @example
 * import { readCatalogue } from "../../model/items.ts";
 * import { readTableRules } from "./table-rules.ts";
 * import { compileTenantRules } from "./tenant-rules.ts";
 *
 * const role = { pk: "CATALOGUE", sk: "ROLE#viewer", v: 1, hash: "ab12", name: "viewer", grants: ["GET /documents"] };
 * const routes = [{ grant: "GET /documents", permission: "documents.read" }, { grant: "GET /reports" }];
 * const items = [role, { pk: "ROUTES", sk: "0000", v: 1, routes }];
 * const rules = readTableRules(items, readCatalogue([role]));
 * const own = { auditor: { extends: ["viewer"], allow: ["GET /reports"] } };
 * compileTenantRules({ id: "acme", rules: { roles: own } }, rules).content; // => {"roles":{"auditor":{"grants":["GET /documents","GET /reports"]}}}
 * compileTenantRules({ id: "acme", rules: { never: ["GET /report"] } }, rules).problems.length; // => 1
 */
export function compileTenantRules(
  tenant: { readonly id: string; readonly plan?: string | undefined; readonly rules: TenantRules },
  known: TableRules,
): CompiledRules {
  const problems = new Problems();
  const { id, plan, rules } = tenant;
  const source = parseSource(id, JSON.stringify({ id, plan, ...rules }), problems);
  return compileTenantSource(source, id, known, problems);
}

/**
 * Like {@link compileTenantRules}, for a tenant's whole file. Problems have the file's lines.
 *
 * @param source undefined if it could not be parsed, which `problems` has then
 */
export function compileTenantSource(
  source: Source | undefined,
  id: string,
  known: TableRules,
  problems: Problems,
): CompiledRules {
  const definition = source && readTenantFile(source, id, known, problems);
  if (definition === undefined) return { content: {}, problems: problems.sorted() };
  checkBindings(definition, known, problems);
  const granted = new Map(
    [...known.roles.values()].map((role) => [
      role.name,
      new Set(role.allow.flatMap(({ operations }) => operations.map(({ route }) => route.key))),
    ]),
  );
  warnOfTenant(definition, known, granted, problems);
  const item = tenantItem(definition, known.roles);
  const content = Object.fromEntries([...TENANT_RULES, "needs"].map((key) => [key, item[key]]));
  return { content: withoutUndefined(content), problems: problems.sorted() };
}

/** Rejects bindings that the proof of the deployed layout did not count, so that no policy gets too large. */
function checkBindings(tenant: TenantDefinition, known: TableRules, problems: Problems): void {
  for (const role of tenant.roles.values())
    for (const grant of ownGrants(role, tenant, known.roles)) {
      const text = printGrant(grant);
      if (Object.keys(grant.binding).length > 0 && !known.countedBindings.has(text))
        problems.error(
          "uncounted-binding",
          role.at,
          `role ${role.name}: no shared role grants "${text}", so the deployed policies may have no room for this binding${suggestion(text, known.countedBindings)}: grant it in a shared role of the policy files, and deploy`,
        );
    }
}
