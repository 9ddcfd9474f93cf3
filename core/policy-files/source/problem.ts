/** A position in a file; lines and columns are counted from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An error or a warning in a policy file. The message names the subject, the expectation and the next step. */
export interface Problem extends Position {
  readonly severity: "error" | "warning";
  readonly message: string;
}

/** Formats a problem as one line, whatever values of files it quotes. */
export const printProblem = ({ file, line, column, severity, message }: Problem): string =>
  `${file}:${line}:${column}: ${severity}: ${message}`.replaceAll("\n", "\\u000a");

export const isError = (problem: Problem): boolean => problem.severity === "error";

/** Collects problems, so that all problems of a folder are reported at once. */
export class Problems {
  readonly list: Problem[] = [];

  error(at: Position, message: string): void {
    this.add("error", at, message);
  }

  warn(at: Position, message: string): void {
    this.add("warning", at, message);
  }

  /** Returns the distinct problems, sorted by file and position. */
  sorted(): Problem[] {
    const distinct = new Map(this.list.map((problem) => [printProblem(problem), problem]));
    return [...distinct.values()].sort(
      (a, b) =>
        compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
    );
  }

  private add(severity: Problem["severity"], { file, line, column }: Position, message: string): void {
    this.list.push({ severity, file, line, column, message });
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
