import { oneLine } from "../shared/output.ts";

/** A test for a JUnit report. */
export interface JUnitTest {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Why it was not run. */
  readonly skipped?: string;
  /** Why it failed: the first line is the message. */
  readonly failure?: readonly [message: string, ...more: string[]];
}

/** Returns tests as a JUnit XML report, with a suite for each file. */
export function junitReport(name: string, tests: readonly JUnitTest[]): string {
  const files = new Map<string, JUnitTest[]>();
  for (const test of tests) {
    const same = files.get(test.file);
    if (same === undefined) files.set(test.file, [test]);
    else same.push(test);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...counts(tests) })}>`,
    ...[...files].flatMap(([file, own]) => [
      `  <testsuite ${attributes({ name: file, ...counts(own), skipped: countSkipped(own) })}>`,
      ...own.map(testCase),
      "  </testsuite>",
    ]),
    "</testsuites>",
  ].join("\n");
}

const counts = (tests: readonly JUnitTest[]) => ({
  tests: tests.length,
  failures: tests.filter(({ failure }) => failure !== undefined).length,
  errors: 0,
});

const countSkipped = (tests: readonly JUnitTest[]): number =>
  tests.filter(({ skipped }) => skipped !== undefined).length;

function testCase({ file, line, name, skipped, failure }: JUnitTest): string {
  const start = `    <testcase ${attributes({ name, classname: file, file, line })}`;
  if (skipped !== undefined) return `${start}><skipped ${attributes({ message: skipped })}/></testcase>`;
  if (failure === undefined) return `${start}/>`;
  const [message] = failure;
  return `${start}><failure ${attributes({ message })}>${failure.map(escapeXml).join("\n")}</failure></testcase>`;
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(" ");

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes a line of text. Characters that XML does not have are written as JSON escapes, as in other output. */
const escapeXml = (text: string): string =>
  oneLine(text)
    .replaceAll("\ufffe", "\\ufffe")
    .replaceAll("\uffff", "\\uffff")
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
