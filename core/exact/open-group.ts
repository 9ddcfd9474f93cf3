import type { Route } from "../model/route.ts";
import { RESOURCE_BUDGET } from "./budget.ts";
import type { Conflicts } from "./conflicts.ts";
import type { PathLengths } from "./path-lengths.ts";

/** A group to which routes are still added. It tracks the length of its longest possible policy. */
export class OpenGroup {
  readonly members = new Map<number, readonly Route[]>();
  readonly #conflicts: Conflicts;
  readonly #lengths: PathLengths;
  /** For each path, the number of members whose requests its resource for all methods would match. */
  readonly #reached = new Map<number, number>();
  #longest: number;

  /** @param emptyLength the length of a policy without routes, in bytes */
  constructor(conflicts: Conflicts, lengths: PathLengths, emptyLength: number) {
    this.#conflicts = conflicts;
    this.#lengths = lengths;
    this.#longest = emptyLength;
  }

  /** The length of the longest policy, in bytes. */
  get longest(): number {
    return this.#longest;
  }

  /** Returns whether routes of a path fit into the group and conflict with none of its members. */
  accepts(path: number, routes: readonly Route[]): boolean {
    return (
      this.#longest + this.growth(path, routes) <= RESOURCE_BUDGET && !this.#overlapsMember(path, routes)
    );
  }

  /** Adds routes of a path, which the group must accept. */
  add(path: number, routes: readonly Route[]): void {
    this.#longest += this.growth(path, routes);
    if (!this.members.has(path))
      for (const other of this.#conflicts.reachedByAnyMethod[path] ?? [])
        this.#reached.set(other, (this.#reached.get(other) ?? 0) + 1);
    this.members.set(path, [...(this.members.get(path) ?? []), ...routes]);
  }

  /**
   * Returns the number of bytes by which the longest policy would grow: the length of the path itself, and the
   * savings that other paths lose because a resource for all methods would now match requests of this path.
   */
  growth(path: number, routes: readonly Route[]): number {
    const own = this.members.get(path) ?? [];
    const alone = this.isAlone(path);
    const length = this.#lengths.longest(path, [...own, ...routes], alone);
    if (own.length > 0) return length - this.#lengths.longest(path, own, alone);
    return (this.#conflicts.reachedByAnyMethod[path] ?? []).reduce(
      (sum, other) => sum + this.#lostSaving(other),
      length,
    );
  }

  /** Returns whether one resource for all methods of a path would match no other path of this group. */
  isAlone(path: number): boolean {
    return (this.#reached.get(path) ?? 0) === 0;
  }

  #lostSaving(path: number): number {
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
