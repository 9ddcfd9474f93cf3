import type { Route } from "../route.ts";
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

  /** What one resource for all of its methods saves at the longest. */
  saving(path: number, routes: readonly Route[]): number {
    return this.longest(path, routes, false) - this.longest(path, routes, true);
  }
}
