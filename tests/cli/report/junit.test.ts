import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { test as testVerb } from "../../../cli/commands/policies/test.ts";
import { type JUnitTest, junitReport } from "../../../cli/report/junit.ts";
import { oneLine } from "../../../cli/shared/output.ts";
import { readXml, type XmlElement } from "../../support/xml.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

/**
 * The elements of Jenkins' schema of JUnit reports that a report may have, each with exactly these attributes, and the
 * children that it may have. `file` and `line` of a test are not in that schema; GitLab and CircleCI read `file`.
 */
const ELEMENTS: Readonly<Record<string, { attributes: readonly string[]; children: readonly string[] }>> = {
  testsuites: { attributes: ["name", "tests", "failures", "errors"], children: ["testsuite"] },
  testsuite: { attributes: ["name", "tests", "failures", "errors", "skipped"], children: ["testcase"] },
  testcase: { attributes: ["name", "classname", "file", "line"], children: ["failure", "skipped"] },
  failure: { attributes: ["message"], children: [] },
  skipped: { attributes: ["message"], children: [] },
};
const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Reads a report. @throws if it is not well-formed, or has anything that readers of JUnit reports do not know */
function readJUnit(text: string): readonly XmlElement[] {
  if (!text.startsWith(PROLOG)) throw new Error("The report has no XML declaration");
  const root = readXml(text.slice(PROLOG.length));
  if (root.name !== "testsuites") throw new Error(`The root is ${root.name}`);
  checkElement(root);
  const cases = root.children.flatMap((suite) => {
    checkCounts(suite, suite.children);
    return suite.children;
  });
  checkCounts(root, cases);
  return cases;
}

function checkElement({ name, attributes, children, text }: XmlElement): void {
  const known = ELEMENTS[name];
  if (known === undefined) throw new Error(`Unknown element ${name}`);
  expect(Object.keys(attributes)).toEqual(known.attributes);
  for (const child of children)
    if (!known.children.includes(child.name)) throw new Error(`${child.name} in ${name}`);
  if (name === "testcase") expect(children.length).toBeLessThanOrEqual(1);
  if (known.children.length > 0 && children.length === 0) expect(text.trim()).toBe("");
  for (const child of children) checkElement(child);
}

function checkCounts({ attributes }: XmlElement, cases: readonly XmlElement[]): void {
  const having = (name: string) => cases.filter(({ children: [child] }) => child?.name === name).length;
  expect(attributes).toMatchObject({
    tests: String(cases.length),
    failures: String(having("failure")),
    errors: "0",
    ...("skipped" in attributes && { skipped: String(having("skipped")) }),
  });
}

/** The file, line and name of each test that a report has as failed. */
const failuresIn = (text: string) =>
  readJUnit(text)
    .filter(({ children: [child] }) => child?.name === "failure")
    .map(({ attributes: { file = "", line = "", name = "" } }) => `${file}:${line} ${name}`);

const FAILING = `- as: { tenant: acme, roles: [viewer], subject: ann }
  can: [POST /documents, GET /documents]
  cannot: [GET /documents, GET /nowhere]
- as: { tenant: umbrella, roles: [viewer] }
  cannot: [GET /documents]
  environment: prod
`;

it("lists the tests that the text lists as failed, with file, line, reason and the same exit status", async () => {
  const folder = sampleWith({ "tests/access.yaml": FAILING });
  const text = await runVerb(testVerb, "--policies", folder);
  const junit = await runVerb(testVerb, "--policies", folder, "--format", "junit");
  const failed = [...text.stdout.matchAll(/^(.*?):(\d+):\d+: failed: (.*) \(.*\)$/gm)];
  expect(failed).toHaveLength(3);
  expect(failuresIn(junit.stdout)).toEqual(failed.map(([, file, line, name]) => `${file}:${line} ${name}`));
  expect([text.status, junit.status]).toEqual([1, 1]);
  const cases = readJUnit(junit.stdout);
  expect(cases.map(({ children: [child] }) => child?.name)).toEqual([
    "failure",
    undefined,
    "failure",
    "failure",
    "skipped",
  ]);
  expect(cases[0]?.text).toContain("acme viewer ann can POST /documents (denied: route_not_granted)\n");
});

it("has every test of a folder whose tests pass, with exit status 0", async () => {
  const folder = sampleWith();
  const text = await runVerb(testVerb, "--policies", folder);
  const { status, stdout } = await runVerb(testVerb, "--policies", folder, "--format", "junit");
  const [, passed] = /^(\d+) of \1 policy tests passed/m.exec(text.stdout) ?? [];
  const cases = readJUnit(stdout);
  expect([status, cases.filter(({ children }) => children.length === 0).length]).toEqual([0, Number(passed)]);
  expect(cases[0]?.attributes["file"]).toBe(join(folder, "tests/access.yaml"));
});

it("is a report without tests if there are none, with the reason on standard error", async () => {
  const folder = sampleWith();
  rmSync(join(folder, "tests"), { recursive: true });
  const { status, stdout, stderr } = await runVerb(testVerb, "--policies", folder, "--format", "junit");
  expect([status, readJUnit(stdout), stderr.includes("has no policy test")]).toEqual([1, [], true]);
});

const shown = (text: string): string => oneLine(text).replace("\ufffe", "\\ufffe");

it("stays well-formed, with hostile names as they are", () => {
  const hostile = [
    "<script>alert(1)</script>",
    '"><testcase name="injected"/><x y="',
    "]]></failure></testcase><testcase>",
    "&lt;&#10;&bogus;",
    "\n<!-- -->\r",
    "\u0000\u001b[31m\u202e\u2028\ufffe",
  ];
  const tests = hostile.map(
    (text, index): JUnitTest => ({
      file: `policies/tests/${text}.yaml`,
      line: index + 1,
      name: text,
      ...(index % 2 === 0 ? { failure: [text, text] } : { skipped: text }),
    }),
  );
  const cases = readJUnit(junitReport("portcullis test", tests));
  expect(cases.map(({ attributes }) => [attributes["file"], attributes["line"], attributes["name"]])).toEqual(
    tests.map(({ file, line, name }) => [shown(file), String(line), shown(name)]),
  );
  expect(cases.map(({ children: [child] }) => child?.attributes["message"])).toEqual(hostile.map(shown));
});
