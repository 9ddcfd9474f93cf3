/** Prints text, or lines of text, to standard output. Returns the exit status. */
export function print(text: string | readonly string[], status = 0): number {
  process.stdout.write(`${typeof text === "string" ? text : text.join("\n")}\n`);
  return status;
}

/** Prints a value as indented JSON to standard output. Returns the exit status. */
export const printJson = (value: unknown, status = 0): number =>
  print(JSON.stringify(value, null, 2), status);

/** Prints a message to standard error. Returns the exit status, by default 1. */
export function printError(message: string, status = 1): number {
  process.stderr.write(`${message}\n`);
  return status;
}

/** `1 tenant`, `2 tenants`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
