import { type AccessDocument, type AccessRole, accessDocument } from "../../../core/decision/access.ts";
import type { Caller } from "../../../core/decision/caller.ts";
import { type Denial, isDenial } from "../../../core/decision/denial.ts";
import type { MembershipState } from "../../../core/decision/memberships.ts";
import type { Item } from "../../../core/model/items.ts";
import { readLayout } from "../../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { readItems } from "../../../core/policy-files/compile/catalogue.ts";
import { type CompiledPolicies, compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { permissionsByRoute } from "../../../core/policy-files/openapi/access-route.ts";
import { EXAMPLE_BASE } from "../../../core/policy-files/simulate/simulator.ts";
import { callerFrom, PARTY_FLAGS } from "../../shared/caller-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import { CALLER_FLAGS, COMMON, type FlagValues, FORMAT, UsageError } from "../../shared/flags.ts";
import { withProgress } from "../../shared/layout-flags.ts";
import { loadEnvironments, requireTenant } from "../../shared/load-environments.ts";
import { oneLine, print, printJson } from "../../shared/output.ts";
import { printSuspended } from "../../table/print-suspended.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";
import { loadTableReads } from "../../table/table-reads.ts";

const FLAGS = {
  ...CALLER_FLAGS,
  ...PARTY_FLAGS,
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: `Also reads from a table: run-time tenants, and the caller's memberships and revocations. The caller's token
counts as issued now.`,
  },
  ...COMMON,
  ...FORMAT,
} as const;
type Values = FlagValues<typeof FLAGS>;

export const access = defineCommand({
  name: "access",
  about: `Prints what one caller may do in a tenant: the document that the caller itself reads at the API's access route.
The API need not have such a route.`,
  flags: FLAGS,
  examples: [
    "access --tenant acme --role editor --subject ann",
    "access --table portcullis-prod-permissions --tenant acme --subject ann --format json",
  ],
  statuses: ["done", "every request of the caller is denied"],
  run,
});

async function run(values: Values): Promise<number> {
  const { tenant: id, format } = values;
  if (id === undefined) throw new UsageError("--tenant is missing");
  const table = values.table === undefined ? undefined : tableFlag(values.table);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const [current] = policies;
  const compiled = compilePolicies(policies, "auto", withProgress(DEFAULT_LAYOUT_OPTIONS));
  const items = compiled.items.get(values.environment) ?? [];
  const { issuers } = readItems(items).catalogue;
  const caller = callerFrom(values, issuers);
  if (table === undefined) {
    requireTenant(id, current.tenants.keys(), undefined);
    return printAccess(describe(current, compiled, caller, items, null), format);
  }
  const { withTable, readCallerItems, readSwitches } = await loadTableReads();
  return withTable(table, async () => {
    const issuer = caller.issuer === null ? undefined : issuers.get(caller.issuer);
    const killed = caller.issuer === null ? undefined : (await readSwitches(table)).get(caller.issuer);
    if (killed?.suspended && issuer !== undefined) return printSuspended(issuer.name, format);
    const { tenants, membershipState } = await readCallerItems(table, current, caller, issuer);
    requireTenant(id, [...current.tenants.keys(), ...tenants.map((one) => String(one["id"]))], table);
    const state = { ...membershipState, revokedClients: killed?.revokedClients };
    return printAccess(describe(current, compiled, caller, [...items, ...tenants], state), format);
  });
}

function describe(
  { api }: PolicySet,
  { layouts, mode }: CompiledPolicies,
  caller: Caller,
  items: readonly Item[],
  membershipState: MembershipState | null,
): AccessDocument | Denial {
  const layout = layouts[mode];
  if (layout === undefined) throw new Error(`There is no layout for ${mode}`);
  const { catalogue, tenants } = readItems(items);
  const stored = { catalogue, tenant: tenants.get(caller.tenant), membershipState };
  return accessDocument(caller, stored, {
    layout: readLayout(layout),
    settings: { permissions: permissionsByRoute(api) },
    base: EXAMPLE_BASE,
    tenants: [caller.tenant],
  });
}

function printAccess(found: AccessDocument | Denial, format: Values["format"]): number {
  if (isDenial(found)) {
    const { reason } = found;
    return format === "json"
      ? printJson({ reason }, 1)
      : print(`every request is denied, reason ${reason}`, 1);
  }
  return format === "json" ? printJson(found) : print(accessLines(found));
}

function accessLines({ userId, tenantId, plan, roles, permissions, routes }: AccessDocument): string[] {
  const width = Math.max(0, ...routes.map(({ method, path }) => `${method} ${path}`.length));
  return [
    `${userId === "" ? "a caller" : oneLine(userId)} in ${tenantId}${plan === null ? "" : `, plan ${plan}`}`,
    `roles: ${roles.map(printRole).join(", ") || "none"}`,
    `permissions: ${permissions.join(", ") || "none"}`,
    routes.length === 0 ? "routes: none" : "routes:",
    ...routes.map(({ method, path, where }) => {
      const alternatives = where?.map((values) =>
        Object.entries(values)
          .map(([name, value]) => `${name}=${oneLine(value)}`)
          .join(" and "),
      );
      const needs = alternatives === undefined ? "" : `  where ${alternatives.join(" or ")}`;
      return `  ${`${method} ${path}`.padEnd(width)}${needs}`.trimEnd();
    }),
  ];
}

const printRole = ({ name, until }: AccessRole): string =>
  until === null ? name : `${name} until ${new Date(until * 1_000).toISOString()}`;
