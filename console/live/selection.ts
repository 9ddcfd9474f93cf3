import type { LiveDecision } from "../../core/policy-files/live-events.ts";

/** The values that decisions are filtered by; an empty string matches all. */
export interface LiveSelection {
  readonly tenant: string;
  readonly outcome: string;
  readonly reason: string;
  readonly client: string;
  /** A part of the request id, the subject, or the path. */
  readonly search: string;
}

type Filter = Exclude<keyof LiveSelection, "search">;

export const readSelection = (params: Readonly<Record<string, string>>): LiveSelection => ({
  tenant: params["tenant"] ?? "",
  outcome: params["outcome"] ?? "",
  reason: params["reason"] ?? "",
  client: params["client"] ?? "",
  search: params["search"] ?? "",
});

export function filterDecisions(
  decisions: readonly LiveDecision[],
  { search, ...filters }: LiveSelection,
): readonly LiveDecision[] {
  const wanted = Object.entries(filters).filter(([, value]) => value !== "");
  const text = search.trim().toLowerCase();
  if (wanted.length === 0 && text === "") return decisions;
  return decisions.filter(
    (decision) =>
      wanted.every(([key, value]) => decision[key as Filter] === value) &&
      [decision.requestId, decision.subject, decision.path].some((one) => one?.toLowerCase().includes(text)),
  );
}

/** Returns the values to choose from, sorted: those that occur, and the chosen one. */
export function listValues(decisions: readonly LiveDecision[], key: Filter, chosen: string): string[] {
  const values = new Set(decisions.flatMap((decision) => decision[key] ?? []));
  if (chosen !== "") values.add(chosen as never);
  return [...values].sort();
}
