import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes lines into a new file that only its owner can read, and returns when they are on the disk.
 *
 * @throws Error EEXIST for a path that exists; a link is not followed
 */
export async function writeNewFile(path: string, lines: readonly string[]): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(lines.map((line) => `${line}\n`).join(""));
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** Makes the name of a new file last. Windows has no such operation. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } catch (error) {
    if (process.platform !== "win32") throw error;
  } finally {
    await folder?.close();
  }
}
