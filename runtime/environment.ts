import { InternalError } from "../core/model/errors.ts";

/** A process's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the configuration, each problem with its variable's name and no value. */
export class ConfigurationError extends InternalError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("configuration_invalid", `The configuration is invalid: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/** Reads variables and collects what is wrong; whatever it returns counts only if nothing was. */
export type EnvironmentReader = ReturnType<typeof environmentReader>;

export function environmentReader(env: Environment) {
  const problems: string[] = [];
  const report = (variable: string, problem: string): void => {
    problems.push(`${variable} ${problem}`);
  };
  const optional = (variable: string): string | undefined =>
    env[variable] === "" ? undefined : env[variable];
  const text = (variable: string): string => {
    const found = optional(variable);
    if (found === undefined) report(variable, "is missing");
    return found ?? "";
  };
  const shaped = (variable: string, shape: RegExp, expected: string): string => {
    const found = text(variable);
    if (found !== "" && !shape.test(found)) report(variable, `must be ${expected}`);
    return found;
  };
  const oneOf = <T extends string>(variable: string, values: readonly [T, ...T[]], otherwise?: T): T => {
    const written = optional(variable) ?? otherwise;
    const found = values.find((value) => value === written);
    if (found === undefined) report(variable, `must be one of ${values.join(", ")}`);
    return found ?? values[0];
  };
  const seconds = (variable: string, limits: { default: number; max: number }): number => {
    const found = optional(variable) ?? String(limits.default);
    const valid = /^\d{1,9}$/.test(found) && Number(found) <= limits.max;
    if (!valid) report(variable, `must be a whole number of seconds from 0 to ${limits.max}`);
    return Number(found);
  };
  return { report, optional, text, shaped, oneOf, seconds, problems: problems as readonly string[] };
}
