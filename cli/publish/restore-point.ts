import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Item } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { loadPolicies, type PolicyFiles } from "../../core/policy-files/model/policy-set.ts";
import { hasValidStamp } from "../../core/policy-files/publish/item-state.ts";
import { isError } from "../../core/policy-files/source/problem.ts";
import { UsageError } from "../shared/flags.ts";
import { readPolicyFilesAt } from "../shared/git-files.ts";
import { readPolicyFiles } from "../shared/policy-folder.ts";

/** A state to restore that is not in the table's own history. */
export interface RestorePoint {
  readonly name: string;
  readonly items: readonly Item[];
  /** The git commit or ref of the state; null if it is not known. */
  readonly ref: string | null;
}

/**
 * Reads the items of a commit, of a build folder, of one of its `permissions/*.json`, or of a policy folder.
 *
 * @throws UsageError if nothing has that name, or it cannot be restored
 */
export function restorePoint(text: string, folder: string, environment: string): RestorePoint {
  if (!existsSync(text))
    return { ...fromCommit(text, folder, environment), name: `commit ${text}`, ref: text };
  const point = { name: text, ref: null };
  if (statSync(text).isFile()) return { ...point, items: readItemsFile(text) };
  const built = join(text, "permissions", `${environment}.json`);
  if (existsSync(built)) return { ...point, items: readItemsFile(built) };
  return { ...point, items: compile(readPolicyFiles(text), environment, text) };
}

function fromCommit(ref: string, folder: string, environment: string): { items: readonly Item[] } {
  try {
    return { items: compile(readPolicyFilesAt(ref, folder), environment, `commit ${ref}`) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `VERSION: "${ref}" is not the number of a version, a file, a folder or a commit: ${error.message.replace(/^--against: /, "")}`,
    );
  }
}

function compile(files: PolicyFiles, environment: string, name: string): readonly Item[] {
  const { policies, problems } = loadPolicies(files, environment);
  if (policies !== undefined) return permissionItems(policies);
  const [first] = problems.filter(isError);
  throw new UsageError(
    `the policy files of ${name} have errors, the first in ${first?.file}:${first?.line}: ${first?.message}`,
  );
}

function readItemsFile(path: string): readonly Item[] {
  const items = parse(path);
  if (!Array.isArray(items) || items.length === 0 || !items.every(isItem))
    throw new UsageError(
      `VERSION: ${path} is not a list of compiled items: expected a file such as build/permissions/dev.json`,
    );
  const changed = items.find((item) => !hasValidStamp(item));
  if (changed !== undefined)
    throw new UsageError(
      `VERSION: ${path}: the content of ${String(changed["pk"])} ${String(changed["sk"])} does not match its hash: the file was changed by hand`,
    );
  return items;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

const isItem = (value: unknown): value is Item =>
  typeof value === "object" &&
  value !== null &&
  ["pk", "sk", "hash", "owner"].every((key) => typeof (value as Item)[key] === "string");
