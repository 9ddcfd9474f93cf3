import type { Lab } from "./lab.ts";

/**
 * - `as assumed`: nothing to do
 * - `differs`: not as assumed, but no request is allowed that was not granted
 * - `open`: a request could be allowed that was not granted
 * - `unclear`: the responses do not answer the question
 */
export type Verdict = "as assumed" | "differs" | "open" | "unclear";

/** The finding of a probe. */
export interface ProbeFinding {
  readonly observed: string;
  readonly verdict: Verdict;
  /** What to set or do; null if nothing. */
  readonly setting: string | null;
}

/** An open question about API Gateway. */
export interface Probe {
  readonly id: string;
  readonly question: string;
  /** What Portcullis assumes or guards against. */
  readonly assumed: string;
  readonly run: (lab: Lab) => Promise<ProbeFinding>;
}

/** Creates a probe from two parts: `observe` sends requests, and `interpret` draws the conclusion. */
export function probe<Facts>(
  about: Pick<Probe, "id" | "question" | "assumed">,
  observe: (lab: Lab) => Promise<Facts>,
  interpret: (facts: Facts) => ProbeFinding,
): Probe & { readonly interpret: (facts: Facts) => ProbeFinding } {
  return { ...about, interpret, run: async (lab) => interpret(await observe(lab)) };
}

export const finding = (verdict: Verdict, observed: string, setting: string | null = null): ProbeFinding => ({
  verdict,
  observed,
  setting,
});

export interface ProbeResult {
  readonly probe: Probe;
  readonly finding: ProbeFinding;
}

/** Runs all probes. A probe that fails is unclear, and the others still run. */
export async function runProbes(
  probes: readonly Probe[],
  lab: Lab,
  { signal, print }: { signal: AbortSignal; print: (line: string) => void },
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const [index, one] of probes.entries()) {
    signal.throwIfAborted();
    print(`${index + 1}/${probes.length} ${one.question}`);
    results.push({ probe: one, finding: await attempt(one, lab, signal) });
  }
  return results;
}

async function attempt(one: Probe, lab: Lab, signal: AbortSignal): Promise<ProbeFinding> {
  try {
    return await one.run(lab);
  } catch (error) {
    signal.throwIfAborted();
    return finding("unclear", `the probe failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
