import { closeSync, openSync, readSync } from "node:fs";
import * as z from "zod";
import { SECTION_TITLES, type SectionKind } from "../../core/policy-files/access/sections.ts";

/** The longest file of a review, in bytes. */
export const MAX_REVIEW_BYTES = 1 << 20;
const MAX_TEXT = 500;
const MAX_ITEMS = 200;
const MAX_ENVIRONMENTS = 50;

const text = z.string().max(MAX_TEXT);
const count = z.int().min(0).max(1e9);
/** The first items of a list, and how many it has. */
const listSchema = z
  .strictObject({ total: count, first: z.array(text).max(MAX_ITEMS) })
  .refine(({ total, first }) => total >= first.length, "total: expected at least the number of items");

const environmentSchema = z.strictObject({
  /** The environments with these changes. */
  names: z.array(text).min(1).max(MAX_ENVIRONMENTS),
  sections: z
    .array(z.strictObject({ kind: z.enum(Object.keys(SECTION_TITLES) as SectionKind[]), lines: listSchema }))
    .max(Object.keys(SECTION_TITLES).length),
  tenants: listSchema,
  roles: listSchema,
  /** Changes of explicit operations. */
  explicit: count,
  /** Combinations of tenant, role and route: before, and those that tenants of both states gain and lose. */
  before: count,
  gained: count,
  lost: count,
});

const reviewSchema = z.strictObject({
  version: z.literal(1),
  errors: listSchema,
  /** Those that the files before did not have. */
  warnings: listSchema,
  /** Null: they cannot run, because the policy files have errors. */
  tests: z.strictObject({ run: count, failed: listSchema }).nullable(),
  /** The changes; a text: why the two states cannot be compared. */
  access: z.union([text, z.array(environmentSchema).max(MAX_ENVIRONMENTS)]),
  /** Changes that can give access without a change of a role. */
  trust: listSchema,
  /** Addresses and actions of a Terraform plan; null: there is none. */
  plan: listSchema.nullable(),
});

/** What a change of policy files does, in the form that is passed from the job that computes it to the one that posts it. */
export type Review = z.output<typeof reviewSchema>;
export type ReviewList = z.output<typeof listSchema>;
export type ReviewEnvironment = z.output<typeof environmentSchema>;

/** Returns a list's first items, each cut to the longest text. */
export const reviewList = (items: readonly string[], most = MAX_ITEMS): ReviewList => ({
  total: items.length,
  first: items.slice(0, most).map(cut),
});

/** Cuts a text to the longest that a review can have. */
export const cut = (value: string): string =>
  value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT - 1)}…`;

/** Limits a review to its longest file, by shorter lists with the same totals. */
export function boundReview(review: Review): Review {
  let bounded = review;
  for (let most = MAX_ITEMS; most > 0 && bytesOf(bounded) > MAX_REVIEW_BYTES / 2; most >>= 1)
    bounded = JSON.parse(JSON.stringify(review), (key, value: unknown) =>
      key === "first" && Array.isArray(value) ? value.slice(0, most) : value,
    ) as Review;
  return bounded;
}

/** Counts what escapes of control characters take too. */
const bytesOf = (review: Review): number => Buffer.byteLength(JSON.stringify(review, null, 2));

/**
 * Reads a review that somebody else may have written. Returns the reason if it is not one: its size, its JSON or its
 * form. The reason quotes nothing of the file.
 */
export function readReview(file: string): Review | string {
  const content = readAtMost(file, MAX_REVIEW_BYTES);
  if (content === undefined) return "there is no review";
  if (content.length > MAX_REVIEW_BYTES) return `the review is larger than ${MAX_REVIEW_BYTES} bytes`;
  try {
    const { success, data } = reviewSchema.safeParse(JSON.parse(content.toString("utf8")));
    return success ? data : "the review does not have the form that this version of Portcullis writes";
  } catch {
    return "the review is not JSON";
  }
}

/** Reads a file's beginning: at most one byte more than `most`. Undefined: the file cannot be read. */
function readAtMost(file: string, most: number): Buffer | undefined {
  let open: number | undefined;
  try {
    open = openSync(file, "r");
    const buffer = Buffer.alloc(most + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = readSync(open, buffer, length, buffer.length - length, null);
    return buffer.subarray(0, length);
  } catch {
    return undefined;
  } finally {
    if (open !== undefined) closeSync(open);
  }
}

/** Returns whether a review shows that nobody gains access. What it does not show counts as gained. */
export const gainsNothing = ({ access, trust }: Review): boolean =>
  typeof access !== "string" &&
  trust.total === 0 &&
  access.every((environment) => countGains(environment) === 0);

const GAINS: readonly SectionKind[] = ["gained", "added", "reinstated"];

/** Counts the entries of an environment that give access. */
export const countGains = ({ sections }: ReviewEnvironment): number =>
  sections.filter(({ kind }) => GAINS.includes(kind)).reduce((sum, { lines }) => sum + lines.total, 0);

/** Returns whether a review has nothing that a reviewer must know. */
export const isQuiet = ({ access, trust, errors, tests, plan }: Review): boolean =>
  access.length === 0 &&
  [trust, errors, tests?.failed, plan ?? undefined].every((list) => list === undefined || list.total === 0);
