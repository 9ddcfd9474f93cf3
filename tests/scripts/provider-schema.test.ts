import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Extract,
  findProblems,
  findVersionProblems,
} from "../../scripts/provider-schema/find-problems.ts";
import { parseBindings } from "../../scripts/provider-schema/parse-bindings.ts";
import { readTerraform } from "../../scripts/provider-schema/terraform-use.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const EXTRACT: Extract = {
  provider: "6.0.0",
  package: "bindings@1",
  resource: {
    aws_thing: {
      name: "required",
      arn: "computed",
      tags: "optional computed",
      part: { size: "required", parts: { name: "optional" } },
    },
  },
  data: { aws_region: { id: "optional computed", region: "optional computed" } },
};

async function problemsIn(hcl: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-schema-test-"));
  folders.push(folder);
  writeFileSync(join(folder, "main.tf"), hcl);
  return findProblems(await readTerraform(folder), EXTRACT);
}

describe("a Terraform file that fits", () => {
  it("has no problems, with blocks, dynamic blocks and Terraform's own arguments", async () => {
    const hcl = `
      resource "aws_thing" "one" {
        count = 1
        name  = "x"
        tags  = { anything = "goes" }
        part {
          size = 1
          parts { name = "y" }
        }
        dynamic "part" {
          for_each = [1]
          content { size = part.value }
        }
        lifecycle { create_before_destroy = true }
        depends_on = [aws_thing.two]
      }
      resource "aws_thing" "two" { name = "\${aws_thing.one[0].arn} \${data.aws_region.here.region}" }
      data "aws_region" "here" {}
      resource "other_thing" "three" { whatever = true }
    `;
    expect(await problemsIn(hcl)).toEqual([]);
  });
});

describe("a Terraform file that does not fit is reported", () => {
  it.each([
    ["an unknown argument", 'resource "aws_thing" "a" {\n name = "x"\n size = 1\n}', "aws_thing has no size"],
    ["a missing argument", 'resource "aws_thing" "a" {}', "aws_thing needs name"],
    [
      "a computed one",
      'resource "aws_thing" "a" {\n name = "x"\n arn = "y"\n}',
      "aws_thing.arn cannot be set",
    ],
    [
      "a block without a required argument",
      'resource "aws_thing" "a" {\n name = "x"\n part {}\n}',
      "aws_thing.part needs size",
    ],
    [
      "an unknown argument of a dynamic block",
      'resource "aws_thing" "a" {\n name = "x"\n dynamic "part" {\n for_each = [1]\n content {\n size = 1\n colour = 2\n}\n}\n}',
      "aws_thing.part has no colour",
    ],
    ["an unknown type", 'resource "aws_new" "a" {}', "aws_new is not in the extract"],
    [
      "an attribute that does not exist",
      'output "a" { value = aws_thing.one.size }',
      "there is no aws_thing.size",
    ],
    [
      "an attribute of an instance that does not exist",
      'output "a" { value = [for one in ["a"] : aws_thing.one[one].size] }',
      "there is no aws_thing.size",
    ],
    [
      "a deprecated attribute",
      'output "a" { value = data.aws_region.here.id }',
      "data.aws_region.id is deprecated",
    ],
  ])("%s", async (_, hcl, problem) => {
    expect(await problemsIn(hcl)).toEqual([`main.tf: ${problem}`]);
  });

  it("another version of Terraform or the provider", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-schema-test-"));
    folders.push(folder);
    const versions = (terraform: string, aws: string) =>
      `terraform {\n required_version = "${terraform}"\n required_providers {\n aws = {\n source = "hashicorp/aws"\n version = "${aws}"\n}\n}\n}`;
    writeFileSync(join(folder, "a.tf"), versions(">= 1.10", ">= 5.80"));
    writeFileSync(join(folder, "b.tf"), versions(">= 1.9", ">= 5.83"));
    expect(
      findVersionProblems(await readTerraform(folder), { terraform: ">= 1.10", aws: ">= 5.83" }).sort(),
    ).toEqual([
      'a.tf: aws must be ">= 5.83", not ">= 5.80"',
      'b.tf: terraform must be ">= 1.10", not ">= 1.9"',
    ]);
  });
});

describe("the bindings of a resource", () => {
  const bindings = `
function thingPartToHclTerraform(struct) {
    const attrs = {
        size: {
            value: cdktn.numberToHclTerraform(struct.size),
            isBlock: false,
        },
    };
}
class ThingPartOutputReference extends cdktn.ComplexObject {
    // size - computed: false, optional: false, required: true
}
class Thing extends cdktn.TerraformResource {
    // arn - computed: true, optional: false, required: false
    // name - computed: false, optional: true, required: false
    // part - computed: false, optional: true, required: false
    synthesizeHclAttributes() {
        const attrs = {
            part: {
                value: cdktn.listMapperHcl(thingPartToHclTerraform, true)(this._part.internalValue),
                isBlock: true,
            },
        };
    }
}
`;

  it("have its arguments, attributes and blocks", () => {
    expect(parseBindings(bindings)).toEqual({
      arn: "computed",
      name: "optional",
      part: { size: "required" },
    });
  });

  it("that have no class, or lack a block's class, are rejected", () => {
    expect(() => parseBindings("")).toThrow("no class");
    expect(() => parseBindings(bindings.replace("ThingPartOutput", "OtherOutput"))).toThrow(
      "no block ThingPartOutputReference",
    );
  });
});

it("the committed extract has no empty schema", () => {
  const extract = JSON.parse(readFileSync("scripts/provider-schema/aws-6.json", "utf8")) as Extract;
  expect(extract.provider).toMatch(/^6\.\d+\.\d+$/);
  for (const [type, schema] of [...Object.entries(extract.resource), ...Object.entries(extract.data)])
    expect([type, Object.keys(schema).length > 1]).toEqual([type, true]);
});
