import { earliest } from "./earliest.ts";

/** An execution environment that Lambda keeps. */
interface Kept<E> {
  readonly own: E;
  readonly endsAt: number;
  readonly provisioned: boolean;
  freeAt: number;
}

export interface PoolOptions<E> {
  readonly idleSeconds: number;
  /** How long an environment lives at the most, in seconds; asked for each. */
  readonly life: () => number;
  readonly provisioned: number;
  readonly start: () => E;
}

/** Lambda's execution environments: one call at a time in each. */
export interface Pool<E> {
  /**
   * Takes the environment that has been idle for longest, or starts one.
   *
   * @param seconds what the call takes there, told the environment and whether it is new
   */
  call(at: number, seconds: (own: E, cold: boolean) => number): void;
  readonly coldStarts: number;
  /** As many as ever worked at once. */
  readonly busiest: number;
  /** As many as there are. */
  readonly size: number;
}

/**
 * Which idle environment Lambda takes is not documented. The one that has been idle for longest spreads the calls over
 * all, so each has to read more by itself: of the ways there are, none reads more.
 */
export function pool<E>({ idleSeconds, life, provisioned, start }: PoolOptions<E>): Pool<E> {
  const kept = earliest<Kept<E>>(({ freeAt }) => freeAt);
  for (let index = 0; index < provisioned; index++)
    kept.add({ own: start(), endsAt: Number.POSITIVE_INFINITY, provisioned: true, freeAt: 0 });
  let [coldStarts, busiest] = [0, 0];
  const isOver = ({ provisioned: stays, freeAt, endsAt }: Kept<E>, at: number): boolean =>
    !stays && (at - freeAt >= idleSeconds || at >= endsAt);
  const idle = (at: number): Kept<E> | undefined => {
    for (let first = kept.first; first !== undefined && first.freeAt <= at; first = kept.first) {
      kept.remove();
      if (!isOver(first, at)) return first;
    }
    return undefined;
  };
  return {
    call(at, seconds) {
      const found = idle(at);
      const one = found ?? { own: start(), endsAt: at + life(), provisioned: false, freeAt: at };
      if (found === undefined) coldStarts++;
      one.freeAt = at + seconds(one.own, found === undefined);
      kept.add(one);
      // One is started only where all others work.
      if (found === undefined) busiest = Math.max(busiest, kept.size);
    },
    get coldStarts() {
      return coldStarts;
    },
    get busiest() {
      return busiest;
    },
    get size() {
      return kept.size;
    },
  };
}
