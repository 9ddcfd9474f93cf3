import { type ParseArgsConfig, parseArgs } from "node:util";
import {
  DEFAULT_LAYOUT_OPTIONS,
  ENCODED_PATHS,
  type LayoutOptions,
} from "../../core/policy-files/compile/build-layout.ts";
import { type CacheFlag, CachingError } from "../../core/policy-files/compile/compile.ts";
import { EXAMPLE_BASE } from "../../core/policy-files/simulate/simulator.ts";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";

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
  /** The API's own ARN up to its stage: only its length counts. */
  readonly "method-arn-base"?: string | undefined;
}

export function layoutOptions(values: LayoutFlags): LayoutOptions {
  const encodedPaths = ENCODED_PATHS.find((known) => known === values["encoded-paths"]);
  if (encodedPaths === undefined)
    throw new UsageError(
      `--encoded-paths: expected ${ENCODED_PATHS.join(" or ")}, found "${values["encoded-paths"]}"`,
    );
  const base = values["method-arn-base"];
  return {
    maxGroups: wholeNumber("max-groups", values["max-groups"], 1, 500),
    encodedPaths,
    baseLength: base === undefined ? DEFAULT_LAYOUT_OPTIONS.baseLength : methodArnBase(base).length,
  };
}

/** An ARN up to its stage. */
export function methodArnBase(text: string): string {
  if (!/^arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[A-Za-z0-9]+\/[A-Za-z0-9_$-]+$/.test(text))
    throw new UsageError(
      `--method-arn-base: expected an ARN up to the stage such as ${EXAMPLE_BASE}, found "${text}"`,
    );
  return text;
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

/** `NAME=VALUE`, of which the value may hold further `=`. @throws UsageError naming the flag */
export function nameAndValue(flag: string, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--${flag}: expected NAME=VALUE, found "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A port from its flag, else from `PORT` in the environment, else 3000; 0: any free one. */
export const portFlag = (flag: string | undefined): number =>
  wholeNumber("port", flag ?? process.env["PORT"] ?? "3000", 0, 65_535);

/** Runs a command: wrong use ends with status 2 and one line, anything else unforeseen with status 1. */
export async function runCommand(usage: string, command: () => Promise<number> | number): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (error instanceof CachingError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
      return;
    }
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    process.exitCode = 2;
  }
}
