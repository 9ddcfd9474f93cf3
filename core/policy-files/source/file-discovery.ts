import type { Problems } from "./problem.ts";
import { nearest, suggestion } from "./suggestion.ts";

const SINGLE_FILES = ["api", "plans", "issuers", "clients"] as const;
const FOLDERS = ["roles", "tenants", "tests", "schema"] as const;

export type SingleFile = (typeof SINGLE_FILES)[number];

/** The files of a policy folder by their kind. */
export interface DiscoveredFiles extends Partial<Record<SingleFile, string>> {
  roles: string[];
  tenants: string[];
  /** Tenants of other environments: they are not read, but their names are not misspelt. */
  otherTenants: string[];
  tests: string[];
}

const EXTENSION = /\.(ya?ml|json)$/;

/** Returns a file's name without folder and extension. */
export const stem = (path: string): string => (path.split("/").at(-1) ?? path).replace(EXTENSION, "");

/** Sorts files by their path into kinds. Rejects a file of no kind, because it would be ignored silently. */
export function discoverFiles(
  paths: Iterable<string>,
  environment: string,
  problems: Problems,
): DiscoveredFiles {
  const found: DiscoveredFiles = { roles: [], tenants: [], otherTenants: [], tests: [] };
  for (const path of [...paths].filter((one) => EXTENSION.test(one)).sort())
    sortFile(path, environment, found, problems);
  if (found.api === undefined)
    problems.error(
      "missing-file",
      start("api.yaml"),
      "the file is missing: add it with an OpenAPI 3.0 document that declares the API's routes",
    );
  warnOfMisspeltFolders(found.otherTenants, environment, problems);
  return found;
}

function sortFile(path: string, environment: string, found: DiscoveredFiles, problems: Problems): void {
  const [folder = "", ...rest] = path.split("/");
  if (rest.length === 0) sortSingle(path, found, problems);
  else if (folder === "roles" || folder === "tests") {
    if (rest.length === 1) found[folder].push(path);
    else rejectTooDeep(path, folder, problems);
  } else if (folder === "tenants") {
    const [subfolder] = rest.length > 1 ? rest : [];
    if (rest.length > 2) rejectTooDeep(path, `tenants/${subfolder}`, problems);
    else if (subfolder === undefined || subfolder === environment) found.tenants.push(path);
    else found.otherTenants.push(path);
  } else if (folder !== "schema")
    problems.error(
      "unexpected-file",
      start(path),
      `no policy files are read from a folder "${folder}"${suggestion(folder, FOLDERS)}`,
    );
}

function sortSingle(path: string, found: DiscoveredFiles, problems: Problems): void {
  const name = SINGLE_FILES.find((single) => single === stem(path));
  if (name === undefined)
    problems.error(
      "unexpected-file",
      start(path),
      `no policy file is called "${stem(path)}"${suggestion(stem(path), SINGLE_FILES)}`,
    );
  else if (found[name] !== undefined)
    problems.error("duplicate-file", start(path), `${found[name]} exists too: keep one of the two files`);
  else found[name] = path;
}

const rejectTooDeep = (path: string, folder: string, problems: Problems): void =>
  problems.error(
    "unexpected-file",
    start(path),
    `no policy files are read from folders inside ${folder}: move the file to ${folder}/${path.split("/").at(-1)}`,
  );

/** Warns of a tenants folder of another environment whose name is a probable misspelling of this one. */
function warnOfMisspeltFolders(paths: readonly string[], environment: string, problems: Problems): void {
  const checked = new Set<string>();
  for (const path of paths) {
    const folder = path.split("/")[1] ?? "";
    if (checked.has(folder) || differsInNumber(folder, environment)) continue;
    checked.add(folder);
    if (nearest(folder, [environment]) !== undefined)
      problems.warn(
        "misspelt-environment",
        start(path),
        `tenants/${folder} is not read for the environment ${environment}; did you mean "tenants/${environment}"?`,
      );
  }
}

/** Returns whether two names differ only in digits, such as `dev1` and `dev2`: neither is a misspelling. */
const differsInNumber = (a: string, b: string): boolean => a.replace(/\d/g, "") === b.replace(/\d/g, "");

const start = (file: string) => ({ file, line: 1, column: 1 });
