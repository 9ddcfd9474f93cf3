import { join } from "node:path";
import { TENANT_SORT_KEY } from "../../../core/model/items.ts";
import type { ApiType } from "../../../core/model/layout.ts";
import { plural } from "../../../core/model/plural.ts";
import { checkApiType, isHttpApi } from "../../../core/policy-files/compile/api-types.ts";
import type { LayoutOptions, PolicySets } from "../../../core/policy-files/compile/build-layout.ts";
import {
  type CachingReport,
  cachingReport,
  printCachingReport,
} from "../../../core/policy-files/compile/caching-report.ts";
import { type CacheFlag, CachingError, compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { boundTokenLines } from "../../../core/policy-files/model/bound-tokens.ts";
import { jwtLines } from "../../../core/policy-files/model/jwt-routes.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { findWarnings } from "../../../core/policy-files/model/warnings.ts";
import { BINARY_KEY, binaryMediaTypes } from "../../../core/policy-files/openapi/binary-media-types.ts";
import { documentWarnings } from "../../../core/policy-files/openapi/document-warnings.ts";
import { definitionSizeProblem, quotaProblems } from "../../../core/policy-files/openapi/quotas.ts";
import {
  findRunTimeProblems,
  printRunTimeProblem,
  type RunTimeProblem,
} from "../../../core/policy-files/publish/run-time-problems.ts";
import { RULES } from "../../../core/policy-files/rules/rules.ts";
import {
  isError,
  type Problem,
  printProblem,
  printProblems,
} from "../../../core/policy-files/source/problem.ts";
import { printReport, REPORT_FORMAT } from "../../report/print-report.ts";
import type { ReportedResult } from "../../report/report.ts";
import { API_TYPE_FLAGS, apiTypeFlag } from "../../shared/api-type-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues } from "../../shared/flags.ts";
import { LAYOUT_FLAGS, layoutOptions } from "../../shared/layout-flags.ts";
import { loadOthers, requireEnvironment, requireFolder } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { loadPolicyFolder } from "../../shared/policy-folder.ts";
import { maxResources, QUOTA_FLAGS } from "../../shared/quota-flags.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";
import { loadTableReads } from "../../table/table-reads.ts";

const FLAGS = {
  ...COMMON,
  strict: { type: "boolean", about: "Treats warnings as errors." },
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: `Also compares the run-time items of a table with the files: tenants that are in both, plans, issuers and roles
that the files no longer have, and items that have no effect any longer. Reads the whole table.`,
  },
  ...LAYOUT_FLAGS,
  ...QUOTA_FLAGS,
  ...API_TYPE_FLAGS,
  ...REPORT_FORMAT,
} as const;
type Values = FlagValues<typeof FLAGS>;

export const check = defineCommand({
  name: "check",
  about: `Checks a policy folder without AWS. Prints errors and warnings with file, line and column, and how authorizer
responses can be cached.`,
  flags: FLAGS,
  examples: ["check", "check --strict --environment prod", "check --table portcullis-dev --format json"],
  statuses: ["no errors", "errors"],
  run,
});

async function run(values: Values): Promise<number> {
  requireFolder(values.policies);
  requireEnvironment(values.policies, values.environment);
  const { cache } = values;
  const [options, apiType] = [layoutOptions(values), apiTypeFlag(values)];
  const name = values.table === undefined ? undefined : tableFlag(values.table);
  const resources = maxResources(values);
  const { policies, problems } = loadPolicyFolder(values.policies, values.environment);
  if (policies === undefined) return printErrors(values, problems);
  const quotas = quotaProblems(policies.api, apiType, resources);
  const warnings = [...findWarnings(policies), ...documentWarnings(policies.api), ...quotas].map(
    (problem): Problem => ({ ...problem, file: join(values.policies, problem.file) }),
  );
  if (warnings.some(isError)) return printErrors(values, [...problems, ...warnings]);
  const all: PolicySets = [policies, ...loadOthers(values.policies, policies)];
  const { problem, caching } = proveCaching(all, cache, options, apiType);
  const compiled = problem === undefined ? [] : [{ ...problem, file: join(values.policies, problem.file) }];
  const found = { policies, apiType, problems: [...problems, ...warnings, ...compiled], caching };
  if (compiled.some(isError)) return printErrors(values, found.problems, caching);
  if (name === undefined) return printFindings(values, found);
  const { withTable, readRunTimeItems } = await loadTableReads();
  return withTable(name, async () => {
    const { items, generations, directories } = await readRunTimeItems(name);
    const tenants = items.filter(({ sk }) => sk === TENANT_SORT_KEY).length;
    return printFindings(values, {
      ...found,
      table: {
        name,
        tenants,
        problems: findRunTimeProblems(policies, [...items, ...directories], generations),
      },
    });
  });
}

