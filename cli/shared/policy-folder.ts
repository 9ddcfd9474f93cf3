import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import {
  type LoadedPolicies,
  loadPolicies,
  type PolicyFiles,
} from "../../core/policy-files/model/policy-set.ts";
import type { Problem } from "../../core/policy-files/source/problem.ts";
import { progress } from "./progress.ts";

/** Reads every YAML and JSON file of a policy folder, by path in the folder. @throws if the folder cannot be read */
export function readPolicyFiles(folder: string): PolicyFiles {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name));
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path) => [relative(folder, path).split(sep).join("/"), readFileSync(path, "utf8")]),
  );
}

/** Loads and checks a policy folder. The problems name files by paths from the working directory. */
export function loadPolicyFolder(
  folder: string,
  environment: string,
  files: PolicyFiles = readPolicyFiles(folder),
): LoadedPolicies {
  const { policies, problems } = loadPolicies(
    files,
    environment,
    progress(`policy files read for ${environment}`),
  );
  return {
    policies,
    problems: problems.map((problem): Problem => ({ ...problem, file: join(folder, problem.file) })),
  };
}
