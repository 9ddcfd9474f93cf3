import { stem } from "../source/file-discovery.ts";
import { Problems } from "../source/problem.ts";
import { parseSource } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";
import type { Suggestions } from "./folder-schemas.ts";
import { ANY_METHOD } from "./operation.ts";
import type { PolicyFiles } from "./policy-set.ts";

/** More names of a kind make no list that a person reads. */
const MOST = 500;

/**
 * Returns the names of a policy folder that editors suggest: permissions, routes, roles, plans, issuers, tenants and
 * backends. Reads a folder with errors too, as far as it can be read.
 */
export function folderNames(files: PolicyFiles): Suggestions {
  const read = (path: string): unknown =>
    parseSource(path, files.get(path) ?? "", new Problems(), { mergeKeys: true })?.value;
  const single = (name: string): unknown =>
    [...files.keys()].filter((path) => stem(path) === name && !path.includes("/")).map(read)[0];
  const inFolder = (folder: string): string[] =>
    [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
  const api = single("api");
  const tenants = inFolder("tenants").map((path) => ({ path, value: read(path) }));
  const operations = operationsIn(api);
  const permissions = distinct(operations.flatMap(({ permission }) => permission ?? []));
  const routes = distinct(operations.map(({ route }) => route));
  return {
    permissions,
    routes,
    selectors: [...permissions, ...distinct(permissions.flatMap(prefixes)), ...routes].slice(0, MOST),
    roles: distinct([
      ...inFolder("roles").map(stem),
      ...tenants.flatMap(({ value }) => keysOf(valueAt(value, ["roles"]))),
    ]),
    plans: distinct(keysOf(single("plans"))),
    issuers: distinct(keysOf(single("issuers"))),
    tenants: distinct(
      tenants.map(({ path, value }) => {
        const id = valueAt(value, ["id"]);
        return typeof id === "string" ? id : stem(path);
      }),
    ),
    backends: distinct(keysOf(valueAt(api, ["x-portcullis", "backends"]))),
  };
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort().slice(0, MOST);

const keysOf = (value: unknown): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value).filter((key) => key !== "$schema")
    : [];

/** Returns `a.*` and `a.b.*` for the permission `a.b.c`. */
function prefixes(permission: string): string[] {
  const parts = permission.split(".");
  return parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join(".")}.*`);
}

const METHODS = new Set(["get", "head", "post", "put", "patch", "delete", "options", ANY_METHOD]);

function operationsIn(api: unknown): { readonly route: string; readonly permission: string | undefined }[] {
  const paths = valueAt(api, ["paths"]);
  return keysOf(paths).flatMap((path) =>
    keysOf(valueAt(paths, [path]))
      .filter((key) => METHODS.has(key))
      .map((key) => {
        const permission = valueAt(paths, [path, key, "x-portcullis", "permission"]);
        return {
          route: `${key === ANY_METHOD ? "ANY" : key.toUpperCase()} ${path}`,
          permission: typeof permission === "string" ? permission : undefined,
        };
      }),
  );
}
