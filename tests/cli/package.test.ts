import { readFileSync } from "node:fs";
import { parse } from "@cdktn/hcl2json";
import { describe, expect, it } from "vitest";
import { readModule } from "../../scripts/terraform-docs/hcl.ts";

describe("the main.tf of npx portcullis init", () => {
  const text = readFileSync("cli/init/main.tf", "utf8");

  it("passes on every input of the module, except the build folder and the tags", async () => {
    const { module } = (await parse("main.tf", text)) as { module: { portcullis: object[] } };
    const { variables } = await readModule(".");
    const inputs = Object.keys(variables).filter((name) => name !== "build_directory" && name !== "tags");
    const passed = Object.keys(module.portcullis[0] ?? {}).filter((name) => name !== "source");
    expect(passed.sort()).toEqual(inputs.sort());
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
