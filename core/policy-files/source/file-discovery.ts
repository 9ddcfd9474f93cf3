import type { Problems } from "./problem.ts";
import { nearest, suggestion } from "./suggestion.ts";

const SINGLES = ["api", "plans", "issuers"] as const;
const FOLDERS = ["roles", "tenants", "tests", "schema"] as const;

export type Single = (typeof SINGLES)[number];

/** The files of a policy folder by what they are. */
export interface DiscoveredFiles extends Partial<Record<Single, string>> {
  roles: string[];
  tenants: string[];
  /** Tenants of other environments: not read, but their names are no misspellings. */
  otherTenants: string[];
  tests: string[];
}

const ENDING = /\.(ya?ml|json)$/;

/** A file's name without folder and ending. */
export const stem = (path: string): string => (path.split("/").at(-1) ?? path).replace(ENDING, "");

/** Which file is what, by its place. A file in no place would be ignored in silence: it is an error. */
export function discoverFiles(
  paths: Iterable<string>,
  environment: string,
  problems: Problems,
): DiscoveredFiles {
  const found: DiscoveredFiles = { roles: [], tenants: [], otherTenants: [], tests: [] };
  for (const path of [...paths].filter((one) => ENDING.test(one)).sort())
    sortFile(path, environment, found, problems);
  if (found.api === undefined)
    problems.error(
      start("api.yaml"),
      "the file is missing: it declares the API's routes as an OpenAPI 3.0 document",
    );
  warnOfMisspelt(found.otherTenants, environment, problems);
  return found;
}

function sortFile(path: string, environment: string, found: DiscoveredFiles, problems: Problems): void {
  const [folder = "", ...rest] = path.split("/");
  if (rest.length === 0) sortSingle(path, found, problems);
  else if (folder === "roles" || folder === "tests") {
    if (rest.length === 1) found[folder].push(path);
    else tellTooDeep(path, folder, problems);
  } else if (folder === "tenants") {
    const [ofEnvironment] = rest.length > 1 ? rest : [];
    if (rest.length > 2) tellTooDeep(path, `tenants/${ofEnvironment}`, problems);
    else if (ofEnvironment === undefined || ofEnvironment === environment) found.tenants.push(path);
    else found.otherTenants.push(path);
  } else if (folder !== "schema")
    problems.error(start(path), `nothing is read from here${suggestion(folder, FOLDERS)}`);
}

function sortSingle(path: string, found: DiscoveredFiles, problems: Problems): void {
  const name = SINGLES.find((single) => single === stem(path));
  if (name === undefined)
    problems.error(start(path), `nothing is read from a file of this name${suggestion(stem(path), SINGLES)}`);
  else if (found[name] !== undefined)
    problems.error(start(path), `${found[name]} stands beside it: keep one`);
  else found[name] = path;
}

const tellTooDeep = (path: string, folder: string, problems: Problems): void =>
  problems.error(
    start(path),
    `nothing is read from folders inside ${folder}: move it to ${folder}/${path.split("/").at(-1)}`,
  );

/** Other environments have folders of their own; one that is nearly called like this one is probably meant for it. */
function warnOfMisspelt(paths: readonly string[], environment: string, problems: Problems): void {
  const told = new Set<string>();
  for (const path of paths) {
    const folder = path.split("/")[1] ?? "";
    if (told.has(folder) || isNumbered(folder, environment)) continue;
    told.add(folder);
    if (nearest(folder, [environment]) !== undefined)
      problems.warn(
        start(path),
        `nothing is read from tenants/${folder} for the environment ${environment}; did you mean "tenants/${environment}"?`,
      );
  }
}

/** `dev1` beside `dev2` is meant. */
const isNumbered = (a: string, b: string): boolean => a.replace(/\d/g, "") === b.replace(/\d/g, "");

const start = (file: string) => ({ file, line: 1, column: 1 });
