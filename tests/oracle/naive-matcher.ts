/** The part of a policy document that matters here. */
export interface NaiveDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Resource: string | readonly string[];
  }[];
}

/**
 * Evaluates a policy document as IAM does, as simply as possible: each pattern is a regular expression, an explicit
 * Deny wins, then an Allow, and without a match the request is denied. Conditions are not supported, because our
 * policies have none.
 */
export function naivelyAllows(document: NaiveDocument, arn: string): boolean {
  const matched = (effect: string): boolean =>
    document.Statement.some(
      ({ Effect, Resource }) =>
        Effect === effect && [Resource].flat().some((pattern) => naivelyMatches(pattern, arn)),
    );
  return !matched("Deny") && matched("Allow");
}

/** Matches as IAM's documentation defines it: `*` is any run of characters, `?` is one, nothing else is special. */
export function naivelyMatches(pattern: string, arn: string): boolean {
  const source = Array.from(pattern, (character) => {
    if (character === "*") return ".*";
    if (character === "?") return ".";
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return new RegExp(`^${source.join("")}$`, "su").test(arn);
}

/** Returns whether a document allows an ARN. */
export type Evaluate = (arn: string) => boolean;

/**
 * Prepares a document for millions of requests, with the same result as {@link naivelyAllows}. The common
 * start of all patterns is compared once. Each pattern is split at its stars, and its pieces are searched from
 * left to right.
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

/** Returns the common start of two strings, up to the first wildcard. */
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
