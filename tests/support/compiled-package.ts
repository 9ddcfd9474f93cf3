import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Compiles the package into a new folder, with what the command needs of it. Returns the folder. */
export function compilePackage(): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-compiled-"));
  const compiler = [join(ROOT, "node_modules/.bin/tsx"), join(ROOT, "scripts/package/compile.ts")];
  execFileSync(process.execPath, [...compiler, "--out", join(folder, "dist")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  return folder;
}
