import { distance } from "fastest-levenshtein";

/** Returns the known name nearest to `name`: at most a third of its letters differ, and case does not count. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { name: string; far: number } | undefined;
  for (const candidate of known) {
    const far = difference(name.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (far <= limit && (best === undefined || far < best.far)) best = { name: candidate, far };
  }
  return best?.name;
}

/** Returns the number of letters to change. Two swapped neighbours count as one change, except in short names. */
function difference(a: string, b: string): number {
  return a.length > 3 && isSwapped(a, b) ? 1 : distance(a, b);
}

function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a.slice(0, at) + (a[at + 1] ?? "") + (a[at] ?? "") + a.slice(at + 2) === b;
}

/**
 * Returns `; did you mean "x"?`, or `; expected a, b or c` if no name is near and at most 12 are known, or "".
 */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return names.length === 0 || names.length > 12 ? "" : `; expected ${joinWithOr([...names].sort())}`;
}

/** Returns `a`, `a or b`, or `a, b or c`. */
export const joinWithOr = (names: readonly string[]): string =>
  [names.slice(0, -1).join(", "), names.at(-1) ?? ""].filter((part) => part !== "").join(" or ");
