import { debuglog, inspect, type ParseArgsConfig, parseArgs } from "node:util";
import { CachingError } from "../../core/policy-files/compile/api-types.ts";
import { joinWithOr, nearest, suggestion } from "../../core/policy-files/source/suggestion.ts";
import { printError } from "./output.ts";

/** Wrong use of a command. The command prints the message and its usage, and exits with status 2. */
export class UsageError extends Error {}

/** A file that the user named has errors. Each is a line of the message, and the usage is not printed. */
export class FileError extends UsageError {}

/** A flag: what `parseArgs` reads, and what the help prints. */
export interface Flag {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  readonly short?: string;
  readonly default?: string | boolean | readonly string[];
  /** What the flag does, in sentences; absent for the scripts of the repository, which have no help for each flag. */
  readonly about: string;
  /** The name of the value in the help, such as `DIR`. */
  readonly value?: string;
  /** The only legal values. */
  readonly values?: readonly string[];
  /** What applies without the flag if that is not a constant. */
  readonly otherwise?: string;
  /** A value as a user would write it. */
  readonly example?: string;
}

export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F> = F extends { readonly type: "boolean" }
  ? boolean
  : F extends { readonly values: readonly (infer V extends string)[] }
    ? V
    : string;

/** The values of flags after they were parsed. A flag without default may be undefined. */
export type FlagValues<T> = {
  readonly [K in keyof T]: T[K] extends { readonly type: "boolean" }
    ? boolean
    : T[K] extends { readonly default: string }
      ? FlagValue<T[K]>
      : T[K] extends { readonly default: readonly string[] }
        ? readonly string[]
        : T[K] extends { readonly multiple: true }
          ? readonly string[] | undefined
          : FlagValue<T[K]> | undefined;
};

/** Every verb has it. */
export const HELP = { type: "boolean", short: "h", default: false } as const;

/** The flags that most verbs have. */
export const COMMON = {
  policies: {
    type: "string",
    default: "policies",
    value: "DIR",
    about: "The policy folder.",
    example: "services/api/policies",
  },
  environment: {
    type: "string",
    default: "dev",
    value: "NAME",
    about: "The environment whose tenants apply, in addition to those of all environments.",
    example: "prod",
  },
} as const satisfies Flags;

/** The flags that describe a caller. */
export const CALLER_FLAGS = {
  tenant: { type: "string", value: "T", about: "The tenant's id.", example: "acme" },
  role: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "R",
    about: "A role of the caller.",
    example: "editor",
  },
  subject: { type: "string", value: "S", about: "The subject of the caller's token.", example: "ann" },
  scope: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "S",
    about: "A scope of the caller's token.",
    example: "docs:write",
  },
  claim: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "NAME=VALUE",
    about: "A claim of the caller's token that the issuer forwards.",
    example: "department=sales",
  },
} as const satisfies Flags;

/** Output for a person, or for a script. */
export const FORMAT = {
  format: {
    type: "string",
    default: "text",
    values: ["text", "json"],
    about: "The form of the output.",
  },
} as const satisfies Flags;

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Parses a command's flags. @throws UsageError that names the flag, with a suggestion for an unknown one */
export function readFlags<const T extends Options>(args: readonly string[], options: T, positionals = false) {
  const parsed = parseFlags(args, options, positionals);
  for (const [name, { values }] of Object.entries(options as Readonly<Record<string, Partial<Flag>>>)) {
    const value = (parsed.values as Readonly<Record<string, unknown>>)[name];
    if (values !== undefined && typeof value === "string") oneOf(name, value, values);
  }
  return parsed;
}

function parseFlags<const T extends Options>(args: readonly string[], options: T, positionals: boolean) {
  try {
    return parseArgs({
      args: joinNegativeNumbers(args),
      options,
      allowPositionals: positionals,
      strict: true,
    });
  } catch (error) {
    throw new UsageError(explainParseError(error as NodeJS.ErrnoException, args, Object.keys(options)));
  }
}

