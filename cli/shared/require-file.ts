import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nearest } from "../../core/policy-files/source/suggestion.ts";
import { UsageError } from "./flags.ts";

/**
 * @param hint what to do if no file has a similar name
 * @throws UsageError with a suggestion if a flag names a file that does not exist, or a folder
 */
export function requireFile(flag: string, file: string, hint?: string): void {
  if (!existsSync(file)) {
    const near = fileLike(file);
    const next = near === undefined ? hint && `: ${hint}` : `; did you mean "${near}"?`;
    throw new UsageError(`--${flag}: there is no file ${file}${next ?? ""}`);
  }
  if (statSync(file).isDirectory()) throw new UsageError(`--${flag}: ${file} is a folder: name a file`);
}

/** Returns the existing file of the same folder with a similar name. */
function fileLike(file: string): string | undefined {
  const folder = dirname(file);
  const near = existsSync(folder) ? nearest(basename(file), readdirSync(folder)) : undefined;
  return near && join(folder, near);
}
