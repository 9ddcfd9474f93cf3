import { spawnSync } from "node:child_process";

/** Returns the commit of a folder's files, and whether the files differ from it. The commit is null outside of git. */
export function gitHead(folder: string): { readonly commit: string | null; readonly dirty: boolean } {
  const commit = git(folder, "rev-parse", "--verify", "HEAD");
  if (commit === undefined) return { commit: null, dirty: false };
  return { commit, dirty: git(folder, "status", "--porcelain", "--", ".") !== "" };
}

/** Returns the commit that a name stands for now, such as that of `HEAD~1`. */
export const resolveCommit = (folder: string, ref: string): string | null =>
  git(folder, "rev-parse", "--verify", `${ref}^{commit}`) ?? null;

/** Returns the last commit of the current branch before a time; null if there is none, or no git. */
export const commitBefore = (folder: string, time: string): string | null =>
  git(folder, "rev-list", "-1", `--before=${time}`, "HEAD") || null;

/**
 * Returns what to revert, the newest first, to get from a newer commit to an older one: the commits between them that
 * changed the folder, or the range if these are all. Empty if the older one is not an ancestor of the newer one.
 */
export function commitsBetween(older: string, newer: string, folder: string): string[] {
  const range = `${older}..${newer}`;
  if (git(folder, "merge-base", "--is-ancestor", older, newer) === undefined) return [];
  const list = (...args: string[]): string[] =>
    (git(folder, "rev-list", "--no-merges", range, ...args) ?? "").split("\n").filter((line) => line !== "");
  const own = list("--", ".");
  return own.length > 0 && own.length === list().length ? [range] : own;
}

function git(cwd: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { cwd, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
