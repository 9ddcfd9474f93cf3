import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A repository with the sample on its branch `main`, and a pull request's commit on the branch `change`. */
export interface PullRequestRepository {
  readonly folder: string;
  /** The policy folder. */
  readonly policies: string;
  git(...args: string[]): string;
}

/** Creates the repository in a temporary folder. The working tree has `main`, as in the workflow. */
export function repositoryWith(
  change: Readonly<Record<string, string | null>>,
  base: Readonly<Record<string, string>> = {},
): PullRequestRepository {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-review-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.example", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const policies = join(folder, "policies");
  cpSync(new URL("../../../policies", import.meta.url), policies, { recursive: true });
  git("init", "-q", "-b", "main");
  commit(base, "main");
  git("checkout", "-q", "-b", "change");
  commit(change, "change");
  git("checkout", "-q", "main");
  return { folder, policies, git };

  function commit(files: Readonly<Record<string, string | null>>, message: string): void {
    for (const [path, content] of Object.entries(files)) {
      const file = join(policies, path);
      mkdirSync(dirname(file), { recursive: true });
      if (content === null) rmSync(file);
      else writeFileSync(file, content);
    }
    git("add", "--all");
    git("commit", "-q", "--allow-empty", "-m", message);
  }
}
