import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PolicySets } from "../../core/policy-files/compile/build-layout.ts";
import type { LoadedPolicies, PolicyFiles, PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { isError, type Problem, printProblem } from "../../core/policy-files/source/problem.ts";
import { UsageError } from "./flags.ts";
import { loadPolicyFolder, readPolicyFiles } from "./policy-folder.ts";

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

/** The environments that there are: those with tenants of their own, and those with a `.tfvars`. */
function environmentsOf(folder: string): { own: ReadonlySet<string>; all: readonly string[] } {
  const own = list(join(folder, "tenants")).filter((entry) => entry.isDirectory());
  const files = list("environments").filter((entry) => entry.name.endsWith(".tfvars"));
  const names = [...own, ...files].map((entry) => entry.name.replace(/\.tfvars$/, ""));
  return { own: new Set(own.map((entry) => entry.name)), all: [...new Set(names)].sort() };
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []);

/** The policies of the environments beside `first` that can have others: those with tenants of their own. */
export function loadOthers(folder: string, first: PolicySet, files?: PolicyFiles): PolicySet[] {
  const names = [...environmentsOf(folder).own].filter((name) => name !== first.environment);
  return names.flatMap((name) => loadPolicyFolder(folder, name, files).policies ?? []);
}

/** A folder as it was read. */
export interface ReadFolder {
  /** Of the environment that was asked for, and of those behind it that are fine; undefined: it has errors. */
  readonly policies: PolicySets | undefined;
  readonly problems: readonly Problem[];
  readonly files: PolicyFiles;
}

/** A folder's policies for an environment first, with all that is wrong, which is told. */
export function readEnvironments(folder: string, environment: string): ReadFolder {
  requireFolder(folder);
  const files = readPolicyFiles(folder);
  const { policies, problems } = loadPolicyFolder(folder, environment, files);
  report(problems);
  return { policies: policies && [policies, ...loadOthers(folder, policies, files)], problems, files };
}

/**
 * A folder's policies for an environment first and for others behind it, since the layout is one for all;
 * undefined, and the problems told, where the first has errors. `all`: every environment, and each must be fine.
 */
export function loadEnvironments(
  folder: string,
  environment: string,
  { all }: { all: boolean },
): PolicySets | undefined {
  if (!all) return readEnvironments(folder, environment).policies;
  requireFolder(folder);
  const first = loadPolicyFolder(folder, environment);
  const { own, all: names } = environmentsOf(folder);
  const shared = own.has(environment) ? undefined : first;
  const others = names
    .filter((name) => name !== environment)
    .map((name) =>
      own.has(name) || shared === undefined ? loadPolicyFolder(folder, name) : forEnvironment(shared, name),
    );
  const problems = [first, ...others].flatMap((loaded) => loaded.problems);
  report([...new Map(problems.map((problem) => [printProblem(problem), problem])).values()]);
  if (first.policies === undefined || others.some(({ policies }) => policies === undefined)) return undefined;
  return [first.policies, ...others.flatMap(({ policies }) => policies ?? [])];
}

/** An environment without tenants of its own has what every such environment has. */
function forEnvironment({ policies, problems }: LoadedPolicies, environment: string): LoadedPolicies {
  return { policies: policies && { ...policies, environment }, problems };
}
