import type { LoggedShadow, LogRecord } from "./log-record.ts";

/** What a candidate would change for callers of one tenant with the same roles, on one route. */
export interface ShadowChange {
  readonly tenant: string;
  /** With commas between; empty where the log does not tell any. */
  readonly roles: string;
  readonly route: string;
  /** Distinct callers, by subject. */
  readonly callers: number;
  readonly decisions: number;
  /** Decisions whose own request was on this route: the others tell what the caller could have asked for. */
  readonly asked: number;
}

export interface ShadowReport {
  /** The candidate that the log's last comparison names; null where nothing was compared. */
  readonly candidate: string | null;
  /** Decisions that were compared with it. */
  readonly compared: number;
  /** Of these, those that would be answered otherwise. */
  readonly different: number;
  /** Decisions compared with another candidate: left out. */
  readonly others: number;
  /** Decisions that were not compared with any. */
  readonly without: number;
  readonly lost: readonly ShadowChange[];
  readonly gained: readonly ShadowChange[];
  /** Decisions whose routes did not all find room in their line. */
  readonly cut: number;
  /** Why the candidate made no decision, by code. */
  readonly errors: readonly { readonly error: string; readonly count: number }[];
}

type Decision = Extract<LogRecord, { kind: "decision" }>;
type Compared = Extract<LoggedShadow, { readonly candidate: string }>;

/** Adds up what decision lines say of a candidate. */
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
        change: { tenant, roles, route, callers: 0, decisions: 0, asked: 0 },
        subjects: new Set<string>(),
      };
      subjects.add(caller?.subject ?? "");
      const asked = change.asked + (decision.route === route ? 1 : 0);
      found.set(key, { change: { ...change, decisions: change.decisions + 1, asked }, subjects });
    }
  return [...found.values()]
    .map(({ change, subjects }) => ({ ...change, callers: subjects.size }))
    .sort((a, b) => b.decisions - a.decisions || (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ tenant, roles, route }: ShadowChange): string => [tenant, roles, route].join(" ");

function errorsIn(decisions: readonly Decision[]): { error: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { shadow } of decisions)
    if (shadow !== undefined && "error" in shadow)
      counts.set(shadow.error, (counts.get(shadow.error) ?? 0) + 1);
  return [...counts].map(([error, count]) => ({ error, count })).sort((a, b) => b.count - a.count);
}
