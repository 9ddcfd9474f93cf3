import { existsSync } from "node:fs";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";

/** A Node whose cold start is measured. */
export interface Runtime {
  readonly major: number;
  /** Its program. */
  readonly path: string;
}

const MAJORS = [20, 22, 24];

/**
 * The Nodes that Lambda has: those that bench/package.json brings, and where there is none for this machine the one
 * that runs this. What is missing is told, and in CI an error.
 */
export function runtimes(): Runtime[] {
  const found = MAJORS.flatMap((major) => {
    const path = pathOf(major);
    return path === undefined ? [] : [{ major, path }];
  });
  const missing = MAJORS.filter((major) => !found.some((runtime) => runtime.major === major));
  if (missing.length > 0) {
    const told = `npm has no Node ${missing.join(", ")} for ${platform()}-${arch()}: left out`;
    if (process.env["CI"] !== undefined) throw new Error(told);
    process.stdout.write(`${told}\n`);
  }
  return found;
}

function pathOf(major: number): string | undefined {
  const name = `node-${major}-${platform()}-${arch()}`;
  const path = fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url));
  if (existsSync(path)) return path;
  return process.versions.node.startsWith(`${major}.`) ? process.execPath : undefined;
}
