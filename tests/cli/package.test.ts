import { readFileSync } from "node:fs";
import { parse } from "@cdktn/hcl2json";
import { describe, expect, it } from "vitest";
import { asNpx } from "../../cli/shared/command-name.ts";
import { readModule } from "../../scripts/terraform-docs/hcl.ts";

describe("what npx portcullis tells", () => {
  it.each([
    ["npm run policies -- <verb> [--help]", "npx portcullis <verb> [--help]"],
    ["npm run --silent policies -- explain --json", "npx portcullis explain --json"],
    ["npm run build -- [--policies DIR]", "npx portcullis build [--policies DIR]"],
    ["npm run build ended with 1", "npx portcullis build ended with 1"],
    ["start it with npm start, or name its port", "start it with npx portcullis start, or name its port"],
    ["npm start -- --port 0", "npx portcullis start --port 0"],
    ["npm run --silent token -- --tenant T", "npx portcullis token --tenant T"],
    ["npm --prefix '/x' run --silent token --", "npm --prefix '/x' run --silent token --"],
  ])("%s", (told, typed) => {
    expect(asNpx(told)).toBe(typed);
  });
});

describe("the main.tf that init writes", () => {
  const text = readFileSync("cli/init/main.tf", "utf8");

  it("hands on every input that the module has, but for the folder of the build", async () => {
    const { module } = (await parse("main.tf", text)) as { module: { portcullis: object[] } };
    const { variables } = await readModule(".");
    const inputs = Object.keys(variables).filter((name) => name !== "build_directory" && name !== "tags");
    const handed = Object.keys(module.portcullis[0] ?? {}).filter((name) => name !== "source");
    expect(handed.sort()).toEqual(inputs.sort());
  });

  it("has the outputs that a deployment reads", () => {
    expect(text).toContain('output "url"');
    expect(text).toContain('output "table_name"');
  });
});

describe("the module of the package", () => {
  it.each(["main.tf", "variables.tf", "outputs.tf", "versions.tf"])(
    "has neither provider nor backend in %s",
    async (file) => {
      const { provider, terraform } = (await parse(file, readFileSync(file, "utf8"))) as {
        provider?: unknown;
        terraform?: { backend?: unknown }[];
      };
      expect([provider, terraform?.[0]?.backend]).toEqual([undefined, undefined]);
    },
  );
});