function explainParseError(
  { code, message }: NodeJS.ErrnoException,
  args: readonly string[],
  names: readonly string[],
): string {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? "";
  const flag = /--[^\s']+/.exec(quoted)?.[0] ?? quoted;
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    // parseArgs reads `-table` as the flags -t, -a, … and names the first one.
    const unknown = args.find((arg) => quoted.length === 2 && arg.startsWith(quoted)) ?? quoted;
    return `unknown flag ${unknown}${suggestion(
      unknown,
      names.map((name) => `--${name}`),
    )}`;
  }
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL")
    return `unexpected argument "${quoted}": this command takes flags only`;
  if (/does not take an argument/.test(message)) return `${flag} takes no value`;
  if (/ambiguous/.test(message))
    return `${flag} has no value; a value that begins with a dash is written after "=", such as ${flag}=-x`;
  return /argument missing/.test(message) ? `${flag} has no value` : (message.split("\n")[0] ?? message);
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

/** Returns the text if it is one of the values of a flag. @throws UsageError that lists the values */
export function oneOf<const T extends string>(flag: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  const near = nearest(text, values);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new UsageError(`--${flag}: expected ${joinWithOr(values)}, found "${text}"${hint}`);
}

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

/** The port of the local stack. */
export const PORT_FLAG = {
  type: "string",
  value: "PORT",
  otherwise: "PORT from the environment, or 3000",
  about: "The port of the local stack.",
  example: "8080",
} as const satisfies Flag;

/** Reads the port from its flag, else from the environment variable `PORT`, else 3000. 0 means any free port. */
export const portFlag = (flag: string | undefined): number =>
  wholeNumber("port", flag ?? process.env["PORT"] ?? "3000", 0, 65_535);

/**
 * Rejects flags that a form of a command does not use, because ignoring one would do something else than was meant.
 *
 * @throws UsageError that names the flags that are given
 */
export function rejectFlags<T extends object>(
  form: string,
  values: T,
  names: readonly (keyof T & string)[],
): void {
  const given = names.filter((name) => {
    const value = values[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given.length > 0)
    throw new UsageError(
      `${form} does not use ${given.map((name) => `--${name}`).join(", ")}: leave it out, or see --help`,
    );
}

const debug = debuglog("portcullis");

/**
 * Runs a command and sets the exit status of the process. A usage error prints its message and the usage, and
 * exits with status 2. Any other error prints its message and exits with status 1; its stack is for NODE_DEBUG.
 */
export async function runCommand(usage: string, command: () => Promise<number> | number): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    debug("%s", inspect(error));
    const fault = error instanceof UsageError ? error.message : explainFileFault(error);
    process.exitCode =
      fault === undefined
        ? printError(describeFailure(error))
        : printError(error instanceof FileError ? fault : `${fault}\n\n${usage}`, 2);
  }
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder, but a file is needed",
  ENOTDIR: "a part of the path is a file, but a folder is needed",
  EEXIST: "it exists already: name another",
  EACCES: "the permission is missing",
  EPERM: "the permission is missing",
  EROFS: "the file system cannot be written",
  ELOOP: "its symbolic links have no end",
  ENAMETOOLONG: "the name is too long",
};

/** Returns the message for a file that the user named and that cannot be used, or undefined for any other error. */
function explainFileFault(error: unknown): string | undefined {
  const { code = "", path, syscall = "" } = error as NodeJS.ErrnoException;
  const fault = FILE_FAULTS[code];
  if (fault === undefined || syscall.startsWith("spawn")) return undefined;
  // Node does not say of which path a read failed, because it has only the number of the open file.
  return `${path ?? "a file that the command names"}: ${fault}`;
}

/** Returns one line for an error, with the cause that explains it, and without its stack. */
function describeFailure(error: unknown): string {
  if (error instanceof CachingError) return error.message;
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const because = cause instanceof Error && !message.includes(cause.message) ? `: ${cause.message}` : "";
  return `${message}${because}\nThis was not expected. NODE_DEBUG=portcullis prints where it happened`;
}
