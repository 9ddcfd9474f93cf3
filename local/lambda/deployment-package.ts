import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { unzipSync } from "fflate";

/** An unpacked zip. */
export interface DeploymentPackage {
  readonly taskRoot: string;
  /** Deletes the unpacked files. */
  remove(): void;
}

/**
 * Unpacks a function's zip into a new directory below `root` (default: the system's temporary directory).
 *
 * @throws Error when the zip is corrupt or has an entry that points outside it
 */
export function unpack(zip: Uint8Array, root: string = tmpdir()): DeploymentPackage {
  const files = Object.entries(unzipSync(zip));
  mkdirSync(root, { recursive: true });
  const taskRoot = mkdtempSync(join(root, "portcullis-lambda-"));
  const remove = (): void => rmSync(taskRoot, { recursive: true, force: true });
  try {
    // Lambda reads .js as CommonJS. Here the "type" of a parent directory's package.json would apply.
    writeFileSync(join(taskRoot, "package.json"), "{}");
    for (const [name, content] of files) write(taskRoot, name, content);
  } catch (error) {
    remove();
    throw error;
  }
  return { taskRoot, remove };
}

function write(taskRoot: string, name: string, content: Uint8Array): void {
  const path = join(taskRoot, name);
  if (relative(taskRoot, path).startsWith("..")) {
    throw new Error(`The zip's entry "${name}" points outside the zip; build the zip again`);
  }
  if (name.endsWith("/")) {
    mkdirSync(path, { recursive: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
