import { InternalError } from "./errors.ts";
import { type Grant, isRouteKey, parseGrant } from "./grant.ts";
import type { RouteKey } from "./ids.ts";
import { isObject } from "./is-object.ts";

/** The version of the items that this release writes and reads. An item with another version is rejected. */
export const ITEM_VERSION = 1;

/** An item of the table as plain JSON: strings, lists and maps. */
export type Item = Readonly<Record<string, unknown>>;

/** The names that lead to a claim: one for a top-level claim, several for a nested one. */
export type ClaimPath = readonly string[];

export type FieldReader = ReturnType<typeof fieldReader>;

/**
 * Returns functions that read the fields of one item. If a field is not as expected, they throw an error that
 * names the item and the field, never the value.
 *
 * @param name the item's name in errors; by default its key, and then its version is checked too
 */
export function fieldReader(source: unknown, name = "") {
  const item: Item = isObject(source) ? source : {};
  const itemName = name === "" ? `${String(item["pk"])} ${String(item["sk"])}` : name;
  const invalid = (field: string) =>
    new InternalError(
      "item_invalid",
      `Item ${itemName}: field ${field} is not as version ${ITEM_VERSION} writes it`,
    );
  if (name === "") checkReadable(item, itemName, invalid);
  const value = (field: string): unknown => (Object.hasOwn(item, field) ? item[field] : undefined);
  const string = (field: string): string => {
    const found = value(field);
    if (typeof found !== "string") throw invalid(field);
    return found;
  };
  const strings = (field: string): string[] => stringList({ invalid }, field, value(field));
  const entries = (field: string): [string, unknown][] => {
    const found = value(field);
    if (!isObject(found)) throw invalid(field);
    return Object.entries(found);
  };
  const grants = (field: string): Grant[] =>
    strings(field).map((line) => {
      const grant = parseGrant(line);
      if (grant === undefined) throw invalid(field);
      return grant;
    });
  const routes = (field: string): RouteKey[] => {
    const found = strings(field);
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
  return { name: itemName, invalid, value, string, strings, entries, grants, routes, time, optional };
}

/**
 * What an item can require its reader to understand: `subjects` is an issuer's `foreignIn`, `clients` are an issuer's
 * `ceilings` and a tenant's changes to them, `delegates` that the ceilings limit the current delegate too,
 * `revoked_clients` are those of a revocation or a kill switch, and `own_clients` says that a membership is for tokens whose
 * subject is the client.
 */
const UNDERSTOOD: readonly unknown[] = ["subjects", "clients", "delegates", "revoked_clients", "own_clients"];

/**
 * Rejects an item of another version, and one whose `needs` lists what this version does not understand, as `crit`
 * does in a JOSE header: without it a reader could ignore what narrows the access.
 */
function checkReadable(item: Item, itemName: string, invalid: (field: string) => InternalError): void {
  if (item["v"] !== ITEM_VERSION) throw invalid("v");
  const { needs = [] } = item;
  if (!Array.isArray(needs)) throw invalid("needs");
  const unknown = needs.filter((need) => !UNDERSTOOD.includes(need));
  if (unknown.length > 0)
    throw new InternalError(
      "item_invalid",
      `Item ${itemName}: it needs ${JSON.stringify(unknown)}, which this version does not understand: deploy the version that wrote it`,
    );
}

type ErrorMaker = Pick<FieldReader, "invalid">;

/** Reads a claim path. Rejects an empty one, because it would mean the whole payload. */
export function claimPath(read: ErrorMaker, field: string, value: unknown): ClaimPath {
  const path = stringList(read, field, value);
  if (path.length === 0) throw read.invalid(field);
  return path;
}

/** Reads a list of strings. */
export function stringList(read: ErrorMaker, field: string, value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((entry): entry is string => typeof entry === "string"))
    throw read.invalid(field);
  return value;
}
