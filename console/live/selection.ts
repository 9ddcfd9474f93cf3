import type { LiveDecision } from "../../core/policy-files/live-events.ts";

/** The values that decisions are filtered by; an empty string matches all. */
export interface LiveSelection {
  readonly tenant: string;
  readonly outcome: string;
  readonly reason: string;
}

export const readSelection = (params: Readonly<Record<string, string>>): LiveSelection => ({
  tenant: params["tenant"] ?? "",
  outcome: params["outcome"] ?? "",
  reason: params["reason"] ?? "",
});

export function filterDecisions(
  decisions: readonly LiveDecision[],
  selection: LiveSelection,
): readonly LiveDecision[] {
  const wanted = Object.entries(selection).filter(([, value]) => value !== "");
  if (wanted.length === 0) return decisions;
  return decisions.filter((decision) =>
    wanted.every(([key, value]) => decision[key as keyof LiveSelection] === value),
  );
}

/** Returns the values to choose from, sorted: those that occur, and the chosen one. */
export function listValues(
  decisions: readonly LiveDecision[],
  key: keyof LiveSelection,
  chosen: string,
): string[] {
  const values = new Set(decisions.flatMap((decision) => decision[key] ?? []));
  if (chosen !== "") values.add(chosen as never);
  return [...values].sort();
}
