import type { Route } from "../model/route.ts";
import { RESOURCE_BUDGET } from "./budget.ts";
import type { Conflicts } from "./conflicts.ts";
import type { PathLengths } from "./path-lengths.ts";

/** A group to which routes are still added. It tracks the length of its longest possible policy. */
export class OpenGroup {
  readonly members = new Map<number, readonly Route[]>();
  readonly #conflicts: Conflicts;
  readonly #lengths: PathLengths;
  /** For each member, the number of other members whose requests its resource for all methods would match. */
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
    return this.growthIfAccepted(path, routes) !== undefined;
  }

  /** Returns {@link growth} for routes that the group accepts, otherwise undefined. */
  growthIfAccepted(path: number, routes: readonly Route[]): number | undefined {
    if (this.#overlapsMember(path, routes)) return undefined;
    const growth = this.growth(path, routes);
    return this.#longest + growth <= RESOURCE_BUDGET ? growth : undefined;
  }

  /** Adds routes of a path, which the group must accept. */
  add(path: number, routes: readonly Route[]): void {
    this.#longest += this.growth(path, routes);
    if (!this.members.has(path)) {
      const { reaching } = this.#conflicts;
      const others = [...this.members.keys()];
      for (const other of others)
        if (reaching.has(other, path)) this.#reached.set(other, (this.#reached.get(other) ?? 0) + 1);
      this.#reached.set(path, others.filter((other) => reaching.has(path, other)).length);
    }
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
    let lost = 0;
    for (const [other, others] of this.members)
      if (this.#conflicts.reaching.has(other, path) && this.isAlone(other))
        lost += this.#lengths.saving(other, others);
    return length + lost;
  }

  /** Returns whether one resource for all methods of a path would match no other path of this group. */
  isAlone(path: number): boolean {
    const reached = this.#reached.get(path);
    if (reached !== undefined) return reached === 0;
    for (const other of this.members.keys()) if (this.#conflicts.reaching.has(path, other)) return false;
    return true;
  }

  #overlapsMember(path: number, routes: readonly Route[]): boolean {
    for (const [other, others] of this.members)
      if (this.#conflicts.overlapping.has(path, other) && sharesMethod(routes, others)) return true;
    return false;
  }
}

const sharesMethod = (routes: readonly Route[], others: readonly Route[]): boolean =>
  others.some((other) => routes.some((route) => route.method === other.method));
