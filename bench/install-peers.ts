import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const LOCK = `${FOLDER}package-lock.json`;
/** npm writes this file when an installation is complete. */
const INSTALLED = `${FOLDER}node_modules/.package-lock.json`;

/** Installs the packages that Portcullis is compared with, unless they match the lock file. @throws Error if npm fails */
export function installPeers(): void {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs) return;
  process.stdout.write("npm ci in bench/: installs the packages that Portcullis is compared with\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0) throw new Error("npm ci in bench/ failed: its output is above");
}
