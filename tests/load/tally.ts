/** Counts events by name, and collects examples of failures. */
export interface Tally {
  count(what: string, times?: number): void;
  /** Counts a failure. Only the first examples of each kind are stored. */
  fail(kind: "context" | "status", example: string): void;
  /** Returns the count of an event. */
  of(what: string): number;
  /** The counts in the order of the names. */
  readonly counts: ReadonlyMap<string, number>;
  readonly failures: Readonly<Record<"context" | "status", readonly string[]>>;
  add(other: Tally): void;
}

const MAX_EXAMPLES = 5;

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const failures = { context: [] as string[], status: [] as string[] };
  const count = (what: string, times = 1): void => void counts.set(what, (counts.get(what) ?? 0) + times);
  return {
    count,
    fail(kind, example) {
      count(`wrong ${kind}`);
      if (failures[kind].length < MAX_EXAMPLES) failures[kind].push(example);
    },
    of: (what) => counts.get(what) ?? 0,
    get counts() {
      return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    failures,
    add(other) {
      for (const [what, times] of other.counts) count(what, times);
      for (const kind of ["context", "status"] as const)
        failures[kind].push(...other.failures[kind].slice(0, MAX_EXAMPLES - failures[kind].length));
    },
  };
}
