import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freezeTable } from "../tests/versions/freeze-table.ts";

/*
 * Freezes what this version writes, for the tests of later versions: the sample's policy files, the authorizer's zip and
 * environment, the items of a table, and the Terraform module with its build. Run it once, when the version is released.
 */
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const folder = join(ROOT, "tests/versions", version);
if (existsSync(folder)) throw new Error(`${folder} exists: what a released version wrote does not change`);

const work = mkdtempSync(join(tmpdir(), "portcullis-freeze-"));
try {
  for (const name of readdirSync(ROOT).filter(isOfModule))
    cpSync(join(ROOT, name), join(work, name), { recursive: true });
  execFileSync(process.execPath, [join(ROOT, "bin/portcullis.mjs"), "build"], {
    cwd: work,
    stdio: ["ignore", "ignore", "inherit"],
  });
  mkdirSync(folder, { recursive: true });
  cpSync(join(work, "policies"), join(folder, "policies"), { recursive: true });
  cpSync(join(work, "build/authorizer.zip"), join(folder, "authorizer.zip"));
  const { environment, items } = await freezeTable(join(folder, "policies"));
  writeFileSync(join(folder, "environment.json"), `${JSON.stringify(environment, null, 2)}\n`);
  writeFileSync(join(folder, "table.json"), `${JSON.stringify(items, null, 2)}\n`);
  // Sorted, and without owners and times, so that the archive depends on the files alone.
  const flags = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  execFileSync("tar", [...flags, "-czf", join(folder, "terraform.tar.gz"), "-C", work, "."]);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Reports whether a file or folder of the repository belongs to the Terraform module or to its build. */
function isOfModule(name: string): boolean {
  return name.endsWith(".tf") || ["modules", "policies", "environments"].includes(name);
}
