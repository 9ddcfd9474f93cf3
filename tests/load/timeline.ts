import type { World } from "./world.ts";

/** The states and the outages that a request may have met, by time. */
export interface Timeline {
  readonly current: World;
  /** Changes the state. Requests may meet the previous state until `staleness` ms after the change. */
  change(next: World, apply: () => Promise<void>, staleness: number): Promise<void>;
  /** Records an outage during `work`. It may cause a response with 500 until `grace` ms after its end. */
  outage(work: () => Promise<void>, grace: number): Promise<void>;
  /** Records an outage that was noticed afterwards, from the time `from` until `grace` ms after now. */
  outageSince(from: number, grace: number): void;
  /** Returns the states between two times. */
  states(from: number, to: number): World[];
  isOutage(from: number, to: number): boolean;
}

interface Span<T> {
  readonly value: T;
  readonly from: number;
  to: number;
}

/** @param now in ms */
export function createTimeline(first: World, now: () => number): Timeline {
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
