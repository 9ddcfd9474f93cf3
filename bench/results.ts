import type { Measurement, Reached, Report, Reported, Summary } from "./measurement.ts";

/** A measurement and what came of it. */
export interface Measured extends Pick<Measurement, "name" | "about" | "unit"> {
  readonly summaries: readonly Summary[];
  readonly goals: readonly Reached[];
}

/** A report as results.json has it. */
export interface ReportedResult extends Pick<Report, "name" | "about" | "inDocs">, Pick<Reported, "rows"> {}

/** A run, as results.json holds it. */
export interface Results {
  /** When it began, in ISO 8601. */
  readonly at: string;
  readonly quick: boolean;
  readonly machine: { readonly node: string; readonly arch: string; readonly cpus: readonly string[] };
  readonly results: readonly (Measured | ReportedResult)[];
}

export const measuredIn = ({ results }: Results): Measured[] =>
  results.filter((result): result is Measured => "summaries" in result);

/** The cases by group, in the order in which they come. */
export function byGroup({ summaries }: Pick<Measured, "summaries">): Map<string, Summary[]> {
  const groups = new Map<string, Summary[]>();
  for (const summary of summaries) groups.set(summary.group, [...(groups.get(summary.group) ?? []), summary]);
  return groups;
}
