import { existsSync } from "node:fs";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";

/** A version of Node whose cold start is measured. */
export interface Runtime {
  readonly major: number;
  /** Path of the executable. */
  readonly path: string;
}

const MAJORS = [20, 22, 24];

/**
 * Returns the versions of Node that Lambda offers: the packages of bench/package.json, or the running Node where there
 * is no package for this machine. Prints the versions that are missing.
 *
 * @throws Error if a version is missing in CI
 */
export function findRuntimes(): Runtime[] {
  const found = MAJORS.flatMap((major) => {
    const path = executablePath(major);
    return path === undefined ? [] : [{ major, path }];
  });
  const missing = MAJORS.filter((major) => !found.some((runtime) => runtime.major === major));
  if (missing.length > 0) {
    const message = `npm has no Node ${missing.join(", ")} for ${platform()}-${arch()}: the run skips it`;
    if (process.env["CI"] !== undefined) throw new Error(message);
    process.stdout.write(`${message}\n`);
  }
  return found;
}

function executablePath(major: number): string | undefined {
  const name = `node-${major}-${platform()}-${arch()}`;
  const path = fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url));
  if (existsSync(path)) return path;
  return process.versions.node.startsWith(`${major}.`) ? process.execPath : undefined;
}
