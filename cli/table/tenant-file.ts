import { readFileSync } from "node:fs";
import { CATALOGUE_KEY, type Item, ROUTES_KEY } from "../../core/model/items.ts";
import { readTableRules } from "../../core/policy-files/compile/table-rules.ts";
import { compileTenantSource, TENANT_RULES } from "../../core/policy-files/compile/tenant-rules.ts";
import { type TenantFile, tenantSchema } from "../../core/policy-files/model/schemas.ts";
import { stem } from "../../core/policy-files/source/file-discovery.ts";
import { isError, Problems, printProblem, printProblems } from "../../core/policy-files/source/problem.ts";
import { parseSource, type Source } from "../../core/policy-files/source/source.ts";
import { getCatalogue, tenantItemKey } from "../../runtime/table/catalogue.ts";
import type { TenantInput } from "../../runtime/table/input-types.ts";
import { getItem, queryItems, type StoreOptions } from "../../runtime/table/store.ts";
import { StoreError } from "../../runtime/table/tenant-store.ts";
import { FileError, UsageError } from "../shared/flags.ts";
import { printError } from "../shared/output.ts";
import { requireFile } from "../shared/require-file.ts";

/** A tenant's policy file, with the id that it is for. */
export interface ReadTenantFile {
  readonly id: string;
  readonly source: Source;
  readonly file: TenantFile;
  readonly problems: Problems;
}

/**
 * Reads a tenant's policy file. Its id is the file's name, or its key `id`.
 *
 * @param given the id that the command names; undefined if it names none
 * @throws UsageError if it is no tenant's file, or that of another tenant
 */
export function readTenantFile(path: string, given: string | undefined): ReadTenantFile {
  requireFile("file", path);
  const problems = new Problems();
  const source = parseSource(path, readFileSync(path, "utf8"), problems);
  const file = source && tenantSchema.safeParse(source.value).data;
  const id = file?.id ?? stem(path);
  // A file with an error of its form is read again below, by the code that explains the error.
  if (source === undefined || file === undefined) return reject(problems, source, path, id);
  if (given !== undefined && given !== id)
    throw new UsageError(`--file: ${path} is the file of the tenant "${id}", not of "${given}"`);
  return { id, source, file, problems };
}

/** @throws FileError with every problem of a file that has another form */
function reject(problems: Problems, source: Source | undefined, path: string, id: string): never {
  const known = {
    ...{ operations: [], forwardedClaims: undefined, roles: new Map(), plans: new Map() },
    ...{ hasPlans: false, issuers: undefined, countedBindings: new Set<string>() },
  };
  if (source !== undefined) compileTenantSource(source, id, known, problems);
  const lines = problems.sorted().filter(isError).map(printProblem);
  throw new FileError([...lines, `${path} has errors: nothing was written`].join("\n"));
}

/**
 * Checks a tenant's file against a table's catalogue and routes, and prints its warnings.
 *
 * @throws StoreError `rules_invalid` with every error, by line
 */
export async function checkTenantFile(store: StoreOptions, { id, file, source, problems }: ReadTenantFile) {
  const own = await queryItems(store, CATALOGUE_KEY);
  const names = [
    ...(file.issuers ?? []),
    ...Object.keys(file.directories ?? {}),
    ...Object.keys(file.clients ?? {}),
  ];
  const rules = readTableRules(
    [...own, ...(await queryItems(store, ROUTES_KEY))],
    await getCatalogue(store, names, own),
  );
  compileTenantSource(source, id, rules, problems);
  const found = problems.sorted();
  const errors = found.filter(isError);
  if (errors.length > 0)
    throw new StoreError(
      "rules_invalid",
      [...printProblems(errors, printProblem), "Nothing was written"].join("\n"),
    );
  for (const line of printProblems(found, printProblem)) printError(line);
}

/** Returns what makes a tenant exactly as its file says. A status that the file does not write stays as it is. */
export async function tenantFileInput(
  store: StoreOptions,
  { id, file, source }: Pick<ReadTenantFile, "id" | "file" | "source">,
): Promise<TenantInput> {
  const { name, plan, issuers = null, directories = {} } = file;
  const stored = ((await getItem(store, tenantItemKey(id))) as Item | undefined)?.["directories"] ?? {};
  const released = Object.keys(stored as object).map((issuer) => [issuer, null] as const);
  return {
    ...{ id, name, plan, issuers },
    directories: { ...Object.fromEntries(released), ...directories },
    ...(source.writtenAt(["status"]) !== undefined && { status: file.status }),
    ...Object.fromEntries(TENANT_RULES.map((key) => [key, file[key] ?? null])),
  };
}
