import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { type Hcl, readModule } from "./terraform-docs/hcl.ts";
import { driftedInputs } from "./terraform-docs/passed-through.ts";
import { tablesOf, withTables } from "./terraform-docs/tables.ts";

const USAGE = `npx tsx scripts/check-terraform-docs.ts [--write]

Compares the tables of inputs and outputs in the modules' READMEs with the HCL that they are generated from,
and the root's inputs with those of the modules that they are handed on to. --write renews the tables.`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Where the tables of a folder's module stand; the root's inputs are set in `environments/`. */
const READMES: Readonly<Record<string, string>> = {
  ".": "environments/README.md",
  "modules/adopt": "modules/adopt/README.md",
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
  if (values.help) return say(USAGE, 0);
  const modules = new Map<string, Hcl>();
  for (const folder of Object.keys(READMES)) modules.set(folder, await readModule(join(ROOT, folder)));
  const stale = Object.entries(READMES).filter(([folder, readme]) =>
    isStale(join(ROOT, readme), tablesOf(modules.get(folder) as Hcl), values.write),
  );
  const problems = [
    ...(values.write ? [] : stale.map(([folder, readme]) => `${readme}: not what ${folder}/*.tf says`)),
    ...driftedInputs(modules),
  ];
  if (problems.length === 0) return say("The tables of inputs and outputs are those of the HCL", 0);
  return say(
    [...problems, "npx tsx scripts/check-terraform-docs.ts --write renews the tables"].join("\n"),
    1,
  );
});

function isStale(readme: string, tables: string, write: boolean): boolean {
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  const renewed = withTables(text, tables);
  if (write && renewed !== text) writeFileSync(readme, renewed);
  return renewed !== text;
}

function say(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return status;
}
