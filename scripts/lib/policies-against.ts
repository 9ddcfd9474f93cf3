import { existsSync, statSync } from "node:fs";
import { loadPolicies, type PolicySet } from "../../core/files/policy-set.ts";
import { isError } from "../../core/files/problem.ts";
import { UsageError } from "./flags.ts";
import { readPolicyFilesAt } from "./git-files.ts";
import { loadPolicyFolder } from "./policy-folder.ts";

/** The policies that `--against` names: another folder, or the folder at a commit. @throws UsageError */
export function policiesAgainst(against: string, folder: string, environment: string): PolicySet {
  const isFolder = existsSync(against) && statSync(against).isDirectory();
  const { policies, problems } = isFolder
    ? loadPolicyFolder(against, environment)
    : loadPolicies(readPolicyFilesAt(against, folder), environment);
  if (policies !== undefined) return policies;
  const [first] = problems.filter(isError);
  throw new UsageError(
    `--against: the policy files of ${against} have errors, the first in ${first?.file}:${first?.line}: ${first?.message}`,
  );
}
