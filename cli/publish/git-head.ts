import { spawnSync } from "node:child_process";

/** Returns the commit of a folder's files, and whether the files differ from it. The commit is null outside of git. */
export function gitHead(folder: string): { readonly commit: string | null; readonly dirty: boolean } {
  const commit = git(folder, "rev-parse", "--verify", "HEAD");
  if (commit === undefined) return { commit: null, dirty: false };
  return { commit, dirty: git(folder, "status", "--porcelain", "--", ".") !== "" };
}

function git(cwd: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { cwd, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
