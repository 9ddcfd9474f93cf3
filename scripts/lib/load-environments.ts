import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PolicySets } from "../../core/files/build-layout.ts";
import { isError, type Problem, printProblem } from "../../core/files/problem.ts";
import { UsageError } from "./flags.ts";
import { loadPolicyFolder } from "./policy-folder.ts";

export function requireFolder(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(`--policies: there is no folder ${folder}`);
}

/** Tells problems on standard error, errors last counted. */
function report(problems: readonly Problem[]): void {
  for (const problem of problems) process.stderr.write(`${printProblem(problem)}\n`);
  const errors = problems.filter(isError).length;
  if (errors > 0) process.stderr.write(`${errors} error${errors === 1 ? "" : "s"}\n`);
}

/** The environments that there are: those with tenants of their own, those with a `.tfvars`, and one asked for. */
function environmentsOf(folder: string, asked: string): string[] {
  const own = list(join(folder, "tenants")).filter((entry) => entry.isDirectory());
  const files = list("environments").filter((entry) => entry.name.endsWith(".tfvars"));
  const names = [...own, ...files].map((entry) => entry.name.replace(/\.tfvars$/, ""));
  return [asked, ...new Set(names.filter((name) => name !== asked).sort())];
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []);

/**
 * A folder's policies for an environment first and for all others behind it, since the layout is one for all;
 * undefined, and the problems told, where the first has errors. Others with errors count only if `all` must be fine.
 */
export function loadEnvironments(
  folder: string,
  environment: string,
  { all }: { all: boolean },
): PolicySets | undefined {
  requireFolder(folder);
  const [first, ...others] = environmentsOf(folder, environment).map((name) =>
    loadPolicyFolder(folder, name),
  );
  const told = all ? [first, ...others] : [first];
  const problems = told.flatMap((loaded) => loaded?.problems ?? []);
  report([...new Map(problems.map((problem) => [printProblem(problem), problem])).values()]);
  if (first?.policies === undefined || (all && others.some(({ policies }) => policies === undefined)))
    return undefined;
  return [first.policies, ...others.flatMap(({ policies }) => policies ?? [])];
}
