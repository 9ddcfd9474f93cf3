import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { access } from "../../cli/commands/policies/access.ts";
import { runVerb } from "../cli/run-verb.ts";

const page = readFileSync("docs/access.md", "utf8");

test("docs/access.md lists every key of the document, in its order, and its example has them", async () => {
  const { stdout } = await runVerb(
    access,
    "--tenant",
    "acme",
    "--role",
    "viewer",
    "--subject",
    "ann",
    "--format",
    "json",
  );
  const keys = Object.keys(JSON.parse(stdout) as object);
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(Object.keys(JSON.parse(example) as object)).toEqual(keys);
  const [, table = ""] = /## The answer\n([\s\S]*?)\n\n[^|]/.exec(page) ?? [];
  expect([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key)).toEqual(keys);
});
