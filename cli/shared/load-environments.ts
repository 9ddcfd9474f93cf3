import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { plural } from "../../core/model/plural.ts";
import type { PolicySets } from "../../core/policy-files/compile/build-layout.ts";
import type { LoadedPolicies, PolicyFiles, PolicySet } from "../../core/policy-files/model/policy-set.ts";
import {
  isError,
  type Problem,
  printProblem,
  printProblems,
} from "../../core/policy-files/source/problem.ts";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { COMMON, UsageError } from "./flags.ts";
import { printError } from "./output.ts";
import { loadPolicyFolder, readPolicyFiles } from "./policy-folder.ts";

/** @throws UsageError if the policy folder that a flag names does not exist */
export function requireFolder(folder: string, flag = "policies"): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  const meant = suggestion(folder, policyFoldersNextTo(folder));
  const next = meant === "" && flag === "policies" ? ": npx portcullis init creates one" : meant;
  throw new UsageError(`--${flag}: there is no folder ${folder}${next}`);
}

function policyFoldersNextTo(folder: string): string[] {
  const parent = dirname(folder);
  const folders = list(parent).map(({ name }) => join(parent, name));
  return folders.filter((path) =>
    ["yaml", "yml", "json"].some((type) => existsSync(join(path, `api.${type}`))),
  );
}

/**
 * Rejects the name of an environment that neither a folder in `tenants/` nor a `.tfvars` file has. Any name is accepted
 * if there is neither, because all environments then have the same policies; the default name always is.
 *
 * @throws UsageError
 */
export function requireEnvironment(folder: string, environment: string, what = "--environment"): void {
  const { all } = listEnvironments(folder);
  if (all.length === 0 || environment === COMMON.environment.default || all.includes(environment)) return;
  const meant = suggestion(environment, all);
  throw new UsageError(
    `${what}: there is no environment "${environment}"${meant}${meant.endsWith("?") ? "" : "."} An environment has a folder in ${join(folder, "tenants")}, or a file environments/NAME.tfvars`,
  );
}

/** Prints problems and the number of errors on standard error. */
function report(problems: readonly Problem[]): void {
  for (const line of printProblems(problems, printProblem)) printError(line);
  const errors = problems.filter(isError).length;
  if (errors > 0) printError(plural(errors, "error"));
}

/** @throws UsageError with a suggestion if the tenant of `--tenant` does not exist */
export function requireTenant(id: string, known: Iterable<string>, table: string | undefined): void {
  const ids = [...known];
  if (ids.includes(id)) return;
  const where =
    table === undefined
      ? "; a tenant that only a table has needs --table"
      : `, neither in the files nor in ${table}`;
  throw new UsageError(`--tenant: there is no tenant "${id}"${suggestion(id, ids)}${where}`);
}

/** Lists the environments: `own` have tenants of their own, `all` adds those with a `.tfvars` file. */
function listEnvironments(folder: string): { own: ReadonlySet<string>; all: readonly string[] } {
  const own = list(join(folder, "tenants")).filter((entry) => entry.isDirectory());
  const files = list("environments").filter((entry) => entry.name.endsWith(".tfvars"));
  const names = [...own, ...files].map((entry) => entry.name.replace(/\.tfvars$/, ""));
  return { own: new Set(own.map((entry) => entry.name)), all: [...new Set(names)].sort() };
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []);

/** Loads the policies of all other environments that have tenants of their own. Those with errors are left out. */
export function loadOthers(folder: string, first: PolicySet, files?: PolicyFiles): PolicySet[] {
  const names = [...listEnvironments(folder).own].filter((name) => name !== first.environment);
  return names.flatMap((name) => loadPolicyFolder(folder, name, files).policies ?? []);
}

/** The content of a policy folder. */
export interface ReadFolder {
  /** The requested environment first, then the others without errors; undefined if the requested one has errors. */
  readonly policies: PolicySets | undefined;
  readonly problems: readonly Problem[];
  readonly files: PolicyFiles;
}

/** Reads a folder's policies, for the given environment first. Prints all problems. */
export function readEnvironments(folder: string, environment: string): ReadFolder {
  requireFolder(folder);
  requireEnvironment(folder, environment);
  const files = readPolicyFiles(folder);
  const { policies, problems } = loadPolicyFolder(folder, environment, files);
  report(problems);
  return { policies: policies && [policies, ...loadOthers(folder, policies, files)], problems, files };
}

/**
 * Loads a folder's policies, for the given environment first and then for the others, because all environments
 * share one layout. Prints all problems. Returns undefined if the given environment has errors.
 *
 * @param all loads every environment, and returns undefined if any has errors
 */
export function loadEnvironments(
  folder: string,
  environment: string,
  { all }: { all: boolean },
): PolicySets | undefined {
  if (!all) return readEnvironments(folder, environment).policies;
  requireFolder(folder);
  requireEnvironment(folder, environment);
  const first = loadPolicyFolder(folder, environment);
  const { own, all: names } = listEnvironments(folder);
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

/** All environments without tenants of their own have the same policies. */
function forEnvironment({ policies, problems }: LoadedPolicies, environment: string): LoadedPolicies {
  return { policies: policies && { ...policies, environment }, problems };
}
