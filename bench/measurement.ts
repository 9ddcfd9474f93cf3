/** Result of one round of a case. */
export interface Sample {
  /** In the unit of the measurement. */
  readonly value: number;
  /** Other values from the same round, by unit. */
  readonly alongside?: Readonly<Record<string, number>>;
}

/** One of the alternatives that a measurement compares. */
export interface Case {
  readonly name: string;
  /** `floor` is the lower bound: the least work that the runtime or the protocol requires. */
  readonly kind: "ours" | "peer" | "floor";
  /** Cases of one group are compared with the group's first case. Absent: all cases are one group. */
  readonly group?: string;
  /** Position on the group's curve, for example a number of tenants. Absent: the case is not part of a curve. */
  readonly at?: number;
  /** Prepares and measures one round. The runner calls the cases in turn. */
  round(): Promise<Sample | number>;
  /** Returns further values by unit. The runner calls it once, after the last round. */
  facts?(): Promise<Readonly<Record<string, number>>>;
}

/** Upper bound for a case's median, as a multiple of another case's median or in the measurement's unit. */
export interface Goal {
  readonly name: string;
  /** Case of the same group whose median is the reference. Null: `atMost` is in the measurement's unit. */
  readonly of: string | null;
  readonly atMost: number;
  readonly group?: string;
  /** Whether the group may be missing, for example because a Node version is not available on this machine. */
  readonly optional?: boolean;
}

/** A measurement that runs in interleaved rounds. */
export interface Measurement {
  readonly name: string;
  readonly about: string;
  readonly unit: string;
  /** Rounds per case; 9 by default. */
  readonly rounds?: number;
  /** Rounds before them that do not count; 1 by default. */
  readonly warmUps?: number;
  readonly goals?: readonly Goal[];
  /** @param quick whether to use small loads, which only check that the measurement still runs */
  prepare(quick: boolean): Promise<Prepared>;
}

export interface Prepared {
  readonly cases: readonly Case[];
  close?(): void | Promise<void>;
}

/** A result that is calculated or counted, so that one round is enough. */
export interface Report {
  readonly name: string;
  readonly about: string;
  /** Whether docs/bench.md contains the rows as a table; false by default. */
  readonly inDocs?: true;
  report(quick: boolean): Promise<ReportOutput>;
}

export interface ReportOutput {
  /** For the terminal. */
  readonly lines: readonly string[];
  /** For results.json. */
  readonly rows: readonly Readonly<Record<string, number | string>>[];
}

/** Summary of a case's rounds. */
export interface Summary {
  readonly name: string;
  readonly kind: Case["kind"];
  readonly group: string;
  readonly at?: number;
  readonly rounds: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The median divided by the median of the group's first case. */
  readonly ratio: number;
  /** Medians of the values in `alongside`, and the case's `facts`. */
  readonly facts: Readonly<Record<string, number>>;
}

/** A goal with the measured ratio, or with the measured median where the goal has no reference case. */
export interface GoalResult extends Goal {
  readonly ratio: number;
}

/** A quick run only checks that everything still runs. */
const QUICK = { rounds: 1, warmUps: 0 };

/**
 * Runs one round of each case in turn, so that other work on the machine affects all cases alike. The order rotates
 * from round to round, so that no case always runs first.
 */
export async function runMeasurement(measurement: Measurement, quick: boolean): Promise<Summary[]> {
  const { cases, close } = await measurement.prepare(quick);
  const { rounds = 9, warmUps = 1 } = quick ? QUICK : measurement;
  const samples = new Map<Case, Sample[]>(cases.map((each) => [each, []]));
  try {
    for (let round = -warmUps; round < rounds; round++)
      for (const each of rotate(cases, round)) {
        const sample = await each.round();
        if (round >= 0) samples.get(each)?.push(typeof sample === "number" ? { value: sample } : sample);
      }
    const summaries: SummaryWithoutRatio[] = [];
    for (const [each, caseSamples] of samples) summaries.push(await summarize(each, caseSamples));
    return addRatios(summaries);
  } finally {
    await close?.();
  }
}

const rotate = <T>(all: readonly T[], round: number): readonly T[] => {
  const first = ((round % all.length) + all.length) % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
};

type SummaryWithoutRatio = Omit<Summary, "ratio">;

async function summarize(each: Case, samples: readonly Sample[]): Promise<SummaryWithoutRatio> {
  const rounds = samples.map(({ value }) => value);
  const medians = Object.keys(samples[0]?.alongside ?? {}).map((unit) => [
    unit,
    median(samples.map(({ alongside }) => alongside?.[unit] ?? Number.NaN)),
  ]);
  return {
    name: each.name,
    kind: each.kind,
    group: each.group ?? "",
    ...(each.at !== undefined && { at: each.at }),
    rounds,
    median: median(rounds),
    min: Math.min(...rounds),
    max: Math.max(...rounds),
    facts: { ...Object.fromEntries(medians), ...(await each.facts?.()) },
  };
}

const addRatios = (summaries: readonly SummaryWithoutRatio[]): Summary[] =>
  summaries.map((each) => ({
    ...each,
    ratio: each.median / (summaries.find(({ group }) => group === each.group)?.median ?? Number.NaN),
  }));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Compares goals with the measured medians. @throws Error if a goal names a case that does not exist */
export function checkGoals(goals: readonly Goal[], summaries: readonly Summary[]): GoalResult[] {
  const groups = new Set(summaries.map(({ group }) => group));
  const present = goals.filter(({ optional, group = "" }) => optional !== true || groups.has(group));
  return present.map((goal) => {
    const findMedian = (name: string): number => {
      const found = summaries.find((each) => each.name === name && each.group === (goal.group ?? ""));
      if (found === undefined)
        throw new Error(`A goal names case "${name}", but group "${goal.group ?? ""}" has no such case`);
      return found.median;
    };
    return { ...goal, ratio: findMedian(goal.name) / (goal.of === null ? 1 : findMedian(goal.of)) };
  });
}
