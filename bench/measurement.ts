/** What one round of a case took, in its measurement's unit, and what else was seen of it, by unit. */
export interface Sample {
  readonly value: number;
  readonly beside?: Readonly<Record<string, number>>;
}

/** One of the things that a measurement sets beside each other. */
export interface Case {
  readonly name: string;
  /** `floor`: the least that physics, or the runtime, asks for. */
  readonly kind: "ours" | "peer" | "floor";
  /** Cases of one group are compared; the ratio is to the group's first. Absent: all are one group. */
  readonly group?: string;
  /** Where it stands on its group's curve: how many of what the group is about. Absent: it is no point of a curve. */
  readonly at?: number;
  /** Prepares, measures, tells. The runner calls cases in turn, a round of each. */
  round(): Promise<Sample | number>;
  /** What was counted, after the last round. */
  facts?(): Promise<Readonly<Record<string, number>>>;
}

/**
 * A goal: the median of `name` is at most so many times that of `of`, both of one group; with null, at most so much
 * in the measurement's unit.
 */
export interface Reach {
  readonly name: string;
  readonly of: string | null;
  readonly atMost: number;
  readonly group?: string;
  /** Whether the group may be missing, because the machine lacks what it is measured on. */
  readonly optional?: boolean;
}

/** Something that is measured in interleaved rounds. */
export interface Measurement {
  readonly name: string;
  readonly about: string;
  readonly unit: string;
  /** Rounds of each case; 9 unless said. Rounds before them, to warm up, are not counted: 1 unless said. */
  readonly rounds?: number;
  readonly warmUps?: number;
  readonly reaches?: readonly Reach[];
  /** `quick`: small loads, to see that it still runs. */
  prepare(quick: boolean): Promise<Prepared>;
}

export interface Prepared {
  readonly cases: readonly Case[];
  close?(): void | Promise<void>;
}

/** Something that is calculated, so that a second round would tell the same. */
export interface Report {
  readonly name: string;
  readonly about: string;
  /** Whether docs/bench.md has its rows as a table; absent: it does not. */
  readonly inDocs?: true;
  report(quick: boolean): Promise<Reported>;
}

export interface Reported {
  /** For a terminal. */
  readonly lines: readonly string[];
  /** For results.json. */
  readonly rows: readonly Readonly<Record<string, number | string>>[];
}

/** A case's rounds summed up; `ratio` is that of its median to the median of its group's first case. */
export interface Summary {
  readonly name: string;
  readonly kind: Case["kind"];
  readonly group: string;
  readonly at?: number;
  readonly rounds: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratio: number;
  /** Medians of what was seen beside, and what was counted. */
  readonly facts: Readonly<Record<string, number>>;
}

/** A goal and what came of it: a ratio, or where there is nothing that it is one of, the median. */
export interface Reached extends Reach {
  readonly ratio: number;
}

const QUICK_ROUNDS = 3;

/**
 * Rounds of all cases in turn, so that whatever else the machine does concerns each; the order is turned from round to
 * round, so that none is always the first.
 */
export async function runMeasurement(measurement: Measurement, quick: boolean): Promise<Summary[]> {
  const { cases, close } = await measurement.prepare(quick);
  const rounds = quick ? QUICK_ROUNDS : (measurement.rounds ?? 9);
  const samples = new Map<Case, Sample[]>(cases.map((each) => [each, []]));
  try {
    for (let round = -(measurement.warmUps ?? 1); round < rounds; round++)
      for (const each of turned(cases, round)) {
        const sample = await each.round();
        if (round >= 0) samples.get(each)?.push(typeof sample === "number" ? { value: sample } : sample);
      }
    const summed: Summed[] = [];
    for (const [each, own] of samples) summed.push(await sumUp(each, own));
    return withRatios(summed);
  } finally {
    await close?.();
  }
}

const turned = <T>(all: readonly T[], round: number): readonly T[] => {
  const first = ((round % all.length) + all.length) % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
};

type Summed = Omit<Summary, "ratio">;

async function sumUp(each: Case, samples: readonly Sample[]): Promise<Summed> {
  const rounds = samples.map(({ value }) => value);
  const seen = Object.keys(samples[0]?.beside ?? {}).map((unit) => [
    unit,
    median(samples.map(({ beside }) => beside?.[unit] ?? Number.NaN)),
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
    facts: { ...Object.fromEntries(seen), ...(await each.facts?.()) },
  };
}

const withRatios = (summed: readonly Summed[]): Summary[] =>
  summed.map((each) => ({
    ...each,
    ratio: each.median / (summed.find(({ group }) => group === each.group)?.median ?? Number.NaN),
  }));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** @throws where a goal names a case that is not there */
export function reached(reaches: readonly Reach[], summaries: readonly Summary[]): Reached[] {
  const groups = new Set(summaries.map(({ group }) => group));
  const present = reaches.filter(({ optional, group = "" }) => optional !== true || groups.has(group));
  return present.map((reach) => {
    const medianOf = (name: string): number => {
      const found = summaries.find((each) => each.name === name && each.group === (reach.group ?? ""));
      if (found === undefined) throw new Error(`No case ${name} in group ${reach.group}`);
      return found.median;
    };
    return { ...reach, ratio: medianOf(reach.name) / (reach.of === null ? 1 : medianOf(reach.of)) };
  });
}
