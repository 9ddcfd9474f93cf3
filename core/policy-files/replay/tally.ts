/** Requests of one tenant to one route that the files decide differently. */
export interface Difference {
  readonly tenant: string;
  /** `METHOD /path/{template}`, as the log has it. */
  readonly route: string;
  readonly count: number;
  /** The distinct sets of roles of the callers, if the log has them. */
  readonly roles: readonly string[];
  /** The deny reasons; empty for requests that would be allowed. */
  readonly reasons: readonly string[];
  /** What decides the requests now: lines of the explanation, without duplicates. */
  readonly why: readonly string[];
}

/** How the files would decide a log's requests. */
export interface ReplayReport {
  readonly requests: number;
  /** The number of decision lines; absent for the log of another authorizer. */
  readonly decisions?: number;
  /** The number of lines that are neither. */
  readonly otherLines: number;
  /** The number of requests that the files decide as they were decided. */
  readonly same: number;
  readonly newlyDenied: readonly Difference[];
  readonly newlyAllowed: readonly Difference[];
  /** The number of requests that cannot be judged, by cause. */
  readonly unjudged: readonly { readonly why: string; readonly count: number }[];
}

/** How the files decide a request. */
export interface Outcome {
  readonly allowed: boolean;
  readonly reason: string;
}

/** How one request was decided and would be decided now, or why that is not known. */
export type Verdict =
  | { readonly kind: "unjudged"; readonly why: string }
  | {
      readonly kind: "judged";
      readonly was: boolean;
      readonly now: Outcome;
      readonly tenant: string;
      readonly route: string;
      readonly roles: string;
      /** Explains the outcome. */
      why(): readonly string[];
    };

/** Returns the verdict for a request that cannot be judged. */
export const unjudged = (why: string): Verdict & { kind: "unjudged" } => ({ kind: "unjudged", why });

interface Counted {
  count: number;
  readonly tenant: string;
  readonly route: string;
  readonly roles: Set<string>;
  readonly reasons: Set<string>;
  readonly why: Set<string>;
}

/** Counts verdicts by tenant and route. */
export class Tally {
  #same = 0;
  readonly #denied = new Map<string, Counted>();
  readonly #allowed = new Map<string, Counted>();
  readonly #unjudged = new Map<string, number>();

  add(verdict: Verdict): void {
    if (verdict.kind === "unjudged")
      this.#unjudged.set(verdict.why, (this.#unjudged.get(verdict.why) ?? 0) + 1);
    else if (verdict.was === verdict.now.allowed) this.#same += 1;
    else count(verdict.now.allowed ? this.#allowed : this.#denied, verdict);
  }

  result(): Pick<ReplayReport, "same" | "newlyDenied" | "newlyAllowed" | "unjudged"> {
    return {
      same: this.#same,
      newlyDenied: differences(this.#denied),
      newlyAllowed: differences(this.#allowed),
      unjudged: [...this.#unjudged]
        .map(([why, number]) => ({ why, count: number }))
        .sort((a, b) => b.count - a.count),
    };
  }
}

function count(
  counts: Map<string, Counted>,
  { tenant, route, roles, now, why }: Verdict & { kind: "judged" },
): void {
  const key = JSON.stringify([tenant, route]);
  const counted = counts.get(key) ?? {
    ...{ count: 0, tenant, route },
    roles: new Set(),
    reasons: new Set(),
    why: new Set(),
  };
  counted.count += 1;
  counted.roles.add(roles);
  if (!now.allowed) counted.reasons.add(now.reason);
  for (const line of why()) counted.why.add(line);
  counts.set(key, counted);
}

const differences = (counted: ReadonlyMap<string, Counted>): Difference[] =>
  [...counted.values()]
    .map(({ roles, reasons, why, ...rest }) => ({
      ...rest,
      why: [...why],
      roles: [...roles].sort(),
      reasons: [...reasons].sort(),
    }))
    .sort((a, b) => b.count - a.count || (a.tenant + a.route < b.tenant + b.route ? -1 : 1));
