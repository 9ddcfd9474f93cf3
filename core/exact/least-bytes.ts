import type { Conflicts } from "./conflicts.ts";
import type { PathLengths } from "./path-lengths.ts";

/**
 * The bytes that the longest policies take together at least, by the number of groups, however the methods of a
 * path are divided among them. Of paths that reach each other with a resource for all methods, a group can have
 * one with such a resource, so no more of them and of their pieces save by it than there are groups.
 */
export function leastBytes(conflicts: Conflicts, lengths: PathLengths): (groups: number) => number {
  const whole = conflicts.paths.reduce(
    (sum, { routes }, path) => sum + lengths.longest(path, routes, false),
    0,
  );
  const savings = exclusivePaths(conflicts).map((paths) =>
    paths.flatMap((path) => lengths.mostSaved(conflicts.paths[path]?.routes ?? [])).sort((a, b) => b - a),
  );
  return (groups) =>
    savings.reduce(
      (left, ofPaths) => left - ofPaths.slice(0, groups).reduce((sum, one) => sum + one, 0),
      whole,
    );
}

/** The paths of several methods, in sets of which no two paths can both be merged in one group. */
function exclusivePaths({ paths, reachedByAnyMethod }: Conflicts): number[][] {
  const reached = reachedByAnyMethod.map((ofPath) => new Set(ofPath));
  const exclude = (a: number, b: number): boolean =>
    reached[a]?.has(b) === true || reached[b]?.has(a) === true;
  const sets: number[][] = [];
  for (const [path, { routes }] of paths.entries()) {
    if (routes.length < 2) continue;
    const set = sets.find((members) => members.every((member) => exclude(member, path)));
    if (set === undefined) sets.push([path]);
    else set.push(path);
  }
  return sets;
}
