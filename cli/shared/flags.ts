import { inspect, type ParseArgsConfig, parseArgs } from "node:util";
import {
  DEFAULT_LAYOUT_OPTIONS,
  ENCODED_PATHS,
  type LayoutOptions,
} from "../../core/policy-files/compile/build-layout.ts";
import { type CacheFlag, CachingError } from "../../core/policy-files/compile/compile.ts";
import { EXAMPLE_BASE } from "../../core/policy-files/simulate/simulator.ts";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { printError } from "./output.ts";

/** Wrong use of a command. The command prints the message and its usage, and exits with status 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The flags that most commands have. */
export const COMMON = {
  policies: { type: "string", default: "policies" },
  environment: { type: "string", default: "dev" },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies Options;

/** Parses a command's flags. @throws UsageError that names the flag, with a suggestion for an unknown one */
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

/** Rewrites `--expires-in -60` to `--expires-in=-60`, because parseArgs reads `-60` as a flag. */
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

/** The flags that decide how routes are divided among authorizers. */
export const LAYOUT_FLAGS = {
  cache: { type: "string", default: "auto" },
  "max-groups": { type: "string", default: String(DEFAULT_LAYOUT_OPTIONS.maxGroups) },
  "encoded-paths": { type: "string", default: DEFAULT_LAYOUT_OPTIONS.encodedPaths },
  "method-arn-base": { type: "string" },
} as const satisfies Options;

export interface LayoutFlags {
  readonly "max-groups": string;
  readonly "encoded-paths": string;
  /** The API's own ARN up to its stage. Only the length of the ARN matters. */
  readonly "method-arn-base"?: string | undefined;
}

export function layoutOptions(values: LayoutFlags): LayoutOptions {
  const base = values["method-arn-base"];
  return {
    maxGroups: wholeNumber("max-groups", values["max-groups"], 1, 500),
    encodedPaths: oneOf("encoded-paths", values["encoded-paths"], ENCODED_PATHS),
    baseLength: base === undefined ? DEFAULT_LAYOUT_OPTIONS.baseLength : methodArnBase(base).length,
  };
}

/** Returns the text if it is an ARN up to the stage. @throws UsageError */
export function methodArnBase(text: string): string {
  if (!/^arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[A-Za-z0-9]+\/[A-Za-z0-9_$-]+$/.test(text))
    throw new UsageError(
      `--method-arn-base: expected an ARN up to the stage such as ${EXAMPLE_BASE}, found "${text}"`,
    );
  return text;
}

/** Returns the text if it is one of the values of a flag. @throws UsageError that lists the values */
export function oneOf<const T extends string>(flag: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  const expected = [values.slice(0, -1).join(", "), ...values.slice(-1)].join(" or ");
  throw new UsageError(`--${flag}: expected ${expected}, found "${text}"`);
}

const CACHE_VALUES: readonly CacheFlag[] = ["auto", "token", "route", "off"];

export const cacheFlag = (text: string): CacheFlag => oneOf("cache", text, CACHE_VALUES);

/** Parses a whole number of a range. @throws UsageError that names the flag */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${flag}: expected a whole number from ${min} to ${max}, found "${text}"`);
  return value;
}

/** Splits `NAME=VALUE` at the first `=`. @throws UsageError that names the flag */
export function nameAndValue(flag: string, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--${flag}: expected NAME=VALUE, found "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Reads the port from its flag, else from the environment variable `PORT`, else 3000. 0 means any free port. */
export const portFlag = (flag: string | undefined): number =>
  wholeNumber("port", flag ?? process.env["PORT"] ?? "3000", 0, 65_535);

/**
 * Runs a command and sets the exit status of the process. A usage error prints its message and the usage, and
 * exits with status 2. An unexpected error is printed with its stack, like everything else without control characters.
 */
export async function runCommand(usage: string, command: () => Promise<number> | number): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (error instanceof CachingError) {
      process.exitCode = printError(error.message);
      return;
    }
    if (!(error instanceof UsageError)) {
      process.exitCode = printError(inspect(error));
      return;
    }
    process.exitCode = printError(`${error.message}\n\n${usage}`, 2);
  }
}
