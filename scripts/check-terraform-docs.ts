import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { readModule } from "./terraform-docs/hcl.ts";
import { moduleTables, withTables } from "./terraform-docs/tables.ts";

const USAGE = `npx tsx scripts/check-terraform-docs.ts [--write]

Compares the tables of inputs and outputs in the READMEs with the HCL that they are generated from.
  --write  updates the tables`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The README with the tables of each module. The root's inputs are set in `environments/`. */
const READMES: Readonly<Record<string, string>> = {
  ".": "environments/README.md",
  "modules/account-logging": "modules/account-logging/README.md",
  "modules/adopt": "modules/adopt/README.md",
  "modules/backends": "modules/backends/README.md",
  "modules/build": "modules/build/README.md",
  "modules/api": "modules/api/README.md",
  "modules/domain": "modules/domain/README.md",
  "modules/function-role": "modules/function-role/README.md",
  "modules/history-export": "modules/history-export/README.md",
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
  if (values.help) return print(USAGE, 0);
  const stale: string[] = [];
  for (const [folder, readme] of Object.entries(READMES)) {
    const tables = moduleTables(await readModule(join(ROOT, folder)));
    if (isStale(join(ROOT, readme), tables, values.write))
      stale.push(`${readme}: differs from ${folder}/*.tf`);
  }
  if (values.write || stale.length === 0) return print("The tables of inputs and outputs are up to date", 0);
  return print(
    [...stale, "npx tsx scripts/check-terraform-docs.ts --write updates the tables"].join("\n"),
    1,
  );
});

function isStale(readme: string, tables: string, write: boolean): boolean {
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  const updated = withTables(text, tables);
  if (write && updated !== text) writeFileSync(readme, updated);
  return updated !== text;
}

function print(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return status;
}
