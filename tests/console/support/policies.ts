import { readPolicyFiles } from "../../../cli/shared/policy-folder.ts";
import { type ConsoleData, type ConsoleFolder, consoleData, readableSet } from "../../../console/data.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import {
  loadPolicies,
  type PolicyFiles,
  type PolicySet,
} from "../../../core/policy-files/model/policy-set.ts";

/** The sample's files with some put over them. */
export const sampleFiles = (changes: Readonly<Record<string, string>> = {}): PolicyFiles =>
  new Map([...readPolicyFiles("policies"), ...Object.entries(changes)]);

/** A folder's files as a set of the page; one with errors says so. */
export function folderOf(name: string, files: PolicyFiles): ConsoleFolder {
  const { policies, problems } = loadPolicies(files, "dev");
  if (policies === undefined) return { files, sets: [{ name, problems }] };
  return { files, sets: [setOf(name, policies)] };
}

export function setOf(
  name: string,
  policies: PolicySet,
  options = DEFAULT_LAYOUT_OPTIONS,
): ConsoleFolder["sets"][number] {
  return { name, ...readableSet(policies, compilePolicies([policies], "auto", options), options) };
}

/** The sample alone, as a static build has it. */
export const sample = (changes: Readonly<Record<string, string>> = {}): ConsoleData =>
  consoleData([folderOf("dev", sampleFiles(changes))], false);

/** A folder of these files alone. */
export const folderData = (files: Readonly<Record<string, string>>): ConsoleData =>
  consoleData([folderOf("dev", new Map(Object.entries(files)))], false);
