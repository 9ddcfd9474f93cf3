import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandResult, runCommand } from "./command.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const LEFT_OUT =
  /(^|\/)(\.git|\.terraform|\.terraform\.lock\.hcl|node_modules|[^/]*\.tfstate[^/]*|[^/]*\.tfplan)$|^(build|coverage)$/;

/** A copy of the project, so that the user's state, plans and build are not touched. */
export interface Workspace {
  readonly folder: string;
  /** `npx portcullis build` with these flags */
  build(...flags: string[]): Promise<void>;
  /** A command of `scripts/`, by its name. */
  run(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult>;
  /** Changes a text that must be in a file. */
  edit(path: string, from: string, to: string): void;
  read(path: string): string;
  write(path: string, content: string): void;
  /** Another copy, with the build that this one has. */
  copy(): Workspace;
  remove(): void;
}

export const createWorkspace = (): Workspace => copyOf(ROOT);

function copyOf(source: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-terraform-"));
  const kept = source === ROOT ? (path: string) => !LEFT_OUT.test(relative(source, path)) : notTerraform;
  cpSync(source, folder, { recursive: true, filter: (path) => path === source || kept(path) });
  if (source === ROOT) symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const at = (path: string): string => join(folder, path);
  const read = (path: string): string => readFileSync(at(path), "utf8");
  const write = (path: string, content: string): void => writeFileSync(at(path), content);
  return {
    folder,
    read,
    write,
    run: (script, args, env) => runScript(folder, script, args, env),
    async build(...flags) {
      const { status, stderr } = await runScript(folder, "build", flags, process.env);
      if (status !== 0) throw new Error(`npx portcullis build ended with ${String(status)}\n${stderr}`);
    },
    edit(path, from, to) {
      const before = read(path);
      if (!before.includes(from)) throw new Error(`${path} does not have the text ${from}`);
      write(path, before.replace(from, to));
    },
    copy: () => copyOf(folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runScript(
  cwd: string,
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CommandResult> {
  const program = [join(ROOT, "node_modules/tsx/dist/cli.mjs"), `scripts/${script}.ts`, ...args];
  return runCommand(process.execPath, program, { cwd, env, timeout: 120 });
}

const notTerraform = (path: string): boolean => !basename(path).startsWith(".terraform");
