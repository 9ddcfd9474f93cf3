import { existsSync, statSync } from "node:fs";
import type { PolicySet } from "../../core/files/policy-set.ts";
import { isError, type Problem, printProblem } from "../../core/files/problem.ts";
import { UsageError } from "./flags.ts";
import { loadPolicyFolder } from "./policy-folder.ts";

export function requireFolder(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(`--policies: there is no folder ${folder}`);
}

/** Tells problems on standard error, errors last counted. */
export function report(problems: readonly Problem[]): void {
  for (const problem of problems) process.stderr.write(`${printProblem(problem)}\n`);
  const errors = problems.filter(isError).length;
  if (errors > 0) process.stderr.write(`${errors} error${errors === 1 ? "" : "s"}\n`);
}

/** A policy folder that is fine, or undefined, and its problems told. */
export function loadOrReport(folder: string, environment: string): PolicySet | undefined {
  requireFolder(folder);
  const { policies, problems } = loadPolicyFolder(folder, environment);
  report(problems);
  return policies;
}