function printErrors(values: Values, problems: readonly Problem[], caching?: Caching): number {
  const { format } = values;
  if (format === "json") return printJson({ problems, ...(caching !== undefined && { caching }) }, 1);
  if (format !== "text") return printProblemReport({ ...values, format }, problems, [], 1);
  return print([...printProblems(problems, printProblem), `${values.policies} has ${count(problems)}`], 1);
}

/** Prints problems of files, and of a table's items, in a form for another program. */
function printProblemReport(
  { format, policies, environment }: Values & { readonly format: "sarif" | "github" },
  problems: readonly Problem[],
  items: readonly RunTimeProblem[],
  status: number,
): number {
  const results: ReportedResult[] = [
    ...problems.map(({ severity, rule, message, ...at }) => ({ rule, level: severity, message, at })),
    ...items.map(({ severity, rule, message, item }) => ({ rule, level: severity, message, subject: item })),
  ];
  const otherwise = join(policies, "api.yaml");
  return printReport(format, { category: `check-${environment}`, rules: RULES, results, otherwise }, status);
}

type Caching = CachingReport | { readonly error: string };

interface Findings {
  readonly policies: PolicySet;
  readonly apiType: ApiType;
  readonly problems: readonly Problem[];
  readonly caching: Caching;
  /** The run-time items of a table. */
  readonly table?: {
    readonly name: string;
    readonly tenants: number;
    readonly problems: readonly RunTimeProblem[];
  };
}

function printFindings(values: Values, findings: Findings): number {
  const { policies, apiType, problems, caching, table } = findings;
  const atRunTime = table?.problems ?? [];
  const severities = [...problems, ...atRunTime].map(({ severity }) => severity);
  const bad = severities.includes("error") || (values.strict && severities.length > 0);
  const status = bad ? 1 : 0;
  const { format } = values;
  if (format === "sarif" || format === "github")
    return printProblemReport({ ...values, format }, problems, atRunTime, status);
  const mediaTypes = isHttpApi(apiType) ? [] : binaryMediaTypes(policies.api.document);
  if (format === "json") return printJson({ problems, binaryMediaTypes: mediaTypes, caching, table }, status);
  const { api, roles, plans, tenants, issuers } = policies;
  const size = [
    plural(api.operations.length, "route"),
    plural(roles.size, "role"),
    plural(plans.size, "plan"),
    plural(tenants.size, "tenant"),
    plural(issuers.size, "issuer"),
  ];
  const lines = printProblems(problems, printProblem);
  const kinds = lines.length < problems.length ? ` of ${lines.length} kinds (--format json lists each)` : "";
  const counted = problems.length === 0 ? "" : `; ${count(problems)}${kinds}`;
  return print(
    [
      ...lines,
      ...printProblems(
        atRunTime.map((problem) => ({ ...problem, kind: problem.message })),
        (problem) => `table ${printRunTimeProblem(problem)}`,
      ),
      `${values.policies} is fine for ${values.environment}: ${size.join(", ")}${counted}`,
      ...mediaTypeLines(policies, mediaTypes),
      ...externalRoutes(policies),
      ...boundTokenLines(issuers.values()),
      ...(table === undefined
        ? []
        : [`${table.name} has ${plural(table.tenants, "run-time tenant")}; ${count(table.problems)}`]),
      ...("error" in caching ? [] : printCachingReport(caching)),
      ...jwtLines(api),
    ],
    status,
  );
}

/** Proves the caching mode, and measures the definition that it has. Returns the problem with one of the two. */
function proveCaching(
  all: PolicySets,
  cache: CacheFlag,
  options: LayoutOptions,
  apiType: ApiType,
): { readonly problem: Problem | undefined; readonly caching: Caching } {
  try {
    checkApiType(all, apiType);
    const compiled = compilePolicies(all, cache, options, apiType);
    const caching = cachingReport(compiled, options, { withCallers: false });
    return { problem: definitionSizeProblem(all[0].api, compiled), caching };
  } catch (error) {
    if (!(error instanceof CachingError)) throw error;
    const { message } = error;
    const at = all[0].api.source.keyAt(["paths"]);
    return {
      problem: { severity: "error", rule: "caching-mode", message, ...at },
      caching: { error: message },
    };
  }
}

/** Lists the media types whose bodies a REST API passes on as bytes, and what decides it. */
function mediaTypeLines({ api: { document } }: PolicySet, types: readonly string[]): string[] {
  if (types.length === 0) return [];
  const source = document[BINARY_KEY] === undefined ? "the content types" : BINARY_KEY;
  return [`binary media types, by ${source} in api.yaml: ${types.join(", ")}`];
}

/** Lists the routes that these files do not guard. */
function externalRoutes({ api }: PolicySet): string[] {
  const external = api.operations.filter((operation) => operation.external !== undefined);
  if (external.length === 0) return [];
  const names = external.map(({ route, external: scheme }) => `${route.key} (${scheme})`);
  return [`guarded by another authorizer: ${names.join(", ")}`];
}

function count(problems: readonly Pick<Problem, "severity">[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  return `${plural(errors, "error")}${warnings === 0 ? "" : `, ${plural(warnings, "warning")}`}`;
}
