import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { lineSchema } from "../../cli/bulk/line-schema.ts";
import { schemaFiles } from "../../cli/commands/policies/schema.ts";
import { readFlags, runCommand } from "../../cli/shared/flags.ts";
import { print } from "../../cli/shared/output.ts";
import { logJsonSchemas } from "../../core/policy-files/replay/log-json-schemas.ts";
import { readPackage } from "../../packaging/bundled-packages.ts";
import { LAMBDA_NAMES } from "../../packaging/lambda-code.ts";
import { noticeFiles } from "../../packaging/notices.ts";
import { consoleFiles, lambdaFiles, workerRuntime } from "../../packaging/outputs.ts";
import { bundleCommand } from "./command-bundle.ts";
import { filesBelow, tableTypes } from "./table-types.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const USAGE = `npx tsx scripts/package/compile.ts [--out DIR]

Compiles what the npm package contains instead of the sources, by default into dist/. npm pack runs it.`;

/** Returns the files of `dist/` by path. */
async function compile(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { files, packages } = await bundleCommand();
  const lambdas = await Promise.all(
    LAMBDA_NAMES.map(async (name) => [`lambdas/${name}`, Object.entries(await lambdaFiles(name))] as const),
  );
  const page = [...(await consoleFiles())].map(([name, { body }]) => [name, body] as const);
  const templates = readdirSync(join(ROOT, "cli/init"));
  const inFolder = (folder: string, entries: readonly (readonly [string, Uint8Array])[]) =>
    entries.map(([name, content]) => [`${folder}/${name}`, content] as const);
  return new Map([
    ...files,
    ...Object.entries(noticeFiles(readPackage(ROOT), packages)),
    ...lambdas.flatMap(([folder, entries]) => inFolder(folder, entries)),
    ...inFolder("console", page),
    ["worker.js", new TextEncoder().encode(workerRuntime())],
    ...inFolder(
      "init",
      templates.map((name) => [name, readFileSync(join(ROOT, "cli/init", name))]),
    ),
    ...[...schemaFiles()].map(([path, text]) => [path, new TextEncoder().encode(text)] as const),
    ...inFolder(
      "schema",
      Object.entries({ ...logJsonSchemas(), import: lineSchema() }).map(([name, schema]) => [
        `${name}.schema.json`,
        new TextEncoder().encode(`${JSON.stringify(schema, null, 2)}\n`),
      ]),
    ),
    ...inFolder("types", tableTypes(ROOT)),
  ]);
}

/** Makes a folder have exactly these files. Files that are right stay, because another process may be packing them. */
function sync(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, content] of files) {
    const file = join(folder, path);
    if (isSame(file, content)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, content);
    renameSync(`${file}.${process.pid}`, file);
  }
  for (const path of filesBelow(folder)) if (!files.has(path)) rmSync(join(folder, path), { force: true });
}

function isSame(file: string, content: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(content);
  } catch {
    return false;
  }
}

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    out: { type: "string", default: join(ROOT, "dist") },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  sync(resolve(values.out), await compile());
  return 0;
});
