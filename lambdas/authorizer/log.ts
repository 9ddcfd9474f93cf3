import { UnauthorizedError, UnavailableError } from "../../core/errors.ts";
import type { Failure } from "./respond.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Writes one line of the log: the members of all parts, of two with one name the earlier part's. */
export type Log = (...parts: readonly Fields[]) => void;

/** Past Lambda's patched console, which would put its own words before the JSON. */
export const logToStdout: Log = (...parts) => {
  process.stdout.write(`${toLine(...parts)}\n`);
};

/**
 * JSON on one line. Not of one object made of the parts: V8 makes a dictionary of one that grows so much, for 3 µs
 * a line.
 */
export function toLine(...parts: readonly Fields[]): string {
  let text = "";
  for (const [at, part] of parts.entries()) {
    if (parts.some((later, i) => i > at && shareName(part, later)))
      return `{${membersOf(Object.assign({}, ...[...parts].reverse()))}}`;
    const members = written.get(part) ?? membersOf(part);
    if (members !== "") text += text === "" ? members : `,${members}`;
  }
  return `{${text}}`;
}

/** For every reader on one line: some take U+0085, U+2028 and U+2029 for line ends too. */
const membersOf = (part: Fields): string =>
  JSON.stringify(part)
    .slice(1, -1)
    .replace(
      /[\u007f-\u009f\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );

const written = new WeakMap<Fields, string>();

/** Writes a part now, once for all lines that it will be in. */
export function writeAhead(part: Fields): void {
  written.set(part, membersOf(part));
}

function shareName(one: Fields, other: Fields): boolean {
  for (const name in one) if (Object.hasOwn(other, name)) return true;
  return false;
}

/** What is known of a decision that there is not. Neither a token nor a claim that was not verified. */
export function failureFields({ outcome, code, error }: Failure): Fields {
  return {
    outcome,
    code,
    ...(isOurs(error)
      ? { detail: error.message, cause: nameOf(error.cause) }
      : { cause: nameOf(error), at: placeOf(error) }),
    ...(error instanceof UnauthorizedError && { issuer: error.issuer }),
  };
}

/** Our own messages name subject and expectation, never a value; a stranger's may hold anything. */
const isOurs = (error: unknown): error is UnauthorizedError | UnavailableError =>
  error instanceof UnauthorizedError || error instanceof UnavailableError;

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

function nameOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const names = ["code" in error ? error.code : undefined, error.name];
  return names.find((name): name is string => typeof name === "string" && NAME.test(name));
}

/** Where a bug struck: the stack's first frame, which holds names and positions only. */
function placeOf(error: unknown): string | undefined {
  return error instanceof Error ? /^ {4}at (.+)$/m.exec(error.stack ?? "")?.[1] : undefined;
}
