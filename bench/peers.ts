import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const LOCK = `${FOLDER}package-lock.json`;
/** Written by npm when an installation is whole. */
const INSTALLED = `${FOLDER}node_modules/.package-lock.json`;

/** Installs what Portcullis is measured beside, where it is not there as the lock file says. @throws where npm fails */
export function installPeers(): void {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs) return;
  process.stdout.write("npm ci in bench/: what Portcullis is measured beside\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0) throw new Error("npm ci in bench/ failed");
}
