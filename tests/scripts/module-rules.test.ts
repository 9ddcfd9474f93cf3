import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readTerraform, type Use } from "../../scripts/provider-schema/terraform-use.ts";

const MODULES = fileURLToPath(new URL("../../modules", import.meta.url));
const uses = (await readTerraform(MODULES)).flatMap(({ uses }) => uses);
const resources = (type: string): Use[] => uses.filter((use) => use.kind === "resource" && use.type === type);
const text = (value: unknown): string => JSON.stringify(value ?? null);

describe("the modules' resources", () => {
  it.each(resources("aws_cloudwatch_log_group"))("$file: a log group takes a key of your own", ({ body }) => {
    expect(text(body["kms_key_id"])).toMatch(/^"\$\{var\.(observability\.)?kms_key_arn\}"$/);
  });

  it.each(resources("aws_lambda_function"))("$file: an environment takes a key of your own", ({ body }) => {
    if (body["environment"] === undefined) return expect(text(body)).not.toContain("variables");
    expect(text(body["kms_key_arn"])).toMatch(/^"\$\{var\.([a-z_]+\.)?environment_kms_key_arn\}"$/);
  });

  it.each(resources("aws_lambda_function"))("$file: a function can run in a VPC", ({ body }) => {
    expect(text(body["dynamic"])).toContain('"vpc_config":[{"content":');
    expect(text(body["dynamic"])).toContain('"for_each":"${var.vpc[*]}"');
  });

  it.each(resources("aws_lambda_function"))("$file: a function has a role of function-role", ({ body }) => {
    expect(text(body["role"])).toMatch(/^"\$\{module\.[a-z_]*role(\[0\])?\.arn\}"$/);
  });

  it.each(resources("aws_iam_role"))("$file: a role takes a boundary and a path", ({ body }) => {
    expect([body["permissions_boundary"], body["path"]]).toEqual([
      "${var.iam.permissions_boundary}",
      "${var.iam.path}",
    ]);
  });

  it("are found", () => {
    expect(resources("aws_cloudwatch_log_group").length).toBeGreaterThan(5);
    expect(resources("aws_lambda_function").length).toBeGreaterThan(3);
    expect(resources("aws_iam_role").length).toBeGreaterThan(1);
  });
});
