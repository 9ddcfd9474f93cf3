import type { Segment } from "../model/route.ts";

/** API Gateway's limit on a Resource in a policy, in characters. */
export const MAX_RESOURCE_LENGTH = 512;

/** The quotes and the comma around a resource, and the slash after the base. */
export const PUNCTUATION = 4;

/**
 * The lengths with which the proof counts the spellings of a bound value: raw, and percent-encoded with upper-case and
 * lower-case hex, of 128 characters. A shorter value may have more spellings that are as long together.
 */
export const WORST_VALUE: readonly number[] = [128, 384, 384];
/** The same for the id of a tenant, if all ids are short and unreserved. */
export const SHORT_ID: readonly number[] = [64];
/** The length of `?*`. */
const FREE = 2;

/** The length of each bound value, by parameter. */
export type ValueLengths = Readonly<Record<string, number>>;

/** Lists every combination of the lengths of bound values, by parameter. */
export const combineLengths = (lengths: Readonly<Record<string, readonly number[]>>): ValueLengths[] =>
  Object.entries(lengths).reduce<ValueLengths[]>(
    (all, [name, each]) => all.flatMap((chosen) => each.map((length) => ({ ...chosen, [name]: length }))),
    [{}],
  );

/** What a resource's length depends on, besides the route. */
export interface ResourceForm {
  /** The length of an ARN up to its stage, in characters. */
  readonly base: number;
  /** Whether routes that end in a literal are also allowed with a trailing slash. */
  readonly slashes: boolean;
}

/** Returns the length of a route's resources with bound values of these lengths, in bytes. */
export function resourceSize(
  method: string,
  segments: readonly Segment[],
  values: ValueLengths,
  { base, slashes }: ResourceForm,
): number {
  const path = segments.reduce(
    (length, segment) =>
      length + 1 + (segment.kind === "literal" ? segment.text.length : (values[segment.name] ?? FREE)),
    0,
  );
  const length = method.length + Math.max(path, 1);
  const forms = slashes && segments.at(-1)?.kind === "literal" ? [length, length + 1] : [length];
  const longest = forms.map((form) => base + 1 + form);
  // If the longest values do not fit, shorter ones may. So the longest resource that fits counts.
  const fitting =
    Object.keys(values).length > 0
      ? longest.map((one) => Math.min(one, MAX_RESOURCE_LENGTH))
      : longest.filter((one) => one <= MAX_RESOURCE_LENGTH);
  return fitting.reduce((total, one) => total + one + PUNCTUATION - 1, 0);
}
