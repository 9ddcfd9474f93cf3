import { type ParseArgsConfig, parseArgs } from "node:util";
import type { CacheFlag } from "../../core/files/compile.ts";
import { suggestion } from "../../core/files/near-miss.ts";

/** Wrong use of a command: its message is for the terminal, its exit status 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The flags that are the same on every command. */
export const COMMON = {
  policies: { type: "string", default: "policies" },
  environment: { type: "string", default: "dev" },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies Options;

/** Parses a command's flags. @throws UsageError naming the flag, with the near miss */
export function readFlags<const T extends Options>(args: readonly string[], options: T, positionals = false) {
  try {
    return parseArgs({
      args: joinNegativeNumbers(args),
      options,
      allowPositionals: positionals,
      strict: true,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /Unknown option '--?([^']+)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError((message.split(". ")[0] ?? message).split("\n")[0]);
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(`unknown flag --${unknown}${suggestion(`--${unknown}`, flags)}`);
  }
}

/** `--expires-in -60`: parseArgs takes what starts with a dash for a flag. */
function joinNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const previous = joined.at(-1);
    if (previous !== undefined && /^--[a-z-]+$/.test(previous) && /^-\d+$/.test(arg))
      joined[joined.length - 1] = `${previous}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

const CACHE_FLAGS: readonly CacheFlag[] = ["auto", "token", "route", "off"];

export function cacheFlag(text: string): CacheFlag {
  const found = CACHE_FLAGS.find((flag) => flag === text);
  if (found === undefined)
    throw new UsageError(`--cache: expected ${CACHE_FLAGS.join(", ")}, found "${text}"`);
  return found;
}

export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${flag}: expected a whole number from ${min} to ${max}, found "${text}"`);
  return value;
}

/** A port from its flag, else from `PORT` in the environment, else 3000; 0: any free one. */
export const portFlag = (flag: string | undefined): number =>
  wholeNumber("port", flag ?? process.env["PORT"] ?? "3000", 0, 65_535);

/** Runs a command: wrong use ends with status 2 and one line, anything else unforeseen with status 1. */
export async function runCommand(usage: string, command: () => Promise<number> | number): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    process.exitCode = 2;
  }
}
