import type { LoggedShadow, LogRecord } from "./log-record.ts";

/** A change that a candidate would make to one route, for callers of one tenant with the same roles. */
export interface ShadowChange {
  readonly tenant: string;
  /** Separated by commas; "" if the log has none. */
  readonly roles: string;
  readonly route: string;
  /** The number of distinct callers, by subject. */
  readonly callers: number;
  readonly decisions: number;
  /** The number of decisions whose own request was for this route; the other decisions only cover it. */
  readonly requested: number;
  /** The checks by which the candidate denies these own requests, without duplicates. */
  readonly checks: readonly string[];
}

export interface ShadowReport {
  /** The candidate that the log's last comparison names; null if nothing was compared. */
  readonly candidate: string | null;
  /** The number of decisions that were compared with it. */
  readonly compared: number;
  /** The number of these that it would change. */
  readonly different: number;
  /** The number of decisions that were compared with another candidate, and are left out. */
  readonly others: number;
  /** The number of decisions that were not compared with any candidate. */
  readonly without: number;
  readonly lost: readonly ShadowChange[];
  readonly gained: readonly ShadowChange[];
  /** The number of decisions whose line does not list all changed routes. */
  readonly cut: number;
  /** How often the candidate made no decision, by error code. */
  readonly errors: readonly { readonly error: string; readonly count: number }[];
}

type Decision = Extract<LogRecord, { kind: "decision" }>;
type Compared = Extract<LoggedShadow, { readonly candidate: string }>;

/** Summarizes what decision lines say about the last candidate. */
export function shadowReport(records: Iterable<LogRecord>): ShadowReport {
  const decisions = [...records].filter((record) => record.kind === "decision");
  const compared = decisions.flatMap((decision) => {
    const { shadow } = decision;
    return shadow !== undefined && "candidate" in shadow ? [{ decision, shadow }] : [];
  });
  const candidate = compared.at(-1)?.shadow.candidate ?? null;
  const ours = compared.filter(({ shadow }) => shadow.candidate === candidate);
  return {
    candidate,
    compared: ours.length,
    different: ours.filter(({ shadow }) => shadow.lost.length + shadow.gained.length > 0).length,
    others: compared.length - ours.length,
    without: decisions.filter(({ shadow }) => shadow === undefined).length,
    lost: changesIn(ours, "lost"),
    gained: changesIn(ours, "gained"),
    cut: ours.filter(({ shadow }) => shadow.more > 0).length,
    errors: errorsIn(decisions),
  };
}

function changesIn(
  compared: readonly { readonly decision: Decision; readonly shadow: Compared }[],
  side: "lost" | "gained",
): ShadowChange[] {
  const found = new Map<string, { change: ShadowChange; subjects: Set<string> }>();
  for (const { decision, shadow } of compared)
    for (const route of shadow[side]) {
      const { caller } = decision;
      const [tenant, roles] = [caller?.tenant ?? "(no tenant)", (caller?.roles ?? []).join(",")];
      const key = JSON.stringify([tenant, roles, route]);
      const { change, subjects } = found.get(key) ?? {
        change: { tenant, roles, route, callers: 0, decisions: 0, requested: 0, checks: [] },
        subjects: new Set<string>(),
      };
      subjects.add(caller?.subject ?? "");
      const requested = change.requested + (decision.route === route ? 1 : 0);
      const own = side === "lost" && decision.route === route ? shadow.check : undefined;
      const checks = own === undefined ? change.checks : [...new Set([...change.checks, own])];
      found.set(key, { change: { ...change, decisions: change.decisions + 1, requested, checks }, subjects });
    }
  return [...found.values()]
    .map(({ change, subjects }) => ({ ...change, callers: subjects.size }))
    .sort((a, b) => b.decisions - a.decisions || (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ tenant, roles, route }: ShadowChange): string => [tenant, roles, route].join(" ");

function errorsIn(decisions: readonly Decision[]): { error: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { shadow } of decisions)
    if (shadow !== undefined && "error" in shadow)
      counts.set(shadow.error, (counts.get(shadow.error) ?? 0) + 1);
  return [...counts].map(([error, count]) => ({ error, count })).sort((a, b) => b.count - a.count);
}
