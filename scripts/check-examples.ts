import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Example, findExamples, showsValue, writeModule } from "./docstring-examples.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["core", "runtime", "lambdas", "packages/caller"];

const examples = FOLDERS.flatMap(sourceFiles).flatMap((file) =>
  findExamples(file, readFileSync(join(ROOT, file), "utf8")),
);
const folder = mkdtempSync(join(tmpdir(), "examples-"));
try {
  const passed = writeModules() && passes("tsc", "-p", folder) && passes("tsx", join(folder, "run.ts"));
  if (passed) process.stdout.write(`${examples.length} examples compile, and show what they return\n`);
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function sourceFiles(name: string): string[] {
  return readdirSync(join(ROOT, name), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/(^|\/)(dist|node_modules)\//.test(path))
    .sort()
    .map((path) => `${name}/${path}`);
}

/** Writes all modules, their compiler options and `run.ts`; reports a shown value that is not JSON. */
function writeModules(): boolean {
  const problems: string[] = [];
  for (const [index, example] of examples.entries())
    try {
      writeFileSync(join(folder, moduleName(index)), writeModule(example, ROOT));
    } catch (error) {
      problems.push(
        `${at(example)}: a shown value is neither JSON nor undefined: ${(error as Error).message}\n`,
      );
    }
  process.stderr.write(problems.join(""));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  write("package.json", { type: "module" });
  write("tsconfig.json", {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(ROOT, "node_modules/@types")] },
    include: ["*.ts"],
    exclude: [],
  });
  const modules = examples.flatMap((example, index) => (showsValue(example) ? [moduleName(index)] : []));
  writeFileSync(join(folder, "run.ts"), runner(modules));
  return problems.length === 0;
}

function write(name: string, value: object): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}

function moduleName(index: number): string {
  return `example-${index}.ts`;
}

/** The program that runs each module and reports where one fails. */
function runner(modules: readonly string[]): string {
  return `
for (const name of ${JSON.stringify(modules)})
  try {
    await import("./" + name);
  } catch (error) {
    process.exitCode = 1;
    const thrown = error instanceof Error ? error : new Error(String(error));
    const [, line = "1"] = new RegExp("/" + name + ":(\\\\d+)").exec(thrown.stack ?? "") ?? [];
    process.stderr.write(name + "(" + line + "): " + thrown.message + "\\n");
  }
export {};
`;
}

/** Runs a program of the repository and names the docstring's line wherever its output names a module's. */
function passes(program: string, ...args: readonly string[]): boolean {
  const command = join(ROOT, "node_modules/.bin", program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    encoding: "utf8",
    cwd: folder,
  });
  process.stderr.write(
    (stdout + stderr).replace(/example-(\d+)\.ts\((\d+)(?:,\d+)?\)/g, (_, index: string, line: string) =>
      at(examples[Number(index)], Number(line)),
    ),
  );
  return status === 0;
}

function at(example: Example | undefined, line = 1): string {
  return example === undefined ? "?" : `${example.file}:${example.line + line - 1}`;
}
