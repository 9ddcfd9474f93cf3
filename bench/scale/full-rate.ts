import type { Call } from "./gateway.ts";
import { exponential, type Random } from "./random.ts";
import type { Trace } from "./traffic.ts";

/** What to copy. */
interface Window {
  /** Of the calls that are copied: from here to there, in seconds. */
  readonly from: number;
  readonly end: number;
  /** Length of the result, which begins at 0. */
  readonly seconds: number;
  /** So many times the sampled users, each copy at another time and with other tokens. */
  readonly times: number;
  /** Which part of the calls to keep, by chance; the others are not made at all. */
  readonly share: number;
}

/** Of what a trace counts. @param share which part of the calls to keep */
export const windowOf = ({ from, end, times }: Trace, seconds: number, share: number): Window => ({
  from,
  end,
  times,
  seconds: Math.min(seconds, end - from),
  share,
});

/** The calls of all users, made of those of some: copies of the sample that begin at random times, laid over each other. */
export function atFullRate(calls: readonly Call[], window: Window, random: Random): Call[] {
  const all: Call[] = [];
  forEachCopied(calls, window, random, ({ token, tenant }, at, copy) => {
    all.push({ at, token: `${copy} ${token}`, tenant });
  });
  return all.sort((a, b) => a.at - b.at);
}

/** Their times alone, in order. */
export function timesAtFullRate(calls: readonly Call[], window: Window, random: Random): Float64Array {
  const times: number[] = [];
  forEachCopied(calls, window, random, (_, at) => {
    times.push(at);
  });
  return Float64Array.from(times).sort();
}

function forEachCopied(
  calls: readonly Call[],
  { from, end, seconds, times, share }: Window,
  random: Random,
  take: (call: Call, at: number, copy: number) => void,
): void {
  // The next one that is kept: a geometric distribution, for which nothing of the others is looked at.
  let skip = nextKept(share, random);
  for (let copy = 0; copy < Math.round(times); copy++) {
    const start = from + random() * (end - from - seconds);
    const first = firstFrom(calls, start);
    const count = firstFrom(calls, start + seconds) - first;
    for (; skip < count; skip += 1 + nextKept(share, random)) {
      const call = calls[first + skip] as Call;
      take(call, call.at - start, copy);
    }
    skip -= count;
  }
}

const nextKept = (share: number, random: Random): number =>
  share >= 1 ? 0 : Math.floor(exponential(random, -1 / Math.log(1 - share)));

function firstFrom(calls: readonly Call[], at: number): number {
  let [from, to] = [0, calls.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((calls[middle] as Call).at < at) from = middle + 1;
    else to = middle;
  }
  return from;
}
