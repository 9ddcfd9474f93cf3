import { eraseProgress } from "./progress.ts";

/** Control, format (bidi included) and separator characters, and lone surrogates; tabs and newlines are layout. */
const UNSAFE = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const escapeUnits = (text: string): string =>
  text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * Writes text to a terminal, a pipe or a file. A character that could change the terminal's state or the order of what
 * is shown is written as a JSON escape, such as `\u001b`: JSON stays JSON with the same value.
 */
export const write = (stream: NodeJS.WriteStream, text: string): void => {
  eraseProgress();
  stream.write(text.replace(UNSAFE, escapeUnits));
};

/** Escapes what {@link print} escapes, and newlines too: for values that must not imitate a line of their own. */
export const oneLine = (value: string): string => value.replace(CONTROL, escapeUnits);

/** Prints text, or lines of text, to standard output. Returns the exit status. */
export function print(text: string | readonly string[], status = 0): number {
  write(process.stdout, `${typeof text === "string" ? text : text.join("\n")}\n`);
  return status;
}

/** Prints a value as indented JSON to standard output. Returns the exit status. */
export const printJson = (value: unknown, status = 0): number =>
  print(JSON.stringify(value, null, 2), status);

/** Prints a message to standard error. Returns the exit status, by default 1. */
export function printError(message: string, status = 1): number {
  write(process.stderr, `${message}\n`);
  return status;
}
