import { matchesRequest, type PatternPart, type RequestPart } from "./overlap.ts";

/** The most parts for which the states of a pattern fit into the bits of one number. */
const MAX_PARTS = 30;

/**
 * Returns a function that returns whether a pattern matches at least one request, as {@link matchesRequest} does, for a
 * pattern that is compared with many requests. Bit n of a state is set if n parts of the pattern can have matched
 * so far. The proof does not use it, so that a defect here cannot make a layout inexact.
 */
export function matcherOf(pattern: readonly PatternPart[]): (request: readonly RequestPart[]) => boolean {
  if (pattern.length > MAX_PARTS) return (request) => matchesRequest(pattern, request);
  const masks = readMasks(pattern);
  return (request) => matches(masks, request);
}

interface Masks {
  /** The positions of each literal, by its text. */
  readonly literals: ReadonlyMap<string, number>;
  readonly nonEmptyLiterals: number;
  readonly wildcards: number;
  /** The positions of wildcards that also match an empty segment. */
  readonly any: number;
  /** The states in which the pattern can end. */
  readonly ends: number;
}

function readMasks(pattern: readonly PatternPart[]): Masks {
  const literals = new Map<string, number>();
  let [nonEmptyLiterals, wildcards, any] = [0, 0, 0];
  for (const [at, part] of pattern.entries()) {
    const bit = 1 << at;
    if (part.kind === "literal") {
      literals.set(part.text, (literals.get(part.text) ?? 0) | bit);
      if (part.text !== "") nonEmptyLiterals |= bit;
    } else wildcards |= bit;
    if (part.kind === "any") any |= bit;
  }
  const last = pattern.at(-1);
  const trailing = last?.kind === "literal" && last.text === "" ? 1 << (pattern.length - 1) : 0;
  return { literals, nonEmptyLiterals, wildcards, any, ends: (1 << pattern.length) | trailing };
}

function matches(masks: Masks, request: readonly RequestPart[]): boolean {
  let closed = 1;
  let open = 0;
  for (const part of request) {
    const literal = part.kind === "literal" ? (masks.literals.get(part.text) ?? 0) : masks.nonEmptyLiterals;
    const wildcard = part.kind === "literal" && part.text === "" ? masks.any : masks.wildcards;
    const before = closed | open;
    closed = (before & literal) << 1;
    open |= (before & wildcard) << 1;
    // One or more segments: the states after each number of them.
    for (let grown = part.kind === "many"; grown; ) {
      const all = closed | open;
      const more = closed | ((all & literal) << 1);
      const moreOpen = open | ((all & wildcard) << 1);
      grown = more !== closed || moreOpen !== open;
      [closed, open] = [more, moreOpen];
    }
    if ((closed | open) === 0) return false;
  }
  return ((closed | open) & masks.ends) !== 0;
}
