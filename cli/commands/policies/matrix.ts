import type { Item } from "../../../core/model/items.ts";
import type { Route } from "../../../core/model/route.ts";
import { accessMatrix, type MatrixCell } from "../../../core/policy-files/access/matrix.ts";
import { readItems } from "../../../core/policy-files/compile/catalogue.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { guardedRoutes } from "../../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { matrixPage } from "../../access/matrix-page.ts";
import { defineCommand } from "../../shared/command.ts";
import { csvLine } from "../../shared/csv.ts";
import { COMMON, type FlagValues, FORMAT, UsageError } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print } from "../../shared/output.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";
import { loadTableReads } from "../../table/table-reads.ts";

const FORMATS = ["text", "csv", "markdown", "html", "json"] as const;
type Format = (typeof FORMATS)[number];

const FLAGS = {
  tenant: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "T",
    otherwise: "all tenants",
    about: "A tenant's id.",
    example: "acme",
  },
  who: {
    type: "string",
    value: '"METHOD /path/{template}"',
    otherwise: "all routes",
    about: "Lists the roles that may call one route.",
    example: '"DELETE /documents/{documentId}"',
  },
  client: {
    type: "string",
    value: "C",
    otherwise: "no client, so no ceiling",
    about: "Shows what is left of each role by an OAuth client, whose ceiling is in clients.yaml.",
    example: "report-agent",
  },
  delegate: {
    type: "string",
    value: "S",
    otherwise: "nobody acts for the caller",
    about:
      "Shows what is left of each role if this subject acts for the caller; its ceiling is in clients.yaml.",
    example: "quill-agent",
  },
  issuer: {
    type: "string",
    value: "NAME",
    otherwise: "the only one",
    about: "The issuer of --client and --delegate.",
    example: "main",
  },
  format: {
    ...FORMAT.format,
    values: FORMATS,
    about: "The form of the output; html is one self-contained page.",
  },
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: "Adds the run-time tenants of a table. Reads the whole table.",
  },
  ...COMMON,
} as const;
type Values = FlagValues<typeof FLAGS>;

export const matrix = defineCommand({
  name: "matrix",
  about: "Prints what every role of every tenant may do, route by route.",
  flags: FLAGS,
  examples: [
    "matrix --tenant acme",
    "matrix --client report-agent --issuer main",
    'matrix --who "DELETE /documents/{documentId}"',
    "matrix --format html",
  ],
  statuses: ["done"],
  run,
});

async function run(values: Values): Promise<number> {
  const { format } = values;
  const table = values.table === undefined ? undefined : tableFlag(values.table);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const [current] = policies;
  const items = permissionItems(current);
  if (table === undefined) return printAccess(values, format, current, items);
  const { withTable, readRunTimeItems, rejectTenantsInBoth } = await loadTableReads();
  return withTable(table, async () => {
    const runTimeTenants = (await readRunTimeItems(table, "tenants")).items;
    rejectTenantsInBoth(current, runTimeTenants);
    return printAccess(values, format, current, [...items, ...runTimeTenants]);
  });
}

function printAccess(values: Values, format: Format, { api }: PolicySet, items: readonly Item[]): number {
  const { catalogue, tenants } = readItems(items);
  const chosen = values.tenant.map((id) => {
    const tenant = tenants.get(id);
    if (tenant === undefined)
      throw new UsageError(`--tenant: there is no tenant "${id}"${suggestion(id, tenants.keys())}`);
    return tenant;
  });
  const routes = guardedRoutes(api);
  const requested = values.who === undefined ? routes : [findRoute(values.who, routes)];
  const client = findClient(values, [...catalogue.issuers.keys()]);
  const cells = accessMatrix(catalogue, chosen.length > 0 ? chosen : tenants.values(), requested, client);
  return print(
    values.who === undefined ? matrixLines(format, cells, routes) : whoLines(format, cells, values.who),
  );
}

/** Returns the client of `--client` and the delegate of `--delegate`, with their issuer. */
function findClient(
  { client, delegate, issuer }: Values,
  issuers: readonly string[],
): Parameters<typeof accessMatrix>[3] {
  if (client === undefined && delegate === undefined) {
    if (issuer !== undefined) throw new UsageError("--issuer: only used with --client or --delegate");
    return undefined;
  }
  if (client === "") throw new UsageError("--client: expected a client id");
  if (delegate === "") throw new UsageError("--delegate: expected a subject");
  const found = issuer ?? (issuers.length === 1 ? issuers[0] : undefined);
  if (found === undefined) throw new UsageError(`--issuer is missing: expected ${issuers.join(" or ")}`);
  if (!issuers.includes(found))
    throw new UsageError(`--issuer: there is no issuer "${found}"${suggestion(found, issuers)}`);
  return {
    issuer: found,
    clientId: client,
    delegate: delegate === undefined ? undefined : { issuer: found, subject: delegate },
  };
}

