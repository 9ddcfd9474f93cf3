import { ok } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { extract, portcullis } from "../../../package/package.ts";
import { runCommand } from "./command.ts";
import { createBucket, type Moto } from "./moto.ts";
import type { Report } from "./report.ts";
import { succeed, terraformFor } from "./terraform.ts";

const OPENAPI = JSON.stringify({
  openapi: "3.0.3",
  info: { title: "Notes", version: "1" },
  paths: { "/notes": { get: {} }, "/notes/{noteId}": { delete: {} } },
});

/** Checks that the output of `init` can be planned in a folder with nothing but the packed package. */
export async function checkPackage(home: string, tarball: string, moto: Moto, report: Report): Promise<void> {
  const folder = join(home, "init");
  await extract(tarball, join(folder, "node_modules/portcullis"));
  writeFileSync(join(folder, "openapi.json"), OPENAPI);
  await portcullis(home, folder, "init", "--openapi", "openapi.json");
  await portcullis(home, folder, "build");
  const terraform = terraformFor({ folder }, moto, "dev");
  await createBucket(moto, "my-terraform-state");
  await report.check("package: the output of init can be initialised and is formatted", async () => {
    await terraform.init();
    const args = ["fmt", "-check", "main.tf"];
    await succeed(runCommand("terraform", args, { cwd: folder, env: moto.environment, timeout: 120 }), args);
  });
  await report.check("package: the plan has the API, the function, the table and the tenant", async () => {
    const { output } = await terraform.plan();
    for (const address of PLANNED) ok(output.includes(`module.portcullis.${address}`), address);
  });
}

const PLANNED = [
  "module.api[0].aws_api_gateway_rest_api.this",
  "module.authorizer.aws_lambda_function.this",
  "module.permissions.aws_dynamodb_table.this",
  'module.permissions.aws_dynamodb_table_item.tenant["TENANT#example/TENANT"]',
];
