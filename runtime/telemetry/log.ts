import { AuthenticationError, InternalError } from "../../core/model/errors.ts";
import type { ShadowResult } from "../shadow/shadow.ts";
import type { Failure } from "./failure.ts";

/** The fields of a log line, or a part of them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes one log line, without a line break at its end. */
export type Log = (line: string) => void;

/** Writes a log line to stdout. Not to the console: Lambda patches it to print a prefix before the JSON. */
export const logToStdout: Log = (line) => {
  process.stdout.write(`${line}\n`);
};

/**
 * Formats fields as JSON on one line. Escapes U+007F to U+009F, U+2028 and U+2029 too, because some readers treat
 * U+0085, U+2028 and U+2029 as line ends.
 *
 * @example
 * import { printLogLine } from "./log.ts";
 *
 * printLogLine({ level: "info", userId: "a\nb" }); // => "{\"level\":\"info\",\"userId\":\"a\\nb\"}"
 */
export const printLogLine = (fields: Fields): string =>
  JSON.stringify(fields).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** How a decision went: the fields that every decision's log line has. */
export interface LogMetadata {
  /** The HTTP status that the decision results in: 200, 401, 403 or 500. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** Whether it was the first request of this execution environment. */
  readonly coldStart: boolean;
  /** The client's `X-Correlation-Id`; undefined when it sent none, or one of another shape. */
  readonly correlationId: string | undefined;
  /** Whether all permissions came from the cache; undefined when the decision did not reach them. */
  readonly permissionsCached: boolean | undefined;
  /** Whether permissions or keys were older than they should be, because the table or the issuer was unreachable. */
  readonly stale: true | undefined;
  /** What the candidate would change; undefined when there is no candidate. */
  readonly shadow: ShadowResult | undefined;
  readonly durationMs: number;
}

/**
 * Formats the log line of a decision: its metadata, what was decided, and the fields that CloudWatch counts. A
 * forwarded claim with the name of a metadata field does not replace that field.
 */
export function decisionLine(metadata: LogMetadata, decision: Fields, counted?: Fields): string {
  const level = metadata.status === 500 ? "error" : "info";
  // Not by spreading, which takes several times as long as writing the line.
  const head = Object.assign({ level, message: "decision" }, metadata);
  // Without a prototype, so that a member `__proto__` is a member like others.
  const line: Fields = Object.create(null);
  return printLogLine(Object.assign(line, head, decision, counted, head));
}

/** Returns the log fields of a failure. They never contain a token or an unverified claim. */
export function failureFields({ outcome, code, error }: Failure): Fields {
  return {
    outcome,
    code,
    ...(isOurs(error)
      ? { detail: error.message, cause: errorName(error.cause) }
      : { cause: errorName(error), at: firstFrame(error) }),
    ...(error instanceof AuthenticationError && {
      issuer: error.issuer,
      claim: error.claim,
      found: error.found,
    }),
  };
}

/** Only our own messages are logged: they never contain a value, but a foreign message may contain anything. */
const isOurs = (error: unknown): error is AuthenticationError | InternalError =>
  error instanceof AuthenticationError || error instanceof InternalError;

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

function errorName(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const names = ["code" in error ? error.code : undefined, error.name];
  return names.find((name): name is string => typeof name === "string" && NAME.test(name));
}

/** Returns the first frame of a stack, which contains names and positions only. */
function firstFrame(error: unknown): string | undefined {
  return error instanceof Error ? /^ {4}at (.+)$/m.exec(error.stack ?? "")?.[1] : undefined;
}
