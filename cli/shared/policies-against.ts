import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadPolicies, type PolicyFiles, type PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { isError } from "../../core/policy-files/source/problem.ts";
import { UsageError } from "./flags.ts";
import { readPolicyFilesAt } from "./git-files.ts";
import { readPolicyFiles } from "./policy-folder.ts";

/** Loads the policies that `--against` names: another folder, or the same folder at a commit. @throws UsageError */
export const policiesAgainst = (against: string, folder: string, environment: string): PolicySet =>
  loadAgainst(against, folder, environment).policies;

/** Loads the policies that `--against` names, together with their files. @throws UsageError */
export function loadAgainst(
  against: string,
  folder: string,
  environment: string,
): { readonly policies: PolicySet; readonly files: PolicyFiles } {
  const isFolder = existsSync(against) && statSync(against).isDirectory();
  const files = isFolder ? readPolicyFiles(against) : readPolicyFilesAt(against, folder);
  const { policies, problems } = loadPolicies(files, environment);
  if (policies !== undefined) return { policies, files };
  const [first] = problems.filter(isError);
  const file = first === undefined || !isFolder ? first?.file : join(against, first.file);
  throw new UsageError(
    `--against: the policy files of ${against} have errors, the first in ${file}:${first?.line}: ${first?.message}`,
  );
}
