import { respondTo } from "../../../core/decision/authorize.ts";
import { type Caller, supposedCaller } from "../../../core/decision/caller.ts";
import type { StoredPermissions } from "../../../core/decision/permissions.ts";
import type { Item } from "../../../core/model/items.ts";
import { findRoute, type Group, type Layout, readLayout } from "../../../core/model/layout.ts";
import { type Route, selectRoute } from "../../../core/model/route.ts";
import { readItems } from "../../../core/policy-files/compile/catalogue.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { parseRequest } from "../../../core/policy-files/simulate/policy-tests.ts";
import { EXAMPLE_BASE } from "../../../core/policy-files/simulate/simulator.ts";
import { defineCommand } from "../../shared/command.ts";
import { CALLER_FLAGS, COMMON, type FlagValues, nameAndValue, UsageError } from "../../shared/flags.ts";
import { LAYOUT_FLAGS, layoutOptions, methodArnBase } from "../../shared/layout-flags.ts";
import { loadEnvironments, requireTenant } from "../../shared/load-environments.ts";
import { printError, printJson } from "../../shared/output.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";
import { loadTableReads } from "../../table/table-reads.ts";

const FLAGS = {
  ...CALLER_FLAGS,
  subject: { ...CALLER_FLAGS.subject, default: "local-user" },
  request: {
    type: "string",
    value: '"METHOD /path"',
    otherwise: "all groups",
    about: "Prints only the response for this request.",
    example: '"GET /documents/42"',
  },
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: "Also reads the tenant from a table, if it is a run-time tenant.",
  },
  ...COMMON,
  ...LAYOUT_FLAGS,
  "method-arn-base": {
    ...LAYOUT_FLAGS["method-arn-base"],
    default: EXAMPLE_BASE,
    about: "An ARN up to the stage; the groups fit an API whose ARN has the same length.",
  },
} as const;

export const policy = defineCommand({
  name: "policy",
  about: `Prints the authorizer responses for this caller as one JSON document: one for each group (in the modes route and
off, one for each route), or the one for --request.`,
  flags: FLAGS,
  examples: ['policy --tenant acme --role editor --request "GET /documents/42"'],
  statuses: ["done", "the request reaches no route that the authorizer guards"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  if (values.tenant === undefined) throw new UsageError("--tenant is missing");
  const { cache } = values;
  const options = layoutOptions(values);
  const base = methodArnBase(values["method-arn-base"]);
  const request = values.request === undefined ? undefined : readRequest(values.request);
  const table = values.table === undefined ? undefined : tableFlag(values.table);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;

  const compiled = compilePolicies(policies, cache, options);
  const data = compiled.layouts[compiled.mode];
  if (data === undefined) throw new Error(`There is no layout for ${compiled.mode}`);
  const layout = readLayout(data);
  const targets = request === undefined ? responseTargets(layout) : targetFor(layout, request);
  if (targets.length === 0)
    return printError(`${values.request} reaches no route that the authorizer guards`);

  const { tenant: id, role: roles, subject, scope: scopes } = values;
  const claims = Object.fromEntries(values.claim.map((claim) => nameAndValue("claim", claim)));
  const caller: Caller = supposedCaller({ tenant: id, roles, subject, scopes, claims });
  const items = compiled.items.get(values.environment) ?? [];
  const printResponses = (all: readonly Item[]): number => {
    const { catalogue, tenants } = readItems(all);
    const stored = { catalogue, tenant: tenants.get(id), membershipState: null };
    const groups = targets.map((target) => respondAt(target, base, caller, stored, layout));
    return printJson({ mode: compiled.mode, groups });
  };
  if (table === undefined) {
    requireTenant(id, policies[0].tenants.keys(), undefined);
    return printResponses(items);
  }
  const { withTable, readCallerItems } = await loadTableReads();
  return withTable(table, async () => {
    const { tenants } = await readCallerItems(table, policies[0], caller, undefined);
    requireTenant(id, [...policies[0].tenants.keys(), ...tenants.map((one) => String(one["id"]))], table);
    return printResponses([...items, ...tenants]);
  });
}

function respondAt(
  { name, routes, route, group }: ResponseTarget,
  base: string,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
) {
  const resolved = { route, group, arn: { base, method: route.method, path: route.path } };
  const { response } = respondTo(resolved, caller, stored, layout);
  return { name, routes: routes.map(({ key }) => key), bytes: JSON.stringify(response).length, response };
}

/** A set of routes that share one authorizer response, and the route that stands for them. */
interface ResponseTarget {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly route: Route;
  readonly group: Group;
}

/** In mode `token` all routes of a group share one response; in the other modes each route has its own. */
function responseTargets({ mode, groups }: Layout): ResponseTarget[] {
  return groups.flatMap((group) => {
    const [first] = group.routes;
    if (mode !== "token")
      return group.routes.map((route) => ({ name: route.key, routes: [route], route, group }));
    return first === undefined ? [] : [{ name: group.name, routes: group.routes, route: first, group }];
  });
}

function targetFor(layout: Layout, { method, path }: { method: string; path: string }): ResponseTarget[] {
  const routes = layout.groups.flatMap((group) => group.routes);
  const key = selectRoute(routes, method, path.split("?", 1)[0] ?? path)?.key;
  const found = key === undefined ? undefined : findRoute(layout, key);
  return responseTargets(layout).filter(({ routes: shared }) =>
    shared.some((route) => route === found?.route),
  );
}

function readRequest(text: string): { method: string; path: string } {
  const request = parseRequest(text);
  if (typeof request === "string") throw new UsageError(`--request: ${request}`);
  return request;
}
