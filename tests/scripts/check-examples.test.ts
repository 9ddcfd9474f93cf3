import { describe, expect, it } from "vitest";
import { findExamples, showsValue, writeModule } from "../../scripts/docstring-examples.ts";

const FILE = "core/model/sum.ts";

const example = (...code: string[]) => ({ file: FILE, line: 1, code });
const moduleOf = (...code: string[]): string[] =>
  writeModule(example(...code), "/repo")
    .trimEnd()
    .split("\n");

describe("the scan for examples", () => {
  it("finds the lines from @example to the next tag, with their place in the file", () => {
    const source = `import x from "./x.ts";

/**
 * Adds.
 *
 * @example
 * import { sum } from "./sum.ts";
 *
 * if (sum(1, 2) === 3) {
 *   sum(3, 4); // => 7
 * }
 *
 * @throws TypeError
 */
export const sum = 1;
`;
    expect(findExamples(FILE, source)).toEqual([
      {
        file: FILE,
        line: 7,
        code: ['import { sum } from "./sum.ts";', "", "if (sum(1, 2) === 3) {", "  sum(3, 4); // => 7", "}"],
      },
    ]);
  });

  it("finds several in one file and several in one docstring", () => {
    const source = "/**\n * @example\n * a();\n * @example\n * b();\n */\n  /** @example c(); */\n";
    expect(findExamples(FILE, source)).toEqual([
      { file: FILE, line: 3, code: ["a();"] },
      { file: FILE, line: 5, code: ["b();"] },
      { file: FILE, line: 7, code: ["c();"] },
    ]);
  });

  it("ignores other comments, strings with /** in them, and words that begin with @example", () => {
    const source = [
      'const selector = "GET /documents/**";',
      "// @example a();",
      "/* @example b(); */",
      "/** Writes to ann@example.com. */",
      "/** @examples c(); */",
    ].join("\n");
    expect(findExamples(FILE, source)).toEqual([]);
  });
});

describe("the module of an example", () => {
  it("imports by absolute paths, and packages by their names", () => {
    expect(
      moduleOf('import { sum } from "./sum.ts";', 'import "../ids.ts";', 'import { z } from "zod";'),
    ).toEqual([
      'import { sum } from "/repo/core/model/sum.ts";',
      'import "/repo/core/ids.ts";',
      'import { z } from "zod";',
    ]);
  });

  it("asserts each shown value on the line that shows it", () => {
    const [first, second, third] = moduleOf('sum(1, 2); // => {"a":[1]}', "// a comment", "sum(3) // => 7");
    expect(first).toContain('$equal(JSON.parse(JSON.stringify(sum(1, 2))), {"a":[1]});');
    expect(second).toBe("// a comment");
    expect(third).toBe("$equal(JSON.parse(JSON.stringify(sum(3))), 7);");
  });

  it("asserts that a value is undefined", () => {
    expect(moduleOf("", "find(1); // => undefined")[1]).toBe("$equal(find(1), undefined);");
  });

  it("asserts a statement of several lines, and a declared constant after its declaration", () => {
    expect(
      moduleOf("", "sum(", "  1,", "); // => 1", "const one = sum(1); // => 1", "sum(one); // => 1"),
    ).toEqual([
      expect.stringContaining("node:assert"),
      "$equal(JSON.parse(JSON.stringify(sum(",
      "  1,",
      "))), 1);",
      "const one = sum(1); $equal(JSON.parse(JSON.stringify(one)), 1);",
      "$equal(JSON.parse(JSON.stringify(sum(one))), 1);",
    ]);
  });

  it("is left as it is where no value is shown", () => {
    const code = ["declare const a: number;", "export const b = a; // a comment"];
    expect(moduleOf(...code)).toEqual(code);
    expect(showsValue(example(...code))).toBe(false);
  });

  it("rejects a shown value that is not JSON", () => {
    expect(() => moduleOf("sum(1); // => one")).toThrow(SyntaxError);
  });
});
