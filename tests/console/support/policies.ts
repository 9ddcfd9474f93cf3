import { readPolicyFiles } from "../../../cli/shared/policy-folder.ts";
import { type ConsoleData, type ConsoleFolder, consoleData, readableSet } from "../../../console/data.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import {
  loadPolicies,
  type PolicyFiles,
  type PolicySet,
} from "../../../core/policy-files/model/policy-set.ts";

/** Returns the sample's files, with `changes` added or replaced. */
export const sampleFiles = (changes: Readonly<Record<string, string>> = {}): PolicyFiles =>
  new Map([...readPolicyFiles("policies"), ...Object.entries(changes)]);

/** Returns a folder's files as one set of the page; files with errors give a set with problems. */
export function folderFrom(name: string, files: PolicyFiles): ConsoleFolder {
  const { policies, problems } = loadPolicies(files, "dev");
  if (policies === undefined) return { files, sets: [{ name, problems }] };
  return { files, sets: [buildSet(name, policies)] };
}

export function buildSet(
  name: string,
  policies: PolicySet,
  options = DEFAULT_LAYOUT_OPTIONS,
): ConsoleFolder["sets"][number] {
  return { name, ...readableSet(policies, compilePolicies([policies], "auto", options), options) };
}

/** Returns the data of the sample alone, as in a static copy of the page. */
export const sample = (changes: Readonly<Record<string, string>> = {}): ConsoleData =>
  consoleData([folderFrom("dev", sampleFiles(changes))], false);

/** Returns the data of a folder with only these files. */
export const folderData = (files: Readonly<Record<string, string>>): ConsoleData =>
  consoleData([folderFrom("dev", new Map(Object.entries(files)))], false);
