import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { UsageError } from "./flags.ts";

/** @throws UsageError with a suggestion if a flag names a file that does not exist, or a folder */
export function requireFile(flag: string, file: string): void {
  if (!existsSync(file)) {
    const folder = dirname(file);
    const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    const found = suggestion(file, names);
    throw new UsageError(`--${flag}: there is no file ${file}${found.includes("did you mean") ? found : ""}`);
  }
  if (statSync(file).isDirectory()) throw new UsageError(`--${flag}: ${file} is a folder: name a file`);
}
