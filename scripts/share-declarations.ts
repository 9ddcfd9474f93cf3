import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { readBlocks, shareBlocks } from "./variable-blocks.ts";

const USAGE = `npx tsx scripts/share-declarations.ts [--write]

Compares the modules' variables that are copies of the root's with variables.tf. The line
# Copied from the root by npx tsx scripts/share-declarations.ts --write.
above a variable marks it as a copy.
  --write  updates the copies`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE, 0);
  const root = readBlocks(readFileSync(`${ROOT}variables.tf`, "utf8"));
  const problems = readdirSync(`${ROOT}modules`).flatMap((module) =>
    shareInto(`modules/${module}/variables.tf`, root, values.write),
  );
  if (problems.length === 0) return print("The modules' copies of the root's declarations are up to date", 0);
  return print(
    [...problems, "npx tsx scripts/share-declarations.ts --write updates the copies"].join("\n"),
    1,
  );
});

function shareInto(file: string, root: ReadonlyMap<string, string>, write: boolean): string[] {
  const { text, changed, problems } = shareBlocks(readFileSync(`${ROOT}${file}`, "utf8"), root);
  if (write && changed.length > 0) writeFileSync(`${ROOT}${file}`, text);
  const stale = write ? [] : changed.map((name) => `${name} differs from the root's`);
  return [...stale, ...problems].map((problem) => `${file}: ${problem}`);
}

function print(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return status;
}
