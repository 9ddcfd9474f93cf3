import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemas } from "../../../core/policy-files/model/json-schemas.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags } from "../../shared/flags.ts";
import { requireFolder } from "../../shared/load-environments.ts";

const USAGE = `npx portcullis schema [--check] [--policies DIR] [--json]

Writes the JSON Schemas by which editors complete and check policy files into DIR/schema. They are generated of
the schemas that the files are read by; with --check nothing is written.
Exit status 0: they are as they should be, 1: --check found others, 2: wrong use.`;

export const schema: Command = { usage: USAGE, run };

function run(args: readonly string[]): number {
  const { values } = readFlags(args, {
    ...COMMON,
    check: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  if (values.help) return print(USAGE);
  requireFolder(values.policies);
  const stale = [...schemaFiles()].filter(([path, text]) => textAt(join(values.policies, path)) !== text);
  if (!values.check) for (const [path, text] of stale) write(join(values.policies, path), text);
  const paths = stale.map(([path]) => join(values.policies, path));
  if (values.json) print(JSON.stringify({ [values.check ? "stale" : "written"]: paths }, null, 2));
  else if (paths.length === 0) print("The schemas are up to date");
  else if (values.check) print(`Not up to date: ${paths.join(", ")}; write them with npx portcullis schema`);
  else print(`Written: ${paths.join(", ")}`);
  return values.check && stale.length > 0 ? 1 : 0;
}

/** The schemas' texts by their path below a policy folder. */
export const schemaFiles = (): Map<string, string> =>
  new Map(
    Object.entries(jsonSchemas()).map(([name, content]) => [
      `schema/${name}.schema.json`,
      `${JSON.stringify(content, null, 2)}\n`,
    ]),
  );

const textAt = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, "utf8") : undefined;

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
