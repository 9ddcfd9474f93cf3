import { AuthenticationError, InternalError } from "../../core/model/errors.ts";
import type { ShadowResult } from "../shadow/shadow.ts";
import type { Failure } from "./failure.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Writes one line of the log. */
export type Log = (line: string) => void;

/** Writes past the console that Lambda patches, which would put its own words before the JSON. */
export const logToStdout: Log = (line) => {
  process.stdout.write(`${line}\n`);
};

/** Prints fields as JSON on one line, for every reader: some take U+0085, U+2028 and U+2029 for line ends too. */
export const printLogLine = (fields: Fields): string =>
  JSON.stringify(fields).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** How a decision went: the fields of its log line that are the same for every decision. */
export interface LogMetadata {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly coldStart: boolean;
  readonly correlationId: string | undefined;
  readonly permissionsCached: boolean | undefined;
  readonly stale: true | undefined;
  /** What the candidate would change; undefined when there is no candidate. */
  readonly shadow: ShadowResult | undefined;
  readonly durationMs: number;
}

/**
 * Prints the log line of a decision: its metadata, what CloudWatch counts, and what was decided. A forwarded claim
 * with the name of a metadata field does not replace it.
 */
export function decisionLine(metadata: LogMetadata, decision: Fields, counted?: Fields): string {
  const head = { level: metadata.status === 500 ? "error" : "info", message: "decision", ...metadata };
  return printLogLine({ ...head, ...decision, ...counted, ...head });
}

/** Returns the log fields of a failure: never a token, never a claim that was not verified. */
export function failureFields({ outcome, code, error }: Failure): Fields {
  return {
    outcome,
    code,
    ...(isOurs(error)
      ? { detail: error.message, cause: errorName(error.cause) }
      : { cause: errorName(error), at: firstFrame(error) }),
    ...(error instanceof AuthenticationError && { issuer: error.issuer }),
  };
}

/** Only our own messages are logged: they never contain a value, and a foreign message may contain anything. */
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
