import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { check } from "../../cli/commands/policies/check.ts";
import { test as testVerb } from "../../cli/commands/policies/test.ts";
import { runVerb } from "../cli/run-verb.ts";

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []);

/** Every example that has policy files, with each environment that has tenants or values of its own. */
const EXAMPLES = readdirSync("examples").flatMap((name) => {
  const folder = `examples/${name}`;
  if (!existsSync(`${folder}/policies`)) return [];
  return environmentsOf(folder).map((environment) => [name, environment] as const);
});

function environmentsOf(folder: string): string[] {
  const values = list(`${folder}/environments`).flatMap(
    (entry) => /^(.+)\.tfvars$/.exec(entry.name)?.[1] ?? [],
  );
  const tenants = list(`${folder}/policies/tenants`).filter((entry) => entry.isDirectory());
  return [...new Set(["dev", ...values, ...tenants.map(({ name }) => name)])].sort();
}

describe("the examples", () => {
  it("are all found", () => {
    const names = ["adopt", "auth0", "cdktf", "multi-environment", "quick-start"];
    expect(EXAMPLES.map(([name]) => name)).toEqual(expect.arrayContaining(names));
    expect(
      EXAMPLES.filter(([name]) => name === "multi-environment").map(([, environment]) => environment),
    ).toEqual(["dev", "prod", "staging"]);
  });

  it.each(EXAMPLES)(
    "%s has no errors and no warnings in %s, and its policy tests pass",
    async (name, environment) => {
      const flags = ["--policies", `examples/${name}/policies`, "--environment", environment];
      const { status, stderr } = await runVerb(check, "--strict", ...flags);
      expect([status, stderr]).toEqual([0, ""]);
      const tested = await runVerb(testVerb, ...flags);
      expect(tested.status).toBe(0);
      expect(tested.stdout).toMatch(/^([1-9]\d*) of \1 policy tests? passed/m);
    },
  );
});
