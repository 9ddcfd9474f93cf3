import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";
import { type Hcl, readModule } from "./terraform-docs/hcl.ts";
import { driftedInputs } from "./terraform-docs/passed-through.ts";
import { moduleTables, withTables } from "./terraform-docs/tables.ts";

const USAGE = `npx tsx scripts/check-terraform-docs.ts [--write]

Compares the tables of inputs and outputs in the modules' READMEs with the HCL that they are generated from, and the
root's inputs with those of the modules that get them.
  --write  updates the tables`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The README with the tables of each module. The root's inputs are set in `environments/`. */
const READMES: Readonly<Record<string, string>> = {
  ".": "environments/README.md",
  "modules/adopt": "modules/adopt/README.md",
  "modules/backends": "modules/backends/README.md",
  "modules/build": "modules/build/README.md",
  "modules/api": "modules/api/README.md",
  "modules/http-api": "modules/http-api/README.md",
  "modules/authorizer": "modules/authorizer/README.md",
  "modules/observability": "modules/observability/README.md",
  "modules/permissions": "modules/permissions/README.md",
  "modules/usage-plans": "modules/usage-plans/README.md",
  "modules/sample-backend": "modules/sample-backend/README.md",
  "modules/identity": "modules/identity/README.md",
};

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  const modules = new Map<string, Hcl>();
  for (const folder of Object.keys(READMES)) modules.set(folder, await readModule(join(ROOT, folder)));
  const stale = Object.entries(READMES).filter(([folder, readme]) =>
    isStale(join(ROOT, readme), moduleTables(modules.get(folder) as Hcl), values.write),
  );
  const problems = [
    ...(values.write ? [] : stale.map(([folder, readme]) => `${readme}: differs from ${folder}/*.tf`)),
    ...driftedInputs(modules),
  ];
  if (problems.length === 0) return print("The tables of inputs and outputs are up to date");
  return printError(
    [...problems, "npx tsx scripts/check-terraform-docs.ts --write updates the tables"].join("\n"),
  );
});

function isStale(readme: string, tables: string, write: boolean): boolean {
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  const updated = withTables(text, tables);
  if (write && updated !== text) writeFileSync(readme, updated);
  return updated !== text;
}
