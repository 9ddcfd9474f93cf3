import type { Route } from "../model/route.ts";
import { longestForPath, pathSize, type RouteSize, type Sizes } from "./budget.ts";
import type { PathRoutes } from "./conflicts.ts";

/** The lengths of the resources of each path, in bytes. */
export class PathLengths {
  readonly #sizeOf: ReadonlyMap<Route, RouteSize>;
  readonly #anyMethod: readonly number[];
  /** The lengths for all routes of each path, with one resource for each method and with one for all methods. */
  readonly #whole: readonly (readonly [split: number, merged: number])[];
  readonly #counts: readonly number[];

  constructor(paths: readonly PathRoutes[], sizeOf: ReadonlyMap<Route, RouteSize>, sizes: Sizes) {
    this.#sizeOf = sizeOf;
    this.#anyMethod = paths.map(({ segments }) => pathSize("*", segments, sizes));
    this.#counts = paths.map(({ routes }) => routes.length);
    this.#whole = paths.map(({ routes }, path) => [
      this.#compute(path, routes, false),
      this.#compute(path, routes, true),
    ]);
  }

  /**
   * Returns the maximum length for some routes of a path.
   *
   * @param merged whether one resource may allow all methods of the path
   */
  longest(path: number, routes: readonly Route[], merged: boolean): number {
    const whole = routes.length === this.#counts[path] ? this.#whole[path] : undefined;
    return whole?.[merged ? 1 : 0] ?? this.#compute(path, routes, merged);
  }

  #compute(path: number, routes: readonly Route[], merged: boolean): number {
    const sizes = routes.flatMap((route) => this.#sizeOf.get(route) ?? []);
    return longestForPath(sizes, merged ? this.#anyMethod[path] : undefined);
  }

  /**
   * Returns upper bounds on what the pieces of a path can save when it is divided among groups, the largest
   * first.
   *
   * A piece has at least two routes, and saves at most the smallest difference between a route's length and its
   * bound length (see {@link longestForPath}). So if each of k pieces saves some number of bytes, then 2k
   * routes have a difference of at least this number.
   */
  mostSaved(routes: readonly Route[]): number[] {
    const sizes = routes.flatMap((route) => this.#sizeOf.get(route) ?? []);
    return sizes
      .map(({ free, bound }) => Math.max(free, bound) - bound)
      .sort((a, b) => b - a)
      .filter((_, at) => at % 2 === 1);
  }

  /** Returns what one resource for all methods saves of the maximum length. */
  saving(path: number, routes: readonly Route[]): number {
    return this.longest(path, routes, false) - this.longest(path, routes, true);
  }
}
