import type { Conflicts, PathRoutes } from "./conflicts.ts";
import type { PathLengths } from "./path-lengths.ts";

/**
 * Returns a lower bound on the total length of the longest policies, by the number of groups. It holds for
 * every division of a path's methods among the groups.
 *
 * One resource for all methods of a path saves bytes. If such resources of several paths match each other's
 * requests, a group can contain only one of them. So the number of these paths, and of their pieces, that save
 * bytes is at most the number of groups.
 */
export const leastBytes = (conflicts: Conflicts, lengths: PathLengths): ((groups: number) => number) =>
  bytesWith(exclusivePaths(conflicts), conflicts.paths, lengths);

/** Returns a smaller lower bound, for which no conflicts need to be known. */
export const leastBytesAlone = (
  paths: readonly PathRoutes[],
  lengths: PathLengths,
): ((groups: number) => number) =>
  bytesWith(
    paths.map((_, path) => [path]),
    paths,
    lengths,
  );

function bytesWith(
  exclusive: readonly (readonly number[])[],
  paths: readonly PathRoutes[],
  lengths: PathLengths,
): (groups: number) => number {
  const whole = paths.reduce((sum, { routes }, path) => sum + lengths.longest(path, routes, false), 0);
  const savings = exclusive.map((members) =>
    members.flatMap((path) => lengths.mostSaved(paths[path]?.routes ?? [])).sort((a, b) => b - a),
  );
  return (groups) =>
    savings.reduce(
      (bytes, saved) => bytes - saved.slice(0, groups).reduce((sum, one) => sum + one, 0),
      whole,
    );
}

/**
 * Divides the paths with several methods into sets. In one group, only one path of a set can have a resource
 * for all methods.
 */
function exclusivePaths({ paths, reaching }: Conflicts): number[][] {
  const exclude = (a: number, b: number): boolean => reaching.has(a, b) || reaching.has(b, a);
  const sets: number[][] = [];
  for (const [path, { routes }] of paths.entries()) {
    if (routes.length < 2) continue;
    const set = sets.find((members) => members.every((member) => exclude(member, path)));
    if (set === undefined) sets.push([path]);
    else set.push(path);
  }
  return sets;
}
