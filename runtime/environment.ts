import { InternalError } from "../core/model/errors.ts";

/** A process's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** All problems of a configuration. Each names its variable, and none contains a value. */
export class ConfigurationError extends InternalError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("configuration_invalid", `The configuration is invalid: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/** Reads variables and collects problems. What it returns counts only if there are no problems. */
export type EnvironmentReader = ReturnType<typeof environmentReader>;

/**
 * Creates a reader of environment variables. An empty variable counts as absent.
 *
 * @example
 * import { environmentReader } from "./environment.ts";
 *
 * const read = environmentReader({ TTL_SECONDS: "-1" });
 * read.required("TABLE_NAME"); // => ""
 * read.seconds("TTL_SECONDS", { default: 30, max: 60 });
 * read.problems[0]; // => "TABLE_NAME is missing"
 * read.problems[1]; // => "TTL_SECONDS must be a whole number of seconds from 0 to 60"
 */
export function environmentReader(env: Environment) {
  const problems: string[] = [];
  const report = (variable: string, problem: string): void => {
    problems.push(`${variable} ${problem}`);
  };
  const optional = (variable: string): string | undefined =>
    env[variable] === "" ? undefined : env[variable];
  const required = (variable: string): string => {
    const value = optional(variable);
    if (value === undefined) report(variable, "is missing");
    return value ?? "";
  };
  const matching = (variable: string, pattern: RegExp, expected: string): string => {
    const value = required(variable);
    if (value !== "" && !pattern.test(value)) report(variable, `must be ${expected}`);
    return value;
  };
  const oneOf = <T extends string>(variable: string, values: readonly [T, ...T[]], otherwise?: T): T => {
    const value = optional(variable) ?? otherwise;
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) report(variable, `must be one of ${values.join(", ")}`);
    return found ?? values[0];
  };
  const seconds = (variable: string, limits: { default: number; max: number }): number => {
    const value = optional(variable) ?? String(limits.default);
    const valid = /^\d{1,9}$/.test(value) && Number(value) <= limits.max;
    if (!valid) report(variable, `must be a whole number of seconds from 0 to ${limits.max}`);
    return Number(value);
  };
  return { report, optional, required, matching, oneOf, seconds, problems: problems as readonly string[] };
}
