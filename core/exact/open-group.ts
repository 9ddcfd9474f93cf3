import type { Route } from "../model/route.ts";
import { RESOURCE_BUDGET } from "./budget.ts";
import type { Conflicts } from "./conflicts.ts";
import type { PathLengths } from "./path-lengths.ts";

/** A group while it is being filled: it knows the longest policy that it can need so far. */
export class OpenGroup {
  readonly members = new Map<number, readonly Route[]>();
  readonly #conflicts: Conflicts;
  readonly #lengths: PathLengths;
  /** How many members have requests that a path's resource for all methods would reach. */
  readonly #reached = new Map<number, number>();
  #longest: number;

  /** @param emptyLength what a policy has before any route, in bytes */
  constructor(conflicts: Conflicts, lengths: PathLengths, emptyLength: number) {
    this.#conflicts = conflicts;
    this.#lengths = lengths;
    this.#longest = emptyLength;
  }

  get longest(): number {
    return this.#longest;
  }

  takes(path: number, routes: readonly Route[]): boolean {
    return (
      this.#longest + this.growth(path, routes) <= RESOURCE_BUDGET && !this.#overlapsMember(path, routes)
    );
  }

  add(path: number, routes: readonly Route[]): void {
    this.#longest += this.growth(path, routes);
    if (!this.members.has(path))
      for (const other of this.#conflicts.reachedByAnyMethod[path] ?? [])
        this.#reached.set(other, (this.#reached.get(other) ?? 0) + 1);
    this.members.set(path, [...(this.members.get(path) ?? []), ...routes]);
  }

  /** By how many bytes: the path takes its own length, and paths that its requests now keep from being merged grow. */
  growth(path: number, routes: readonly Route[]): number {
    const own = this.members.get(path) ?? [];
    const alone = this.isAlone(path);
    const length = this.#lengths.longest(path, [...own, ...routes], alone);
    if (own.length > 0) return length - this.#lengths.longest(path, own, alone);
    return (this.#conflicts.reachedByAnyMethod[path] ?? []).reduce(
      (sum, other) => sum + this.#savingBy(other),
      length,
    );
  }

  /** Whether one resource for all methods of a path would reach no other path of this group. */
  isAlone(path: number): boolean {
    return (this.#reached.get(path) ?? 0) === 0;
  }

  #savingBy(path: number): number {
    const routes = this.members.get(path);
    return routes === undefined || !this.isAlone(path) ? 0 : this.#lengths.saving(path, routes);
  }

  #overlapsMember(path: number, routes: readonly Route[]): boolean {
    const overlapping = this.#conflicts.overlapping[path];
    if (overlapping === undefined || overlapping.size === 0) return false;
    return [...this.members].some(
      ([other, others]) => overlapping.has(other) && sharesMethod(routes, others),
    );
  }
}

const sharesMethod = (routes: readonly Route[], others: readonly Route[]): boolean =>
  others.some((other) => routes.some((route) => route.method === other.method));
