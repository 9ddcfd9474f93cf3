import type { BoundValues } from "../model/grant.ts";
import type { Segment } from "../model/route.ts";
import {
  combineLengths,
  MAX_RESOURCE_LENGTH,
  PUNCTUATION,
  type ResourceForm,
  resourceSize,
  SHORT_ID,
  WORST_VALUE,
} from "./resource-size.ts";

/**
 * The characters of a bound value that common clients percent-encode in a path segment. `~` is the only unreserved one.
 * The first set is that of clients that leave only unreserved characters (RFC 3986, section 2.3): Spring's template
 * encoding, Python's `quote`, generated clients. Then: `encodeURIComponent`; clients that leave the path characters of
 * RFC 3986, such as Spring's `encodePathSegment`, google-http-java's `escapeUriPath` and Swift's `urlPathAllowed`; Go's
 * `url.PathEscape`; Go's `URL.String`; Java's `URLEncoder` and google-http-java's `escapeUri`.
 */
const UNRESERVED = /[@:+=,!|]/g;
const OTHERS = [/[@:+=,|]/g, /\|/g, /[,!|]/g, /[!|]/g, /[@:+=,!|~]/g];

const encodeIn = (value: string, encoded: RegExp, isUpper: boolean): string =>
  value.replace(encoded, (character) => {
    const hex = character.charCodeAt(0).toString(16);
    return `%${isUpper ? hex.toUpperCase() : hex}`;
  });

const CASES = [true, false];

/** The spellings that every bound value has: raw, and percent-encoded with upper-case and lower-case hex. */
const ownSpellings = (value: string): string[] => [
  ...new Set([value, ...CASES.map((isUpper) => encodeIn(value, UNRESERVED, isUpper))]),
];

/** How the patterns of a bound route are counted. */
export interface SpellingOptions extends ResourceForm {
  /** The value that the proof counts with one spelling: the tenant's id, if all ids are short. */
  readonly oneSpelling: string | undefined;
}

/**
 * Lists the paths of a route with bound values, as `METHOD/path`: in every combination of the spellings that each value
 * has, and then as each of the common clients writes all of them: with upper-case hex, as clients do, then with
 * lower-case hex. Of the latter two as many as fit into the bytes that the proof counts for this binding.
 *
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { boundPaths } from "./spellings.ts";
 *
 * const { method, segments } = makeRoute("GET", "/users/{userId}");
 * const options = { base: 60, slashes: false, oneSpelling: undefined };
 * boundPaths(method, segments, { userId: "a!b" }, options); // => ["GET/users/a!b","GET/users/a%21b"]
 * boundPaths(method, segments, { userId: "x:a|b" }, options).length; // => 5
 */
export function boundPaths(
  method: string,
  segments: readonly Segment[],
  values: BoundValues,
  options: SpellingOptions,
): string[] {
  const write = (spell: (value: string) => readonly string[]): string[] =>
    segments.reduce<string[]>(
      (paths, segment) => {
        const spelled = spellSegment(segment, values, spell);
        return paths.flatMap((path) => spelled.map((one) => `${path}/${one}`));
      },
      [method],
    );
  const paths = new Set(write(ownSpellings));
  if (Object.values(values).every((value) => !/[@:+=,!|~]/.test(value))) return [...paths];
  const sizeOf = (path: string): number => pathSize(path, segments, options);
  let left = allowance(method, segments, values, options);
  for (const path of paths) left -= sizeOf(path);
  for (const isUpper of CASES)
    for (const encoded of OTHERS)
      for (const path of write((value) => [encodeIn(value, encoded, isUpper)])) {
        if (paths.has(path) || sizeOf(path) > left || options.base + 1 + path.length > MAX_RESOURCE_LENGTH)
          continue;
        left -= sizeOf(path);
        paths.add(path);
      }
  return [...paths];
}

function spellSegment(
  segment: Segment,
  values: BoundValues,
  spell: (value: string) => readonly string[],
): readonly string[] {
  if (segment.kind === "literal") return [segment.text];
  const value = Object.hasOwn(values, segment.name) ? values[segment.name] : undefined;
  return value === undefined ? ["?*"] : spell(value);
}

/** Returns the bytes of a path's resources, as the proof counts them. */
function pathSize(path: string, segments: readonly Segment[], { base, slashes }: ResourceForm): number {
  const one = (length: number): number => Math.min(base + 1 + length, MAX_RESOURCE_LENGTH) + PUNCTUATION - 1;
  const isTwice = slashes && segments.at(-1)?.kind === "literal";
  return one(path.length) + (isTwice ? one(path.length + 1) : 0);
}

/** Returns the bytes that the proof counts for a binding of these parameters. */
function allowance(
  method: string,
  segments: readonly Segment[],
  values: BoundValues,
  options: SpellingOptions,
): number {
  const lengths = Object.entries(values).map(([name, value]) => [
    name,
    value === options.oneSpelling ? SHORT_ID : WORST_VALUE,
  ]);
  return combineLengths(Object.fromEntries(lengths) as Record<string, readonly number[]>).reduce(
    (bytes, combination) => bytes + resourceSize(method, segments, combination, options),
    0,
  );
}
