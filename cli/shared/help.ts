import type { Flag, Flags } from "./flags.ts";

/** What the help says about a verb. */
export interface CommandHelp {
  /** As in the verb table. */
  readonly name: string;
  /** The forms of the command after its name, such as `undo --tenant T`; each is a line of the usage. */
  readonly forms?: readonly string[];
  /** What the command does, in sentences. */
  readonly about: string;
  readonly flags: Flags;
  /** Complete commands after `npx portcullis`. */
  readonly examples: readonly string[];
  /** The meaning of the exit statuses 0 and 1. Status 2 is the same for all verbs. */
  readonly statuses: readonly [done: string, failed?: string];
}

/** The widest line of a help. */
const WIDTH = 110;

/** The meaning of exit status 2, for every verb. */
export const WRONG_USE = "wrong use, or files that are missing or have errors";

/** Returns the forms of a command with all its flags, and where the help is. */
export const usageText = (command: CommandHelp): string =>
  [`Usage: ${synopsis(command)}`, `Help:  npx portcullis ${command.name} --help`].join("\n");

/** Returns the whole help of a command. */
export const helpText = (command: CommandHelp): string =>
  [
    synopsis(command),
    command.about,
    `Flags:\n${flagLines(command.flags).join("\n")}`,
    `Examples:\n${command.examples.map((example) => `  npx portcullis ${example}`).join("\n")}`,
    `Exit status:\n${statusLines(command.statuses).join("\n")}`,
  ].join("\n\n");

function synopsis({ name, forms = [""], flags }: CommandHelp): string {
  const own = forms.map((form) => `npx portcullis ${name} ${form}`.trim());
  const named = new Set(forms.join(" ").match(/--[a-z-]+/g));
  const rest = Object.entries(flags)
    .filter(([flag]) => !named.has(`--${flag}`))
    .map(([flag, details]) => `[--${flag}${valueName(details)}${details.multiple ? " …" : ""}]`);
  const flagged = [...rest, "[--help]"];
  return forms.length === 1
    ? wrap([...own, ...flagged]).join("\n")
    : [...own, ...wrap(["", ...flagged])].join("\n");
}

/** Breaks lines between words, and indents all but the first. */
function wrap(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(word);
    else if (line !== "" && line.length + word.length + 1 <= WIDTH)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines.filter((line) => line !== "");
}

/** Returns what stands after a flag: the name of its value, or the legal values. */
function valueName({ type, value, values }: Flag): string {
  if (type === "boolean") return "";
  return ` ${values?.join("|") ?? value ?? "VALUE"}`;
}

function flagLines(flags: Flags): string[] {
  const described = Object.entries(flags).flatMap(([name, flag]) => [
    `  --${name}${valueName(flag)}${flag.multiple ? " …" : ""}`,
    ...flag.about.split("\n").map((line) => `      ${line}`),
    `      Default: ${defaultOf(flag)}. Example: ${exampleOf(name, flag)}`,
  ]);
  return [...described, "  --help, -h", "      Prints this help."];
}

/** Returns the default of a flag as a reader sees it. */
export function defaultOf({ type, default: value, otherwise }: Flag): string {
  if (type === "boolean") return "off";
  return typeof value === "string" ? value : (otherwise ?? "none");
}

/** Returns a flag as a user would write it. */
export const exampleOf = (name: string, { type, example, values }: Flag): string =>
  type === "boolean" ? `--${name}` : `--${name} ${example ?? values?.at(-1) ?? ""}`;

const statusLines = ([done, failed]: CommandHelp["statuses"]): string[] => [
  `  0  ${done}`,
  ...(failed === undefined ? [] : [`  1  ${failed}`]),
  `  2  ${WRONG_USE}`,
];
