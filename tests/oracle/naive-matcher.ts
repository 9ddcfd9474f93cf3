/** A policy document, as far as it is looked at here. */
export interface NaiveDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Resource: string | readonly string[];
  }[];
}

/** IAM's matching as its documentation words it: `*` any run of characters, `?` one, nothing else special. */
export function matchesByRecursion(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  const known = new Map<number, boolean>();
  const from = (p: number, t: number): boolean => {
    const key = p * (given.length + 1) + t;
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = step(p, t);
    known.set(key, result);
    return result;
  };
  const step = (p: number, t: number): boolean => {
    if (p === wanted.length) return t === given.length;
    if (wanted[p] === "*") return from(p + 1, t) || (t < given.length && from(p, t + 1));
    return t < given.length && (wanted[p] === "?" || wanted[p] === given[t]) && from(p + 1, t + 1);
  };
  return from(0, 0);
}

/** An explicit Deny wins, then an Allow; silence refuses. */
export function allowsByRecursion(document: NaiveDocument, arn: string): boolean {
  const matched = (effect: string): boolean =>
    document.Statement.some(
      ({ Effect, Resource }) =>
        Effect === effect && [Resource].flat().some((pattern) => matchesByRecursion(pattern, arn)),
    );
  return !matched("Deny") && matched("Allow");
}

/** Decides whether a document allows an ARN. */
export type Evaluate = (arn: string) => boolean;

/**
 * The same again, prepared for millions of requests: what all patterns begin with is compared once, a pattern
 * is cut at its stars, and each piece is looked for from left to right.
 */
export function prepare(document: NaiveDocument): Evaluate {
  const all = document.Statement.flatMap(({ Resource }) => [Resource].flat());
  const start = all.reduce(commonStart, all[0] ?? "");
  const patternsOf = (effect: string): string[][] =>
    document.Statement.filter(({ Effect }) => Effect === effect).flatMap(({ Resource }) =>
      [Resource].flat().map((pattern) => pattern.slice(start.length).split("*")),
    );
  const denied = patternsOf("Deny");
  const allowed = patternsOf("Allow");
  return (arn) => {
    if (!arn.startsWith(start)) return false;
    const rest = arn.slice(start.length);
    return (
      allowed.some((pieces) => matchesPieces(pieces, rest)) &&
      !denied.some((pieces) => matchesPieces(pieces, rest))
    );
  };
}

/** Without wildcards, which have to stay in the patterns. */
function commonStart(start: string, text: string): string {
  let length = 0;
  while (length < start.length && start[length] === text[length] && !/[*?]/.test(start[length] ?? ""))
    length++;
  return start.slice(0, length);
}

function matchesPieces(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return text.length === first.length && pieceAt(first, text, 0);
  if (!pieceAt(first, text, 0)) return false;
  const last = pieces[pieces.length - 1] ?? "";
  const end = text.length - last.length;
  let at = first.length;
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index] ?? "";
    while (!pieceAt(piece, text, at)) if (++at > end) return false;
    at += piece.length;
  }
  return at <= end && pieceAt(last, text, end);
}

function pieceAt(piece: string, text: string, at: number): boolean {
  if (!piece.includes("?")) return text.startsWith(piece, at);
  if (at + piece.length > text.length) return false;
  for (let index = 0; index < piece.length; index++)
    if (piece[index] !== "?" && piece[index] !== text[at + index]) return false;
  return true;
}
