import type { RuleId } from "../rules/rules.ts";

/** A position in a file; lines and columns are counted from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An error or a warning in a policy file. The message names the subject, the expectation and the next step. */
export interface Problem extends Position {
  readonly severity: "error" | "warning";
  readonly rule: RuleId;
  readonly message: string;
  /** What warnings of one rule have in common, if the rule has several kinds. */
  readonly kind?: string;
}

/** Formats a problem as one line, whatever values of files it quotes. */
export const printProblem = ({ file, line, column, severity, message, rule }: Problem): string =>
  `${file}:${line}:${column}: ${severity}: ${message} [${rule}]`.replaceAll("\n", "\\u000a");

/**
 * Formats problems as lines. Warnings of one kind are one line, with the first one and the number of the others.
 *
 * @param print formats one problem
 */
export function printProblems<P extends Pick<Problem, "severity" | "rule" | "kind">>(
  problems: readonly P[],
  print: (problem: P) => string,
): string[] {
  const lines = new Map<string, { readonly line: string; count: number }>();
  for (const problem of problems) {
    const line = print(problem);
    const id =
      problem.severity === "error" ? `error ${line}` : `warning ${problem.rule} ${problem.kind ?? ""}`;
    const found = lines.get(id) ?? { line, count: 0 };
    found.count += 1;
    lines.set(id, found);
  }
  return [...lines.values()].map(({ line, count }) =>
    count === 1 ? line : `${line} (and ${count - 1} more)`,
  );
}

export const isError = (problem: Problem): boolean => problem.severity === "error";

/** Collects problems, so that all problems of a folder are reported at once. */
export class Problems {
  readonly list: Problem[] = [];

  error(rule: RuleId, at: Position, message: string): void {
    this.add("error", rule, at, message);
  }

  /** @param kind what the message has in common with others, if the rule has several kinds */
  warn(rule: RuleId, at: Position, message: string, kind?: string): void {
    this.add("warning", rule, at, message, kind);
  }

  /** Returns the distinct problems, sorted by file and position. */
  sorted(): Problem[] {
    const distinct = new Map(this.list.map((problem) => [printProblem(problem), problem]));
    return [...distinct.values()].sort(
      (a, b) =>
        compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
    );
  }

  private add(
    severity: Problem["severity"],
    rule: RuleId,
    { file, line, column }: Position,
    message: string,
    kind?: string,
  ): void {
    this.list.push({ severity, rule, file, line, column, message, ...(kind !== undefined && { kind }) });
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
