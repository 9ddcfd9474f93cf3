import type { World } from "./world.ts";

/** Which states a request can have met, and which failures of others. */
export interface Timeline {
  readonly current: World;
  /** Brings about another state; the one before may be met for `staleness` ms after that. */
  change(next: World, apply: () => Promise<void>, staleness: number): Promise<void>;
  /** Something fails while `work` goes on; an answer of 500 is due to it up to `grace` ms later. */
  outage(work: () => Promise<void>, grace: number): Promise<void>;
  /** Something failed from `from` on, as was seen afterwards. */
  outageSince(from: number, grace: number): void;
  /** The states of any moment between the two times. */
  states(from: number, to: number): World[];
  isOutage(from: number, to: number): boolean;
}

interface Span<T> {
  readonly value: T;
  readonly from: number;
  to: number;
}

/** @param now in ms */
export function timeline(first: World, now: () => number): Timeline {
  const states: Span<World>[] = [{ value: first, from: 0, to: Number.POSITIVE_INFINITY }];
  const outages: Span<null>[] = [];
  const last = (): Span<World> => states.at(-1) as Span<World>;
  const overlaps = ({ from, to }: Span<unknown>, start: number, end: number): boolean =>
    from <= end && start <= to;
  return {
    get current() {
      return last().value;
    },
    async change(next, apply, staleness) {
      const before = last();
      states.push({ value: next, from: now(), to: Number.POSITIVE_INFINITY });
      await apply();
      before.to = now() + staleness;
    },
    async outage(work, grace) {
      const span = { value: null, from: now(), to: Number.POSITIVE_INFINITY };
      outages.push(span);
      try {
        await work();
      } finally {
        span.to = now() + grace;
      }
    },
    outageSince: (from, grace) => void outages.push({ value: null, from, to: now() + grace }),
    states: (from, to) => states.filter((span) => overlaps(span, from, to)).map(({ value }) => value),
    isOutage: (from, to) => outages.some((span) => overlaps(span, from, to)),
  };
}
