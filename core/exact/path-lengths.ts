import type { Route } from "../model/route.ts";
import { longestForPath, pathSize, type RouteSize, type Sizes } from "./budget.ts";
import type { PathRoutes } from "./conflicts.ts";

/** How long the resources of each path can be, in bytes. */
export class PathLengths {
  readonly #sizeOf: ReadonlyMap<Route, RouteSize>;
  readonly #anyMethod: readonly number[];

  constructor(paths: readonly PathRoutes[], sizeOf: ReadonlyMap<Route, RouteSize>, sizes: Sizes) {
    this.#sizeOf = sizeOf;
    this.#anyMethod = paths.map(({ segments }) => pathSize("*", segments, sizes));
  }

  /** At the longest, of some routes of a path. `merged`: where one resource may stand for all of its methods. */
  longest(path: number, routes: readonly Route[], merged: boolean): number {
    const sizes = routes.flatMap((route) => this.#sizeOf.get(route) ?? []);
    return longestForPath(sizes, merged ? this.#anyMethod[path] : undefined);
  }

  /**
   * The most that the pieces of a path can save when it is divided among groups, the largest first. A piece has two
   * routes at least and saves no more than the least of what its routes take beyond their bound resources (see
   * {@link longestForPath}); so where k pieces save as much each, 2k routes take as much.
   */
  mostSaved(routes: readonly Route[]): number[] {
    const sizes = routes.flatMap((route) => this.#sizeOf.get(route) ?? []);
    return sizes
      .map(({ free, bound }) => Math.max(free, bound) - bound)
      .sort((a, b) => b - a)
      .filter((_, at) => at % 2 === 1);
  }

  /** What one resource for all of its methods saves at the longest. */
  saving(path: number, routes: readonly Route[]): number {
    return this.longest(path, routes, false) - this.longest(path, routes, true);
  }
}
