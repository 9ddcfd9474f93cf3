import { AuthenticationError, InternalError } from "../../core/model/errors.ts";
import type { ShadowResult } from "../shadow/shadow.ts";
import type { Failure } from "./failure.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Writes one line of the log. */
export type Log = (line: string) => void;

/** Past Lambda's patched console, which would put its own words before the JSON. */
export const logToStdout: Log = (line) => {
  process.stdout.write(`${line}\n`);
};

/** JSON on one line. */
export const printLogLine = (fields: Fields): string => `{${membersOf(fields)}}`;

const membersOf = (fields: Fields): string => jsonOf(fields).slice(1, -1);

/** For every reader on one line: some take U+0085, U+2028 and U+2029 for line ends too. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** How a decision went. */
export interface LogMetadata {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly coldStart: boolean;
  readonly correlationId: string | undefined;
  readonly tokenCached: boolean | undefined;
  readonly permissionsCached: boolean | undefined;
  readonly stale: true | undefined;
  /** What the candidate would change; undefined where none is decided beside. */
  readonly shadow: ShadowResult | undefined;
  readonly durationMs: number;
}

/**
 * A decision's line: how it went, what is counted, what was decided. No member of the last stands in for one of
 * ours, though a claim that is passed on may have its name.
 */
export function decisionLine(how: LogMetadata, decision: Fields, counted?: Fields): string {
  const level = how.status === 500 ? "error" : "info";
  const known = written.get(decision);
  if ((known === undefined && takesOurs(decision)) || (counted && shareName(counted, decision)))
    return printLogLine({ ...decision, ...counted, level, message: MESSAGE, ...how });
  const rest = known ?? membersOf(decision);
  const members = counted === undefined ? rest : `${membersOf(counted)},${rest}`;
  return `{"level":"${level}","message":"${MESSAGE}"${circumstances(how)},${members}}`;
}

const MESSAGE = "decision";

const OURS: Readonly<Record<"level" | "message" | keyof LogMetadata, true>> = {
  level: true,
  message: true,
  status: true,
  requestId: true,
  coldStart: true,
  correlationId: true,
  tokenCached: true,
  permissionsCached: true,
  stale: true,
  shadow: true,
  durationMs: true,
};

const takesOurs = (decision: Fields): boolean => shareName(OURS, decision);

/** By a template: of a line that is written ahead for the rest, `JSON.stringify` would take most of the time. */
const circumstances = (how: LogMetadata): string =>
  `,"status":${how.status}${optional("requestId", how.requestId)},"coldStart":${how.coldStart}${optional(
    "correlationId",
    how.correlationId,
  )}${flag("tokenCached", how.tokenCached)}${flag("permissionsCached", how.permissionsCached)}${flag(
    "stale",
    how.stale,
  )}${optional("shadow", how.shadow)},"durationMs":${how.durationMs}`;

const flag = (name: string, value: boolean | undefined): string =>
  value === undefined ? "" : `,"${name}":${value}`;

const optional = (name: string, value: unknown): string =>
  value === undefined ? "" : `,"${name}":${jsonOf(value)}`;

const written = new WeakMap<Fields, string>();

/** Writes what was decided now, once for all lines that it will be in. */
export function writeAhead(decision: Fields): void {
  if (!takesOurs(decision)) written.set(decision, membersOf(decision));
}

function shareName(one: object, other: Fields): boolean {
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
    ...(error instanceof AuthenticationError && { issuer: error.issuer }),
  };
}

/** Our own messages name subject and expectation, never a value; a stranger's may hold anything. */
const isOurs = (error: unknown): error is AuthenticationError | InternalError =>
  error instanceof AuthenticationError || error instanceof InternalError;

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