function findRoute(text: string, routes: readonly Route[]): Route {
  const found = routes.find(({ key }) => key === text);
  if (found === undefined)
    throw new UsageError(
      `--who: there is no guarded route "${text}"${suggestion(
        text,
        routes.map(({ key }) => key),
      )}`,
    );
  return found;
}

function whoLines(format: Format, cells: Iterable<MatrixCell>, route: string): string[] {
  const granted = [...cells].filter(({ access }) => access !== "denied");
  if (format === "json") return [JSON.stringify(granted, null, 2)];
  if (granted.length === 0) return [`No role may call ${route}`];
  const scopes = granted[0]?.scopes ?? [];
  const needs = scopes.length === 0 ? "" : `, with the scopes ${scopes.join(" ")}`;
  return [
    `${route}${needs}:`,
    ...granted.map(
      ({ tenant, role, detail }) => `  ${tenant} / ${role}${detail === "" ? "" : ` where ${detail}`}`,
    ),
  ];
}

const SIGNS: Readonly<Record<MatrixCell["access"], string>> = { allowed: "yes", bound: "own", denied: "-" };

function matrixLines(format: Format, cells: Iterable<MatrixCell>, routes: readonly Route[]): string[] {
  if (format === "json") return [JSON.stringify([...cells], null, 2)];
  if (format === "csv") return ["tenant,role,route,access,detail,scopes", ...[...cells].map(csvRow)];
  if (format === "html") return [matrixPage([...cells], routes)];
  const byTenant = new Map<string, MatrixCell[]>();
  for (const cell of cells) byTenant.set(cell.tenant, [...(byTenant.get(cell.tenant) ?? []), cell]);
  return [
    LEGEND,
    "",
    ...[...byTenant].flatMap(([tenant, own]) =>
      format === "markdown" ? markdownTable(tenant, own, routes) : textTable(tenant, own, routes),
    ),
  ];
}

const LEGEND =
  "yes: allowed; own: allowed only with the caller's own values, which the last column names; -: denied. The last column also has the scopes that the token needs.";

/** Returns what a route needs besides a role: scopes, and bindings, with their roles if these differ in them. */
function needs(cells: readonly MatrixCell[], { key, scopes }: Route): string {
  const bound = cells.filter(({ route, access }) => route === key && access === "bound");
  const details = [...new Set(bound.map(({ detail }) => detail))];
  const rolesWith = (detail: string): string =>
    roleNames(bound.filter((cell) => cell.detail === detail)).join(", ");
  return [
    ...(scopes.length === 0 ? [] : [`scopes: ${scopes.join(" ")}`]),
    ...details.map((detail) => `own${details.length > 1 ? ` (${rolesWith(detail)})` : ""}: ${detail}`),
  ].join("; ");
}

const csvRow = ({ tenant, role, route, access, detail, scopes }: MatrixCell): string =>
  csvLine([tenant, role, route, access, detail, scopes.join(" ")]);

const roleNames = (cells: readonly MatrixCell[]): string[] => [...new Set(cells.map(({ role }) => role))];
const row = (cells: readonly MatrixCell[], route: string): string[] =>
  cells.filter((cell) => cell.route === route).map(({ access }) => SIGNS[access]);

function textTable(tenant: string, cells: readonly MatrixCell[], routes: readonly Route[]): string[] {
  const roles = roleNames(cells);
  const width = Math.max(...routes.map(({ key }) => key.length));
  const line = (first: string, rest: readonly string[]): string =>
    `${first.padEnd(width)}  ${rest.map((text, index) => text.padEnd(roles[index]?.length ?? 0)).join("  ")}`.trimEnd();
  const rows = routes.map((route) => line(route.key, [...row(cells, route.key), needs(cells, route)]));
  return [tenant, line("", [...roles, "needs"]), ...rows, ""];
}

function markdownTable(tenant: string, cells: readonly MatrixCell[], routes: readonly Route[]): string[] {
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  const roles = roleNames(cells);
  return [
    `### ${tenant}`,
    "",
    line(["route", ...roles, "needs"]),
    line(["---", ...roles.map(() => "---"), "---"]),
    ...routes.map((route) => line([`\`${route.key}\``, ...row(cells, route.key), needs(cells, route)])),
    "",
  ];
}
