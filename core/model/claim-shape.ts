import { isObject } from "./is-object.ts";
import { plural } from "./plural.ts";

/** The type of a claim and the number of its entries. Only `keys` contains text of the token. */
export interface ClaimShape {
  readonly type: "missing" | "null" | "empty string" | "string" | "number" | "boolean" | "list" | "object";
  /** The number of entries of a list or an object. */
  readonly count?: number;
  /** The types of a list's entries, without duplicates. */
  readonly of?: readonly ClaimShape["type"][];
  /** The keys of an object. A log never contains them. */
  readonly keys?: readonly string[];
}

/**
 * Returns the shape of a claim.
 *
 * @example
 * import { shapeOf } from "./claim-shape.ts";
 *
 * shapeOf(["acme", 7]); // => {"type":"list","count":2,"of":["string","number"]}
 * shapeOf(undefined); // => {"type":"missing"}
 */
export function shapeOf(claim: unknown): ClaimShape {
  const type = typeOf(claim);
  if (Array.isArray(claim)) return { type, count: claim.length, of: [...new Set(claim.map(typeOf))] };
  if (isObject(claim)) {
    const keys = Object.keys(claim);
    return { type, count: keys.length, keys };
  }
  return { type };
}

/** Does not look into lists and objects, because a token may contain thousands of lists inside each other. */
function typeOf(claim: unknown): ClaimShape["type"] {
  if (Array.isArray(claim)) return "list";
  if (isObject(claim)) return "object";
  if (claim === undefined) return "missing";
  if (claim === null) return "null";
  if (claim === "") return "empty string";
  return typeof claim as "string" | "number" | "boolean";
}

const ARTICLES: Readonly<Record<ClaimShape["type"], string>> = {
  missing: "missing",
  null: "null",
  "empty string": "an empty string",
  string: "a string",
  number: "a number",
  boolean: "true or false",
  list: "a list",
  object: "an object",
};

/** Prints a shape without any text of the token, as in `a list of 2 (string, number)`. */
export function printShape({ type, count, of }: ClaimShape): string {
  if (count === undefined) return ARTICLES[type];
  if (type === "object") return `an object with ${plural(count, "key")}`;
  return count === 0 ? "an empty list" : `a list of ${count} (${(of ?? []).join(", ")})`;
}

/** Prints a shape with the keys of an object, for the developer's own machine. */
export const printShapeAndKeys = (shape: ClaimShape): string =>
  shape.keys === undefined || shape.keys.length === 0
    ? printShape(shape)
    : `an object with the ${shape.keys.length === 1 ? "key" : "keys"} ${shape.keys.join(", ")}`;
