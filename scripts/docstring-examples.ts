import { dirname, join } from "node:path";

/** The code of one `@example` block, and where it is written. */
export interface Example {
  /** The file, relative to the repository. */
  readonly file: string;
  /** The number of the first line of code, from 1. */
  readonly line: number;
  readonly code: readonly string[];
}

const DOCSTRING = /^[ \t]*\/\*\*[\s\S]*?\*\//gm;
const TAG = /^@[a-z]+/;

/** Lists the `@example` blocks in the docstrings of a source file, in their order. */
export function findExamples(file: string, source: string): Example[] {
  return [...source.matchAll(DOCSTRING)].flatMap(({ 0: docstring, index }) => {
    const first = source.slice(0, index).split("\n").length;
    const lines = docstring
      .replace(/\s*\*\/$/, "")
      .split("\n")
      .map(withoutMargin);
    return lines.flatMap((line, at): Example[] => {
      if (!/^@example\b/.test(line)) return [];
      const inTagLine = line.replace(/^@example\s*/, "");
      const next = lines.findIndex((other, position) => position > at && TAG.test(other));
      const below = withoutBlankEnd(lines.slice(at + 1, next === -1 ? undefined : next));
      return inTagLine === ""
        ? [{ file, line: first + at + 1, code: below }]
        : [{ file, line: first + at, code: [inTagLine, ...below] }];
    });
  });
}

const withoutMargin = (line: string): string => line.replace(/^\s*(?:\/\*\*|\*) ?/, "").trimEnd();

const withoutBlankEnd = (lines: readonly string[]): readonly string[] =>
  lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);

const SHOWN = /^(.*?);?\s*\/\/ => (.*)$/;
const RELATIVE = /(\b(?:from|import)\s+)"(\.{1,2}\/[^"]+)"/g;
const ASSERTIONS = 'import { deepStrictEqual as $equal } from "node:assert"; ';

/** Returns whether an example shows a value (`// =>`), so that it must be run. */
export const showsValue = ({ code }: Example): boolean => code.some((line) => SHOWN.test(line));

/**
 * Writes an example as a TypeScript module with as many lines as the example, so that a line of a message is a line
 * of the example. Relative imports become absolute, and each shown value becomes an assertion.
 *
 * @param root the repository's absolute path
 * @throws SyntaxError where a shown value is neither JSON nor `undefined`
 */
export function writeModule(example: Example, root: string): string {
  const folder = dirname(join(root, example.file));
  const code = example.code.map((line) =>
    line.replace(RELATIVE, (_, keyword: string, path: string) => `${keyword}"${join(folder, path)}"`),
  );
  let begin = 0;
  for (const [at, line] of code.entries()) {
    const shown = SHOWN.exec(line);
    if (shown !== null) {
      code[at] = shown[1] ?? "";
      assertStatement(code, begin, at, shown[2] ?? "");
    }
    if (shown !== null || /^$|;$|^\s*\/\//.test(line)) begin = at + 1;
  }
  return `${showsValue(example) ? ASSERTIONS : ""}${code.join("\n")}\n`;
}

/** Turns the statement on the lines from `begin` to `end` into an assertion; a declared constant is asserted after it. */
function assertStatement(code: string[], begin: number, end: number, shown: string): void {
  const first = code[begin] ?? "";
  const declared = /^const (\w+)\b/.exec(first)?.[1];
  if (declared !== undefined) {
    code[end] = `${code[end] ?? ""}; ${assertion(declared, shown)}`;
    return;
  }
  const [before = "", after = ""] = assertion("\n", shown).split("\n");
  code[begin] = before + first;
  code[end] = (code[end] ?? "") + after;
}

/** Compares what JSON keeps of a value, because that is what the example shows. */
const assertion = (expression: string, shown: string): string =>
  shown === "undefined"
    ? `$equal(${expression}, undefined);`
    : `$equal(JSON.parse(JSON.stringify(${expression})), ${JSON.stringify(JSON.parse(shown))});`;
