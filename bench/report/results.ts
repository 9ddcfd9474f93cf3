import type { GoalResult, Measurement, Report, ReportOutput, Summary } from "../measurement.ts";

/** A measurement with its results. */
export interface MeasurementResult extends Pick<Measurement, "name" | "about" | "unit"> {
  readonly summaries: readonly Summary[];
  readonly goals: readonly GoalResult[];
}

/** A report as results.json contains it. */
export interface ReportResult extends Pick<Report, "name" | "about" | "inDocs">, Pick<ReportOutput, "rows"> {}

/** A run as results.json contains it. */
export interface Results {
  /** Start of the run, in ISO 8601. */
  readonly at: string;
  readonly quick: boolean;
  readonly machine: { readonly node: string; readonly arch: string; readonly cpus: readonly string[] };
  readonly results: readonly (MeasurementResult | ReportResult)[];
}

/** Returns the measurements of a run, without the reports. */
export const selectMeasurements = ({ results }: Results): MeasurementResult[] =>
  results.filter((result): result is MeasurementResult => "summaries" in result);

/** Groups the cases, in the order in which the groups first occur. */
export function groupSummaries({ summaries }: Pick<MeasurementResult, "summaries">): Map<string, Summary[]> {
  const groups = new Map<string, Summary[]>();
  for (const summary of summaries) groups.set(summary.group, [...(groups.get(summary.group) ?? []), summary]);
  return groups;
}
