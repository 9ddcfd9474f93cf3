import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What users of `portcullis/table` install. */
const PEER = "@aws-sdk/client-dynamodb";

/**
 * Returns the declarations of `portcullis/table` by path: those that its entry needs.
 *
 * @throws Error if they need a package that users do not install
 */
export function tableTypes(root: string): (readonly [path: string, content: Uint8Array])[] {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-types-"));
  try {
    const compiler = join(root, "node_modules/.bin/tsc");
    execFileSync(process.execPath, [compiler, "-p", join(root, "scripts/package"), "--outDir", folder], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const needed = reachable(join(folder, "runtime/table/tenant-store.d.ts"));
    return [...needed].sort().map((file) => [file.slice(folder.length + 1), declaration(file)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names modules by the extension that every version of TypeScript resolves in declarations. */
const declaration = (file: string): Uint8Array =>
  new TextEncoder().encode(
    readFileSync(file, "utf8").replaceAll(/((?:from|import\() ?"\.[^"]+)\.ts"/g, '$1.js"'),
  );

/** Returns the declaration files that a file imports, directly or through others. */
function reachable(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"([^"]+)"/g)) {
    if (name.startsWith(".")) reachable(join(dirname(file), name.replace(/\.[jt]s$/, ".d.ts")), found);
    else if (name !== PEER) throw new Error(`${file} imports ${name}, which users do not install`);
  }
  return found;
}

/** Returns the paths of all files below a folder, sorted. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
