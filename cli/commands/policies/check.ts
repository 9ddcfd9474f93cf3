import { join } from "node:path";
import { TENANT_SORT_KEY } from "../../../core/model/items.ts";
import type { ApiType } from "../../../core/model/layout.ts";
import { checkApiType } from "../../../core/policy-files/compile/api-types.ts";
import type { LayoutOptions, PolicySets } from "../../../core/policy-files/compile/build-layout.ts";
import { cachingReport, printCachingReport } from "../../../core/policy-files/compile/caching-report.ts";
import { type CacheFlag, CachingError, compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { jwtLines } from "../../../core/policy-files/model/jwt-routes.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { findWarnings } from "../../../core/policy-files/model/warnings.ts";
import {
  findRunTimeProblems,
  printRunTimeProblem,
  type RunTimeProblem,
} from "../../../core/policy-files/publish/run-time-problems.ts";
import { type Problem, printProblem } from "../../../core/policy-files/source/problem.ts";
import { withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, cacheFlag, LAYOUT_FLAGS, layoutOptions, readFlags } from "../../shared/flags.ts";
import { API_TYPE_FLAGS, API_TYPE_USAGE, apiTypeFlag } from "../../shared/front-flags.ts";
import { loadOthers, requireFolder } from "../../shared/load-environments.ts";
import { loadPolicyFolder } from "../../shared/policy-folder.ts";
import { tableFlag } from "../../table/client.ts";
import { readRunTimeItems } from "../../table/run-time-items.ts";

const USAGE = `npx portcullis check [--strict] [--table NAME] [--json] [--policies DIR] [--environment NAME]
  [--cache auto|token|route|off] [--max-groups N] [--encoded-paths as_sent|unknown]
  ${API_TYPE_USAGE}

Tells everything that can be known of a policy folder without AWS: errors and warnings with file, line and
column, and how its answers can be cached. --strict: a warning counts as an error.
  --table  holds what a table keeps at run time against the files too: tenants that are in both, and plans, issuers
           and roles that the files no longer have. Reads the table whole
Exit status 0: fine, 1: errors, 2: wrong use.`;

const FLAGS = {
  ...COMMON,
  ...LAYOUT_FLAGS,
  ...API_TYPE_FLAGS,
  strict: { type: "boolean", default: false },
  table: { type: "string" },
  json: { type: "boolean", default: false },
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

export const check: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return print([USAGE], 0);
  requireFolder(values.policies);
  const [cache, options, apiType] = [cacheFlag(values.cache), layoutOptions(values), apiTypeFlag(values)];
  const name = values.table === undefined ? undefined : tableFlag(values.table);
  const { policies, problems } = loadPolicyFolder(values.policies, values.environment);
  if (policies === undefined) {
    const lines = [...problems.map(printProblem), count(values.policies, problems)];
    return print(values.json ? [JSON.stringify({ problems }, null, 2)] : lines, 1);
  }
  const warnings = findWarnings(policies).map(
    (warning): Problem => ({ ...warning, file: join(values.policies, warning.file) }),
  );
  const all: PolicySets = [policies, ...loadOthers(values.policies, policies)];
  const found = {
    policies,
    problems: [...problems, ...warnings],
    caching: proveCaching(all, cache, options, apiType),
  };
  if (name === undefined) return tell(values, found);
  return withTable(name, async () => {
    const items = await readRunTimeItems(name);
    const tenants = items.filter(({ sk }) => sk === TENANT_SORT_KEY).length;
    return tell(values, {
      ...found,
      table: { name, tenants, problems: findRunTimeProblems(policies, items) },
    });
  });
}

interface Found {
  readonly policies: PolicySet;
  readonly problems: readonly Problem[];
  readonly caching: ReturnType<typeof proveCaching>;
  /** What a table keeps at run time. */
  readonly table?: {
    readonly name: string;
    readonly tenants: number;
    readonly problems: readonly RunTimeProblem[];
  };
}

function tell(values: Values, { policies, problems, caching, table }: Found): number {
  const atRunTime = table?.problems ?? [];
  const severities = [...problems, ...atRunTime].map(({ severity }) => severity);
  const bad = severities.includes("error") || (values.strict && severities.length > 0) || "error" in caching;
  const status = bad ? 1 : 0;
  if (values.json) return print([JSON.stringify({ problems, caching, table }, null, 2)], status);
  const { api, roles, plans, tenants, issuers } = policies;
  const listed = problems.length === 0 ? "" : `; ${count("", problems)}`;
  return print(
    [
      ...problems.map(printProblem),
      ...atRunTime.map((problem) => `table ${printRunTimeProblem(problem)}`),
      `${values.policies} is fine for ${values.environment}: ${api.operations.length} routes, ${roles.size} roles, ${plans.size} plans, ${tenants.size} tenants, ${issuers.size} issuers${listed}`,
      ...leftToOthers(policies),
      ...(table === undefined
        ? []
        : [
            `${table.name} keeps ${plural(table.tenants, "tenant")} at run time; ${count("", table.problems)}`,
          ]),
      ...("error" in caching ? [caching.error] : printCachingReport(caching)),
      ...jwtLines(api),
    ],
    status,
  );
}

function proveCaching(all: PolicySets, cache: CacheFlag, options: LayoutOptions, apiType: ApiType) {
  try {
    checkApiType(all, apiType);
    return cachingReport(compilePolicies(all, cache, options, apiType), options, { withCallers: false });
  } catch (error) {
    if (error instanceof CachingError) return { error: error.message };
    throw error;
  }
}

/** What no policy here speaks of, so that nobody takes it for guarded by these files. */
function leftToOthers({ api }: PolicySet): string[] {
  const left = api.operations.filter(({ external }) => external !== undefined);
  if (left.length === 0) return [];
  return [
    `left to another authorizer: ${left.map(({ route, external }) => `${route.key} (${external})`).join(", ")}`,
  ];
}

const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

function count(folder: string, problems: readonly Pick<Problem, "severity">[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  return `${folder === "" ? "" : `${folder} has `}${plural(errors, "error")}${warnings === 0 ? "" : `, ${plural(warnings, "warning")}`}`;
}

function print(lines: readonly string[], status: number): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return status;
}
