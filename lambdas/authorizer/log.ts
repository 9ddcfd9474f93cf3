import { UnauthorizedError, UnavailableError } from "../../core/errors.ts";
import type { FrontAnswer } from "./edge.ts";
import { type Failure, isFailure } from "./respond.ts";

/** Writes one line of the log. */
export type Log = (line: Readonly<Record<string, unknown>>) => void;

/** Past Lambda's patched console, which would put its own words before the JSON. */
export const logToStdout: Log = (line) => {
  process.stdout.write(`${toLine(line)}\n`);
};

/** JSON on one line for every reader: some take U+0085, U+2028 and U+2029 for line ends too. */
export function toLine(line: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(line).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What was decided, without the circumstances. Neither a token nor a claim that was not verified. */
export function decisionFields(result: FrontAnswer | Failure): Readonly<Record<string, unknown>> {
  return isFailure(result) ? failureFields(result) : answerFields(result);
}

function answerFields({ log }: FrontAnswer): Readonly<Record<string, unknown>> {
  const fixed = {
    level: "info",
    message: "decision",
    outcome: log["outcome"],
    status: log["outcome"] === "allow" ? 200 : 403,
  };
  return merged(fixed, log, fixed);
}

/** Not by spreads: on Node 20 a copy that is then added to takes 10 µs. */
export const merged = (...parts: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> =>
  Object.assign({}, ...parts);

function failureFields({ outcome, status, code, error }: Failure): Record<string, unknown> {
  return {
    level: status === 500 ? "error" : "info",
    message: "decision",
    outcome,
    status,
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
