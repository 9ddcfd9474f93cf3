import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cedar } from "../../../cli/commands/policies/cedar.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-cedar-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const textsIn = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

test("portcullis cedar writes three files for one environment, the same each time", async () => {
  const [out, policies] = [join(temporaryFolder(), "new", "cedar"), sampleWith()];
  const { status, stdout } = await runVerb(cedar, "--policies", policies, "--out", out);
  expect(status).toBe(0);
  expect(stdout).toBe(
    `Written: ${["policies.cedar", "schema.cedarschema", "entities.json"].map((name) => join(out, name)).join(", ")}\n`,
  );
  const first = textsIn(out);
  expect(first["entities.json"]).toContain('"hooli"');
  writeFileSync(join(out, "policies.cedar"), "an earlier run");
  await runVerb(cedar, "--policies", policies, "--out", out);
  expect(textsIn(out)).toEqual(first);
  await runVerb(cedar, "--policies", policies, "--out", out, "--environment", "prod");
  expect(textsIn(out)["entities.json"]).not.toContain('"hooli"');
});

test("portcullis cedar writes nothing for a folder with an error", async () => {
  const out = temporaryFolder();
  const policies = sampleWith({ "roles/viewer.yaml": "allow: [documents.raed]\n" });
  const { status, stderr } = await runVerb(cedar, "--policies", policies, "--out", out);
  expect(status).toBe(2);
  expect(stderr).toContain('did you mean "documents.read"?');
  expect(readdirSync(out)).toEqual([]);
});
