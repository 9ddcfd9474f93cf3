import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** Returns the root of the git repository that contains a folder, or the folder itself outside a repository. */
export function repositoryRoot(folder: string): string {
  let root = resolve(folder);
  while (!existsSync(join(root, ".git"))) {
    const parent = dirname(root);
    if (parent === root) return resolve(folder);
    root = parent;
  }
  return root;
}

/** Returns a file's path from the repository's root, with `/` between its parts; undefined outside the repository. */
export function repositoryPath(file: string, root = repositoryRoot(process.cwd())): string | undefined {
  const path = relative(root, resolve(file));
  const isOutside = path === ".." || path.startsWith(`..${sep}`) || resolve(path) === path;
  return isOutside ? undefined : path.split(sep).join("/");
}
