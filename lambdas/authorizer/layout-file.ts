import { readFileSync } from "node:fs";
import { type AccessSettings, isAccessSettings } from "../../core/model/access-settings.ts";
import { isObject } from "../../core/model/is-object.ts";
import {
  CACHING_MODES,
  type CachingMode,
  type Layout,
  type LayoutData,
  readLayout,
} from "../../core/model/layout.ts";
import { isMethod } from "../../core/model/route.ts";
import { ConfigurationError } from "../../runtime/environment.ts";

/** The file that the build writes next to the bundle: a layout for each caching mode that the API allows. */
export interface LayoutFile {
  readonly layouts: Readonly<Partial<Record<CachingMode, LayoutData>>>;
  /** The settings of the access route; undefined if the API has none. */
  readonly access?: AccessSettings | undefined;
}

/**
 * Reads `layout.json`.
 *
 * @throws ConfigurationError when it cannot be read, or is not what this bundle's build writes
 */
export function readLayoutFile(path: string): LayoutFile {
  const file = parse(path);
  if (!isObject(file)) throw unexpected();
  const { layouts, access } = file;
  if (!isObject(layouts) || !Object.values(layouts).every(isLayoutData)) throw unexpected();
  if (access !== undefined && !isAccessSettings(access)) throw unexpected();
  return { layouts, access };
}

const unexpected = (): ConfigurationError =>
  new ConfigurationError(["layout.json is not what this bundle's build writes: build again"]);

/** Returns the layout of a caching mode. @throws ConfigurationError when the file has no layout for the mode */
export function layoutFor({ layouts }: LayoutFile, mode: CachingMode): Layout {
  const data = layouts[mode];
  if (data === undefined || data.mode !== mode)
    throw new ConfigurationError([
      `CACHING_MODE is ${mode}, for which this bundle's layout.json has no layout: build again`,
    ]);
  return readLayout(data);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new ConfigurationError(["layout.json cannot be read next to the bundle: build again"]);
  }
}

function isLayoutData(value: unknown): value is LayoutData {
  if (!isObject(value)) return false;
  const { mode, hash, tenantSelector, slashes, shortTenantIds, groups } = value;
  return (
    CACHING_MODES.some((allowed) => allowed === mode) &&
    isNonEmptyString(hash) &&
    (tenantSelector === null || isObject(tenantSelector)) &&
    typeof slashes === "boolean" &&
    typeof shortTenantIds === "boolean" &&
    Array.isArray(groups) &&
    groups.every(isGroup)
  );
}

function isGroup(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, routes, anyMethodPaths } = value;
  return (
    isNonEmptyString(name) && Array.isArray(routes) && routes.every(isRoute) && isStringList(anyMethodPaths)
  );
}

const isRoute = (value: unknown): boolean =>
  isStringList(value) && isMethod(value[0] ?? "") && value[1]?.startsWith("/") === true;

const isStringList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(isNonEmptyString);
const isNonEmptyString = (value: unknown): value is string => typeof value === "string" && value !== "";
