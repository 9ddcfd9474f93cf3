import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../terraform/moto/support/command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Packs the package, or another one of the repository, into a folder as for a release. Returns the tarball's path. */
export async function pack(folder: string, source = ROOT): Promise<string> {
  const args = ["pack", "--silent", "--pack-destination", folder];
  return join(folder, (await npm(args, source)).trim().split("\n").at(-1) ?? "");
}

/** Installs tarballs and their dependencies, from npm's cache if possible, otherwise from the registry. */
export async function install(folder: string, ...tarballs: string[]): Promise<void> {
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], folder);
}

/**
 * Packs the package and installs it into a folder without npm, with the repository's own copies of the dependencies.
 * Returns the tarball's path.
 */
export async function unpack(folder: string): Promise<string> {
  const installed = join(folder, "node_modules");
  const tarball = await pack(folder);
  await extract(tarball, join(installed, "portcullis"));
  const modules = join(ROOT, "node_modules");
  for (const name of readdirSync(modules).filter((one) => !one.startsWith(".")))
    symlinkSync(join(modules, name), join(installed, name));
  return tarball;
}

/** Extracts a tarball of npm into a folder. */
export async function extract(tarball: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await succeeds("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder], folder);
}

/** Runs the `portcullis` that is installed in the folder `home`, in the folder `cwd`. */
export async function portcullis(home: string, cwd: string, ...args: string[]): Promise<string> {
  const program = join(home, "node_modules/portcullis/bin/portcullis.mjs");
  return succeeds(process.execPath, [program, ...args], cwd);
}

export const npm = (args: readonly string[], cwd: string): Promise<string> => succeeds("npm", args, cwd);

/** Runs a program to its end and returns its output. @throws Error with the output if the status is not 0 */
export async function succeeds(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { status, stdout, stderr } = await runCommand(program, args, { cwd, env, timeout: 600 });
  if (status === 0) return stdout;
  throw new Error([`${program} ${args.join(" ")} ended with ${String(status)}`, stderr || stdout].join("\n"));
}
