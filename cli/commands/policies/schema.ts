import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../../core/policy-files/model/folder-names.ts";
import { jsonSchemas } from "../../../core/policy-files/model/json-schemas.ts";
import type { PolicyFiles } from "../../../core/policy-files/model/policy-set.ts";
import { makeFolder } from "../../../packaging/make-folder.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, FORMAT } from "../../shared/flags.ts";
import { requireFolder } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { readPolicyFiles } from "../../shared/policy-folder.ts";

const FLAGS = {
  policies: COMMON.policies,
  check: { type: "boolean", about: "Writes nothing, and fails if a schema is not up to date." },
  ...FORMAT,
} as const;

export const schema = defineCommand({
  name: "schema",
  about: `Writes JSON Schemas into DIR/schema, so that editors complete and check policy files. They are generated from the
schemas that validate the files, and suggest the folder's own permissions, routes, roles, plans, issuers and tenants. A name
that is newer than the schemas is no error; write them again to have it suggested.`,
  flags: FLAGS,
  examples: ["schema", "schema --check"],
  statuses: ["up to date", "--check found stale schemas"],
  run,
});

function run(values: FlagValues<typeof FLAGS>): number {
  requireFolder(values.policies);
  const stale = [...schemaFiles(readPolicyFiles(values.policies))].filter(
    ([path, text]) => readText(join(values.policies, path)) !== text,
  );
  if (!values.check) for (const [path, text] of stale) write(join(values.policies, path), text);
  const paths = stale.map(([path]) => join(values.policies, path));
  const status = values.check && stale.length > 0 ? 1 : 0;
  if (values.format === "json") return printJson({ [values.check ? "stale" : "written"]: paths }, status);
  if (paths.length === 0) return print("The schemas are up to date");
  if (values.check)
    return print(`Not up to date: ${paths.join(", ")}; write them with npx portcullis schema`, 1);
  return print(`Written: ${paths.join(", ")}`);
}

/**
 * Returns the content of each schema file, by its path in a policy folder.
 *
 * @param files the folder whose names the schemas suggest; absent: none
 */
export const schemaFiles = (files: PolicyFiles = new Map()): Map<string, string> =>
  new Map(
    Object.entries(jsonSchemas(folderNames(files))).map(([name, content]) => [
      `schema/${name}.schema.json`,
      `${JSON.stringify(content, null, 2)}\n`,
    ]),
  );

const readText = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, "utf8") : undefined;

function write(path: string, text: string): void {
  makeFolder(join(path, ".."));
  writeFileSync(path, text);
}
