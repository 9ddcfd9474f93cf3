import { existsSync, readdirSync, readFileSync } from "node:fs";
import { parse } from "@cdktn/hcl2json";
import { describe, expect, it } from "vitest";
import { readModule } from "../../scripts/terraform-docs/hcl.ts";

interface Main {
  readonly module: { readonly portcullis: readonly [Readonly<Record<string, unknown>>] };
  readonly output?: Readonly<Record<string, unknown>>;
}

const readMain = async (file: string): Promise<Main> =>
  (await parse(file, readFileSync(file, "utf8"))) as Main;
const moduleCall = async (file: string) => (await readMain(file)).module.portcullis[0];
const outputsOf = async (file: string): Promise<string[]> =>
  Object.keys((await readMain(file)).output ?? {}).sort();

function callsThePackage(name: string): boolean {
  const file = `examples/${name}/main.tf`;
  return existsSync(file) && readFileSync(file, "utf8").includes('source = "./node_modules/portcullis"');
}

describe("the main.tf of npx portcullis init", () => {
  it("passes on every input of the module, except the build folder and the tags", async () => {
    const { variables } = await readModule(".");
    const inputs = Object.keys(variables).filter((name) => name !== "build_directory" && name !== "tags");
    const passed = Object.keys(await moduleCall("cli/init/main.tf")).filter((name) => name !== "source");
    expect(passed.sort()).toEqual(inputs.sort());
  });

  it("passes on every output of the module", async () => {
    const { outputs } = await readModule(".");
    expect(await outputsOf("cli/init/main.tf")).toEqual(Object.keys(outputs).sort());
  });
});

describe.each(readdirSync("examples").filter(callsThePackage))("examples/%s", (name) => {
  it("passes on the outputs that deploy and doctor read", async () => {
    const { canary, domain } = await moduleCall(`examples/${name}/main.tf`);
    const needed = [
      ...["api_id", "authorizer", "build_digest", "caching_mode", "keeper", "stage", "staleness_seconds"],
      ...["table_name", "url"],
      ...(canary === undefined ? [] : ["canary"]),
      ...(domain === undefined ? [] : ["domain_target"]),
    ];
    expect(await outputsOf(`examples/${name}/main.tf`)).toEqual(expect.arrayContaining(needed));
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
