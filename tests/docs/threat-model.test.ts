import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const text = readFileSync("docs/threat-model.md", "utf8");
const guarantees = (text.split("## Guarantees")[1]?.split("\n## ")[0] ?? "").split(/^- \*\*/m).slice(1);

test("each guarantee of the threat model names its tests", () => {
  expect(guarantees.length).toBeGreaterThan(15);
  const bare = guarantees.filter((one) => !/`(tests\/[^`]+`: "|npm run test:)/.test(one));
  expect(bare).toEqual([]);
});

test.each(
  [...text.matchAll(/`(tests\/[^`]+)`: "([^"\n]+)"/g)].map(([, file = "", title = ""]) => ({ file, title })),
)("$file has the test: $title", ({ file, title }) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toContain(title);
});
