import { join } from "node:path";
import type { PolicySets } from "../../core/files/build-layout.ts";
import { cachingReport, printCachingReport } from "../../core/files/caching-report.ts";
import { CachingError, compilePolicies } from "../../core/files/compile.ts";
import { checkFront } from "../../core/files/fronts.ts";
import { jwtLines } from "../../core/files/jwt-routes.ts";
import { findWarnings } from "../../core/files/lint.ts";
import type { PolicySet } from "../../core/files/policy-set.ts";
import { isError, type Problem, printProblem } from "../../core/files/problem.ts";
import { COMMON, cacheFlag, LAYOUT_FLAGS, layoutOptions, readFlags } from "../lib/flags.ts";
import { FRONT_FLAGS, FRONT_USAGE, frontFlag } from "../lib/front-flags.ts";
import { loadOthers, requireFolder } from "../lib/load-environments.ts";
import { loadPolicyFolder } from "../lib/policy-folder.ts";

const USAGE = `npm run policies -- check [--strict] [--json] [--policies DIR] [--environment NAME]
  [--cache auto|token|route|off] [--max-groups N] [--encoded-paths as_sent|unknown]
  ${FRONT_USAGE}

Tells everything that can be known of a policy folder without AWS: errors and warnings with file, line and
column, and how its answers can be cached. --strict: a warning counts as an error.
Exit status 0: fine, 1: errors, 2: wrong use.`;

/** `policies -- check` */
export function check(args: readonly string[]): number {
  const { values } = readFlags(args, {
    ...COMMON,
    ...LAYOUT_FLAGS,
    ...FRONT_FLAGS,
    strict: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  if (values.help) return print([USAGE], 0);
  requireFolder(values.policies);
  const [cache, options, front] = [cacheFlag(values.cache), layoutOptions(values), frontFlag(values)];
  const { policies, problems } = loadPolicyFolder(values.policies, values.environment);
  const warnings = policies === undefined ? [] : findWarnings(policies);
  const found = [
    ...problems,
    ...warnings.map((warning): Problem => ({ ...warning, file: join(values.policies, warning.file) })),
  ];
  const caching = policies === undefined ? undefined : proveCaching(policies);
  const bad =
    found.some((problem) => values.strict || isError(problem)) ||
    (caching !== undefined && "error" in caching);
  if (values.json) return print([JSON.stringify({ problems: found, caching }, null, 2)], bad ? 1 : 0);
  if (policies === undefined || caching === undefined)
    return print([...found.map(printProblem), count(values.policies, found)], 1);
  const { api, roles, plans, tenants, issuers } = policies;
  return print(
    [
      ...found.map(printProblem),
      `${values.policies} is fine for ${values.environment}: ${api.operations.length} routes, ${roles.size} roles, ${plans.size} plans, ${tenants.size} tenants, ${issuers.size} issuers${found.length === 0 ? "" : `; ${count("", found)}`}`,
      ...("error" in caching ? [caching.error] : printCachingReport(caching)),
      ...jwtLines(api),
    ],
    bad ? 1 : 0,
  );

  function proveCaching(set: PolicySet) {
    try {
      const all: PolicySets = [set, ...loadOthers(values.policies, set)];
      checkFront(all, front);
      return cachingReport(compilePolicies(all, cache, options, front), options, { withCallers: false });
    } catch (error) {
      if (error instanceof CachingError) return { error: error.message };
      throw error;
    }
  }
}

function count(folder: string, problems: readonly Problem[]): string {
  const errors = problems.filter(isError).length;
  const warnings = problems.length - errors;
  const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
  return `${folder === "" ? "" : `${folder} has `}${plural(errors, "error")}${warnings === 0 ? "" : `, ${plural(warnings, "warning")}`}`;
}

function print(lines: readonly string[], status: number): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return status;
}
