import type { ClaimPath, FieldReader } from "./item-reader.ts";
import { claimPath, fieldReader, stringList } from "./item-reader.ts";

/**
 * The ways to read a claim that is not a plain name or list of names. The list is closed: a location has one reading,
 * and readings are not nested, so it stays possible to check which tenant a role belongs to.
 */
export const READINGS = [
  "keys",
  "member",
  "commas",
  "spaces",
  "json",
  "integer",
  "tenant_path",
  "tenant_keys",
  "tenant_role",
] as const;
export type Reading = (typeof READINGS)[number];

/** The segment of a `tenant_path`, and the part of a `form`, that stands for the tenant's id. */
export const TENANT_PLACEHOLDER = "{tenant}";

/** A claim's path, with the way in which its value is read. */
export interface ClaimReading {
  readonly path: ClaimPath;
  readonly as: Reading;
  /** For `member`: the member of each object that is the name. */
  readonly member?: string | undefined;
  /** For `tenant_role`: how a name is written, such as `{tenant}:{role}`. */
  readonly form?: string | undefined;
}

/** Where a token holds names, as the item states it: a path is read as a plain name or a list of names. */
export type ClaimLocation = ClaimPath | ClaimReading;

/** The claims that may hold the subject. The first one that is present decides; the others name clients. */
export interface FirstOf {
  readonly first: readonly [string, ...string[]];
}

/** Where a token holds its subject. */
export type SubjectLocation = ClaimLocation | FirstOf;

/** Returns whether a location is a path, which is read as a plain name or a list of names. */
export const isPath = (location: SubjectLocation): location is ClaimPath => Array.isArray(location);

/** Returns whether a location is the first of several claims. */
export const isFirstOf = (location: SubjectLocation): location is FirstOf => "first" in location;

const FORM = /^([^{}]*)\{tenant\}([^{}]+)\{role\}$/;

/** How a name contains a tenant and a role. */
export interface NameForm {
  readonly prefix: string;
  readonly separator: string;
}

/**
 * Parses a form such as `{tenant}:{role}` or `/{tenant}/{role}`; undefined if it is none.
 *
 * @example
 * import { parseForm } from "./claim-location.ts";
 *
 * parseForm("/{tenant}/{role}"); // => {"prefix":"/","separator":"/"}
 * parseForm("{role}"); // => undefined
 */
export function parseForm(form: string): NameForm | undefined {
  const [, prefix, separator] = FORM.exec(form) ?? [];
  return prefix === undefined || separator === undefined ? undefined : { prefix, separator };
}

/** Reads a location from an item. @throws InternalError `item_invalid` */
export function claimLocation(fields: FieldReader, name: string): ClaimLocation {
  const value = fields.value(name);
  if (Array.isArray(value)) return claimPath(fields, name, value);
  const read = fieldReader(value, fields.name);
  const as = READINGS.find((one) => one === read.value("as"));
  if (as === undefined) throw fields.invalid(name);
  const member = read.optional("member", read.string);
  const form = read.optional("form", read.string);
  const isComplete =
    (as === "member") === (member !== undefined) &&
    (as === "tenant_role") === (form !== undefined && parseForm(form) !== undefined);
  if (!isComplete) throw fields.invalid(name);
  return { path: claimPath(read, name, read.value("path")), as, member, form };
}

/** Reads the subject's location from an item. @throws InternalError `item_invalid` */
export function subjectLocation(fields: FieldReader, name: string): SubjectLocation {
  const value = fields.value(name);
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "first"))
    return claimLocation(fields, name);
  const [first, ...others] = stringList(fields, name, (value as FirstOf).first);
  if (first === undefined) throw fields.invalid(name);
  return { first: [first, ...others] };
}
