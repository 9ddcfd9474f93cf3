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
import { withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import {
  COMMON,
  cacheFlag,
  LAYOUT_FLAGS,
  layoutOptions,
  methodArnBase,
  nameAndValue,
  readFlags,
  UsageError,
} from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { askTable } from "../../table/ask-table.ts";
import { tableFlag } from "../../table/client.ts";

const USAGE = `npx portcullis policy --tenant T --role R [--role …] [--subject S] [--scope S …]
  [--claim NAME=VALUE …] [--request "METHOD /path"] [--policies DIR] [--environment NAME]
  [--cache auto|token|route|off] [--encoded-paths as_sent|unknown] [--max-groups N] [--method-arn-base ARN]
  [--table NAME]

Prints what the authorizer returns to this caller, as one JSON document: one answer for each group
(in mode route and off for each route), or the one that a request gets. Groups are those of an API whose ARN
up to the stage is as long as --method-arn-base. --table asks a table for the tenant too, if it is kept at run time.`;

export const policy: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...COMMON,
    ...LAYOUT_FLAGS,
    "method-arn-base": { type: "string", default: EXAMPLE_BASE },
    tenant: { type: "string" },
    role: { type: "string", multiple: true, default: [] },
    scope: { type: "string", multiple: true, default: [] },
    claim: { type: "string", multiple: true, default: [] },
    subject: { type: "string", default: "local-user" },
    request: { type: "string" },
    table: { type: "string" },
    json: { type: "boolean", default: true },
  });
  if (values.help) return print(USAGE);
  if (values.tenant === undefined) throw new UsageError("--tenant is missing");
  const [cache, options] = [cacheFlag(values.cache), layoutOptions(values)];
  const base = methodArnBase(values["method-arn-base"]);
  const request = values.request === undefined ? undefined : readRequest(values.request);
  const table = values.table === undefined ? undefined : tableFlag(values.table);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;

  const compiled = compilePolicies(policies, cache, options);
  const data = compiled.layouts[compiled.mode];
  if (data === undefined) throw new Error(`There is no layout for ${compiled.mode}`);
  const layout = readLayout(data);
  const places = request === undefined ? placesOf(layout) : placeOf(layout, request);
  if (places.length === 0) return fail(`${values.request} reaches no route that the authorizer guards`);

  const { tenant: id, role: roles, subject, scope: scopes } = values;
  const claims = Object.fromEntries(values.claim.map((claim) => nameAndValue("claim", claim)));
  const caller: Caller = supposedCaller({ tenant: id, roles, subject, scopes, claims });
  const items = compiled.items.get(values.environment) ?? [];
  const answer = (all: readonly Item[]): number => {
    const { catalogue, tenants } = readItems(all);
    const stored = { catalogue, tenant: tenants.get(id), membershipState: null };
    const groups = places.map((resolved) => answerAt(resolved, base, caller, stored, layout));
    return print(JSON.stringify({ mode: compiled.mode, groups }, null, 2));
  };
  if (table === undefined) return answer(items);
  return withTable(table, async () => {
    const { tenants } = await askTable(table, policies[0], caller, undefined);
    return answer([...items, ...tenants]);
  });
}

function answerAt(
  { name, routes, route, group }: AnsweredPlace,
  base: string,
  caller: Caller,
  stored: StoredPermissions,
  layout: Layout,
) {
  const resolved = { route, group, arn: { base, method: route.method, path: route.path } };
  const { response } = respondTo(resolved, caller, stored, layout);
  return { name, routes: routes.map(({ key }) => key), bytes: JSON.stringify(response).length, response };
}

interface AnsweredPlace {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly route: Route;
  readonly group: Group;
}

/** Where the answers differ: in mode `token` a group has one for all its routes, else each route has its own. */
function placesOf({ mode, groups }: Layout): AnsweredPlace[] {
  return groups.flatMap((group) => {
    const [first] = group.routes;
    if (mode !== "token")
      return group.routes.map((route) => ({ name: route.key, routes: [route], route, group }));
    return first === undefined ? [] : [{ name: group.name, routes: group.routes, route: first, group }];
  });
}

function placeOf(layout: Layout, { method, path }: { method: string; path: string }): AnsweredPlace[] {
  const routes = layout.groups.flatMap((group) => group.routes);
  const key = selectRoute(routes, method, path.split("?", 1)[0] ?? path)?.key;
  const found = key === undefined ? undefined : findRoute(layout, key);
  return placesOf(layout).filter(({ routes: answered }) => answered.some((route) => route === found?.route));
}

function readRequest(text: string): { method: string; path: string } {
  const request = parseRequest(text);
  if (typeof request === "string") throw new UsageError(`--request: ${request}`);
  return request;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}
