import { readFileSync } from "node:fs";
import { pick, type Random, shuffle } from "../oracle/naive-requests.ts";

/** The paths of an API: the first tag of each method, by method and path. */
type Paths = Readonly<Record<string, Readonly<Record<string, string>>>>;

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as T;

const github = read<{ paths: Paths }>("github-api").paths;

const keysOf = (paths: Paths, chosen: Iterable<string>): string[] =>
  [...chosen].flatMap((path) => Object.keys(paths[path] ?? {}).map((method) => `${method} ${path}`));

export const GITHUB_PATHS: readonly string[] = Object.keys(github);
export const GITHUB_KEYS: readonly string[] = keysOf(github, GITHUB_PATHS);
export const githubKeys = (paths: Iterable<string>): string[] => keysOf(github, paths);
/** The keys of the routes of each tag. */
export const GITHUB_TAGS: ReadonlyMap<string, readonly string[]> = byTag();

function byTag(): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(github))
    for (const [method, tag] of Object.entries(methods))
      tags.set(tag, [...(tags.get(tag) ?? []), `${method} ${path}`]);
  return tags;
}

export const PETSTORES: readonly (readonly [name: string, keys: readonly string[]])[] = Object.entries(
  read<{ apis: Record<string, Paths> }>("petstores").apis,
).map(([name, paths]) => [name, keysOf(paths, Object.keys(paths))]);

/**
 * Generates an API with the shape of GitHub's: its paths have the same depths, parameters and methods, but
 * other words. Each literal is drawn from GitHub's literals at the same depth, so that other routes overlap
 * than in GitHub's.
 */
export function githubShaped(random: Random, size: number): string[] {
  const words = new Map<number, string[]>();
  for (const path of GITHUB_PATHS)
    for (const [depth, segment] of path.split("/").entries())
      if (!segment.startsWith("{")) words.set(depth, [...(words.get(depth) ?? []), segment]);
  const renamed = new Map<string, string>();
  const keys = new Set<string>();
  for (const path of shuffle(random, GITHUB_PATHS).slice(0, size)) {
    let parent = "";
    const segments = path.split("/").map((segment, depth) => {
      parent += `/${segment}`;
      if (segment === "") return "";
      if (segment.startsWith("{")) return `{p${depth}}`;
      // One word in three is replaced. Below one parent, the same word always gets the same replacement.
      const word =
        renamed.get(parent) ?? (random() < 0.35 ? pick(random, words.get(depth) ?? [segment]) : segment);
      renamed.set(parent, word);
      return word;
    });
    const other = segments.join("/") === "" ? "/" : segments.join("/");
    for (const method of Object.keys(github[path] ?? {})) keys.add(`${method} ${other}`);
  }
  return [...keys];
}
