import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { PolicyFiles } from "../../core/policy-files/model/policy-set.ts";
import { UsageError } from "./flags.ts";

/** Reads a policy folder's files at a commit. `flag` is named in errors. @throws UsageError if git does not know the commit or the folder */
export function readPolicyFilesAt(ref: string, folder: string, flag = "--against"): PolicyFiles {
  const files = findPolicyFilesAt(ref, folder, flag);
  if (files.size === 0) throw new UsageError(`${flag}: ${ref} has no policy files in ${folder}`);
  return files;
}

/**
 * Reads a policy folder's files at a commit or a tree; none if it has no such folder. Reads them by their object ids,
 * because a name can contain a line break. Symbolic links and submodules are no policy files, as in a folder on disk.
 *
 * @throws UsageError if git does not know the commit
 */
export function findPolicyFilesAt(ref: string, folder: string, flag = "--against"): PolicyFiles {
  const top = git(["rev-parse", "--show-toplevel"], existsSync(folder) ? folder : ".", flag).trim();
  const inside = relative(top, resolve(folder)).split("\\").join("/") || ".";
  const entries = git(
    ["ls-tree", "-r", "-z", "--end-of-options", ref, "--", inside === "." ? "." : `${inside}/`],
    top,
    flag,
  )
    .split("\0")
    .flatMap((entry) => {
      const [, id = "", name = ""] = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      return /\.(ya?ml|json)$/.test(name) ? [{ id, name }] : [];
    });
  const texts = readBlobs(
    top,
    entries.map(({ id }) => id),
  );
  return new Map(
    entries.map(({ name }, index) => [
      inside === "." ? name : name.slice(inside.length + 1),
      texts[index] ?? "",
    ]),
  );
}

/** Returns the tree of the merge of two commits; undefined if they conflict. Reads and writes git's objects alone. */
export function mergeTree(ours: string, theirs: string, folder: string): string | undefined {
  const cwd = existsSync(folder) ? folder : ".";
  const [a, b] = [ours, theirs].map((ref) =>
    git(["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`], cwd, "--merge").trim(),
  ) as [string, string];
  const { status, stdout, stderr } = spawnSync("git", ["merge-tree", "--write-tree", a, b], {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status === 1) return undefined;
  if (status === 0) return stdout.trim();
  throw new UsageError(
    `--merge: git merge-tree says "${stderr.trim().split("\n", 1)[0]}": it needs git 2.38 or later`,
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
