import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compilePackage } from "../../../support/compiled-package.ts";
import { type CommandResult, runCommand } from "./command.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const EXCLUDED =
  /(^|\/)(\.git|\.terraform|\.terraform\.lock\.hcl|node_modules|[^/]*\.tfstate[^/]*|[^/]*\.tfplan)$|^(build|coverage)$/;

/** A copy of the project, so that the user's state, plans and build do not change. */
export interface Workspace {
  readonly folder: string;
  /** Runs `build` of the packed `portcullis` with these flags. */
  build(...flags: string[]): Promise<void>;
  /** Runs a verb of the packed `portcullis`. */
  run(verb: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult>;
  /** Replaces a string that must be in a file. */
  edit(path: string, from: string, to: string): void;
  read(path: string): string;
  write(path: string, content: string): void;
  /** Makes another copy, with this workspace's build. */
  copy(): Workspace;
  remove(): void;
}

export const createWorkspace = (): Workspace => copyFolder(ROOT);

function copyFolder(source: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-terraform-"));
  const isCopied =
    source === ROOT ? (path: string) => !EXCLUDED.test(relative(source, path)) : isNotTerraform;
  cpSync(source, folder, { recursive: true, filter: (path) => path === source || isCopied(path) });
  if (source === ROOT) symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const at = (path: string): string => join(folder, path);
  const read = (path: string): string => readFileSync(at(path), "utf8");
  const write = (path: string, content: string): void => writeFileSync(at(path), content);
  return {
    folder,
    read,
    write,
    run: (verb, args, env) => runVerb(folder, verb, args, env),
    async build(...flags) {
      const { status, stderr } = await runVerb(folder, "build", flags, process.env);
      if (status !== 0) throw new Error(`npx portcullis build ended with ${String(status)}\n${stderr}`);
    },
    edit(path, from, to) {
      const before = read(path);
      if (!before.includes(from)) throw new Error(`${path} does not contain ${from}`);
      write(path, before.replace(from, to));
    },
    copy: () => copyFolder(folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

let compiled: string | undefined;

/** Returns the program of the package, so that Terraform gets what users build and upload. */
function packedProgram(): string {
  if (compiled === undefined) {
    const folder = compilePackage();
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    compiled = join(folder, "bin/portcullis.mjs");
  }
  return compiled;
}

function runVerb(
  folder: string,
  verb: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CommandResult> {
  return runCommand(process.execPath, [packedProgram(), verb, ...args], { cwd: folder, env, timeout: 120 });
}

const isNotTerraform = (path: string): boolean => !basename(path).startsWith(".terraform");
