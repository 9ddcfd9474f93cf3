import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findAvoidedWords, isSearched, printAvoidedWord } from "./plain-words.ts";

/**
 * Searches the tracked files, or those below the paths that are given, for words that are hard to read for
 * engineers who read English as a second language, and prints each with its file, its line and plain alternatives.
 *
 * @example
 * npx tsx scripts/check-words.ts             # everything
 * npx tsx scripts/check-words.ts docs cli    # two folders
 */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

function trackedFiles(paths: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync("git", ["ls-files", "-z", "--", ...paths], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  return stdout.split("\0").filter((file) => file !== "");
}

// A file that was deleted and not yet staged is still tracked.
const searched = trackedFiles(process.argv.slice(2)).filter(
  (file) => isSearched(file) && existsSync(`${ROOT}${file}`),
);
const found = searched.flatMap((file) => findAvoidedWords(file, readFileSync(`${ROOT}${file}`, "utf8")));
for (const word of found) process.stderr.write(`${printAvoidedWord(word)}\n`);
process.stdout.write(`${summary()}\n`);
// A check that searches nothing checks nothing.
process.exitCode = found.length === 0 && searched.length > 0 ? 0 : 1;

function summary(): string {
  if (searched.length === 0) return "No tracked file was searched: check the paths";
  if (found.length === 0) return `${searched.length} files use plain words`;
  const files = new Set(found.map(({ file }) => file));
  return `${found.length} words to replace, in ${files.size} of ${searched.length} files`;
}
