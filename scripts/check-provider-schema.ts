import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { extractSchema } from "./provider-schema/extract-schema.ts";
import { type Extract, findProblems, findVersionProblems } from "./provider-schema/find-problems.ts";
import { readTerraform } from "./provider-schema/terraform-use.ts";

const USAGE = `npx tsx scripts/check-provider-schema.ts [--update VERSION]

Compares every Terraform file with the schema of AWS provider 6, of which scripts/provider-schema/aws-6.json has the
resources and data sources in use, and checks that all files need the same versions of Terraform and the provider.
  --update VERSION  extracts the schema again from this version of @cdktn/provider-aws (npm, 50 MB)`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EXTRACT = fileURLToPath(new URL("provider-schema/aws-6.json", import.meta.url));
const VERSIONS = { terraform: ">= 1.10", aws: ">= 5.83, < 7.0" };

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    update: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE, 0);
  const files = await readTerraform(ROOT);
  if (values.update !== undefined)
    writeFileSync(EXTRACT, `${JSON.stringify(extractSchema(values.update, files), null, 2)}\n`);
  const extract = JSON.parse(readFileSync(EXTRACT, "utf8")) as Extract;
  const problems = [...findProblems(files, extract), ...findVersionProblems(files, VERSIONS)];
  if (problems.length === 0)
    return print(`Every Terraform file fits the schema of AWS provider ${extract.provider}`, 0);
  return print(
    [...problems, "If a type is not in the extract, run this command with --update VERSION"].join("\n"),
    1,
  );
});

function print(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return status;
}
