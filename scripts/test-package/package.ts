import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../test-terraform/command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Packs the package into a folder, as for a release. Returns the tarball's path. */
export async function pack(folder: string): Promise<string> {
  const args = ["pack", "--silent", "--pack-destination", folder];
  return join(folder, (await npm(args, ROOT)).trim().split("\n").at(-1) ?? "");
}

/** Installs a tarball and what it depends on; from npm's cache where it is there, else from the registry. */
export async function install(tarball: string, folder: string): Promise<void> {
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], folder);
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await runCommand("npm", args, { cwd, env: process.env, timeout: 300 });
  if (status !== 0) throw new Error(`npm ${args[0] ?? ""} ended with ${String(status)}\n${stderr}`);
  return stdout;
}
