import { InternalError } from "./errors.ts";
import { type Grant, isRouteKey, parseGrant } from "./grant.ts";
import type { RouteKey } from "./ids.ts";

/** The layout of items that this version writes and reads; another number is refused, never guessed at. */
export const ITEM_VERSION = 1;

/** An item of the table as plain JSON: strings, lists and maps. */
export type Item = Readonly<Record<string, unknown>>;

/** Where a claim stands: a top-level claim's exact name, or the path to a nested one. */
export type ClaimPath = readonly string[];

export type Reader = ReturnType<typeof reader>;

/** Reads one item's fields; what is not as expected throws and names the item and the field, never the value. */
export function reader(source: unknown, name = "") {
  const item =
    typeof source === "object" && source !== null && !Array.isArray(source) ? (source as Item) : {};
  const own = name === "" ? `${String(item["pk"])} ${String(item["sk"])}` : name;
  const invalid = (field: string) =>
    new InternalError(
      "item_invalid",
      `Item ${own}: field ${field} is not as version ${ITEM_VERSION} writes it`,
    );
  if (name === "" && item["v"] !== ITEM_VERSION) throw invalid("v");
  const value = (field: string): unknown => (Object.hasOwn(item, field) ? item[field] : undefined);
  const text = (field: string): string => {
    const found = value(field);
    if (typeof found !== "string") throw invalid(field);
    return found;
  };
  const texts = (field: string): string[] => stringList({ invalid }, field, value(field));
  const entries = (field: string): [string, unknown][] => {
    const found = value(field);
    if (typeof found !== "object" || found === null || Array.isArray(found)) throw invalid(field);
    return Object.entries(found);
  };
  const grants = (field: string): Grant[] =>
    texts(field).map((line) => {
      const grant = parseGrant(line);
      if (grant === undefined) throw invalid(field);
      return grant;
    });
  const routes = (field: string): RouteKey[] => {
    const found = texts(field);
    if (!found.every(isRouteKey)) throw invalid(field);
    return found;
  };
  const optional = <T>(field: string, read: (field: string) => T): T | undefined =>
    value(field) === undefined ? undefined : read(field);
  const time = (field: string): number => {
    const found = value(field);
    if (typeof found !== "number" || !Number.isFinite(found)) throw invalid(field);
    return found;
  };
  return { name: own, invalid, value, text, texts, entries, grants, routes, time, optional };
}

type Refuser = Pick<Reader, "invalid">;

/** No name at all would stand for the whole payload. */
export function claimPath(read: Refuser, field: string, value: unknown): ClaimPath {
  const path = stringList(read, field, value);
  if (path.length === 0) throw read.invalid(field);
  return path;
}

export function stringList(read: Refuser, field: string, value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((entry): entry is string => typeof entry === "string"))
    throw read.invalid(field);
  return value;
}
