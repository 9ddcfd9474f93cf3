import type { ParseArgsConfig } from "node:util";
import { type Flags, type FlagValues, HELP, readFlags } from "./flags.ts";
import { type CommandHelp, helpText, usageText } from "./help.ts";
import { print } from "./output.ts";

/** A verb of `portcullis`, as its file declares it. */
export interface CommandDefinition<T extends Flags> extends CommandHelp {
  /** Without `--help`, which every verb has. */
  readonly flags: T;
  /** Whether the command takes more than flags. */
  readonly positionals?: boolean;
  /** Returns the exit status. @throws UsageError for wrong use, which ends with status 2 */
  run(values: FlagValues<T>, positionals: readonly string[]): Promise<number> | number;
}

/** A verb of `portcullis`. */
export interface Command extends CommandHelp {
  /** Printed after the message of a usage error. */
  readonly usage: string;
  /** Printed for `--help`. */
  readonly help: string;
  /** Parses the flags and runs the verb. Returns the exit status. @throws UsageError for wrong use */
  run(args: readonly string[]): Promise<number> | number;
}

/** Creates a verb: its usage and its help are made from the same flags that are parsed. */
export function defineCommand<const T extends Flags>(definition: CommandDefinition<T>): Command {
  const help = helpText(definition);
  const options = parseOptions(definition.flags);
  return {
    ...definition,
    usage: usageText(definition),
    help,
    run(args) {
      const { values, positionals } = readFlags(args, options, definition.positionals);
      if (values["help"] === true) return print(help);
      return definition.run(values as unknown as FlagValues<T>, positionals);
    },
  };
}

/** Adds `--help`. A switch is off by default. */
function parseOptions(flags: Flags): NonNullable<ParseArgsConfig["options"]> {
  const switches = Object.entries(flags).map(([name, flag]) => [
    name,
    flag.type === "boolean" ? { ...flag, default: false } : flag,
  ]);
  return { ...Object.fromEntries(switches), help: HELP };
}
