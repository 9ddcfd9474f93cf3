import { execFileSync, spawnSync } from "node:child_process";
import { relative, resolve } from "node:path";
import type { PolicyFiles } from "../../core/policy-files/model/policy-set.ts";
import { UsageError } from "./flags.ts";

/** Reads a policy folder's files at a commit. `flag` is named in errors. @throws UsageError if git does not know the commit or the folder */
export function readPolicyFilesAt(ref: string, folder: string, flag = "--against"): PolicyFiles {
  const top = git(["rev-parse", "--show-toplevel"], folder, flag).trim();
  const inside = relative(top, resolve(folder)).split("\\").join("/") || ".";
  const names = git(
    ["ls-tree", "-r", "-z", "--name-only", ref, "--", inside === "." ? "." : `${inside}/`],
    top,
    flag,
  )
    .split("\0")
    .filter((name) => /\.(ya?ml|json)$/.test(name));
  if (names.length === 0) throw new UsageError(`${flag}: ${ref} has no policy files in ${folder}`);
  const texts = readBlobs(
    top,
    names.map((name) => `${ref}:${name}`),
  );
  return new Map(
    names.map((name, index) => [inside === "." ? name : name.slice(inside.length + 1), texts[index] ?? ""]),
  );
}

function git(args: readonly string[], cwd: string, flag: string): string {
  try {
    return execFileSync("git", args, {
      cwd,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const reason = String((error as { stderr?: unknown }).stderr ?? "")
      .trim()
      .split("\n", 1)[0];
    throw new UsageError(
      `${flag}: git says "${reason || (error as Error).message}": name a commit of this repository, or a folder`,
    );
  }
}

/** Reads all contents in one call of git, because ten thousand tenants are ten thousand files. */
function readBlobs(cwd: string, objects: readonly string[]): string[] {
  const { stdout } = spawnSync("git", ["cat-file", "--batch"], {
    cwd,
    input: `${objects.join("\n")}\n`,
    maxBuffer: 1 << 30,
  });
  const texts: string[] = [];
  let at = 0;
  while (texts.length < objects.length && at < stdout.length) {
    const end = stdout.indexOf(10, at);
    const size = Number(stdout.toString("utf8", at, end).split(" ")[2]);
    texts.push(stdout.toString("utf8", end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return texts;
}
