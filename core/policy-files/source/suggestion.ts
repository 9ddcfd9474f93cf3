import { distance } from "fastest-levenshtein";

/** The name that was probably meant: the nearest within a third of its length, or one that differs in case alone. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { name: string; far: number } | undefined;
  for (const candidate of known) {
    const far = difference(name.toLowerCase(), candidate.toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (far <= limit && (best === undefined || far < best.far)) best = { name: candidate, far };
  }
  return best?.name;
}

/** Letters to change; two neighbours that changed places are one slip, but in short names they may be meant. */
function difference(a: string, b: string): number {
  return a.length > 3 && isSwapped(a, b) ? 1 : distance(a, b);
}

function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a.slice(0, at) + (a[at + 1] ?? "") + (a[at] ?? "") + a.slice(at + 2) === b;
}

/** `; did you mean "x"?`, or what there is to choose from, or nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `; did you mean "${near}"?`;
  if (names.length === 0) return "";
  return names.length <= 12 ? `; there is ${[...names].sort().join(", ")}` : "";
}
