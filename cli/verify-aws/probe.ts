import type { Lab } from "./lab.ts";

/**
 * `as assumed`: nothing to do · `differs`: other than assumed, and nothing passes that was not granted ·
 * `open`: something could pass that was not granted · `unclear`: the answers do not tell.
 */
export type Verdict = "as assumed" | "differs" | "open" | "unclear";

/** What a probe found. */
export interface ProbeFinding {
  readonly observed: string;
  readonly verdict: Verdict;
  /** What to set or do; null: nothing. */
  readonly setting: string | null;
}

/** One open question about API Gateway. */
export interface Probe {
  readonly id: string;
  readonly question: string;
  /** What Portcullis takes for granted, or guards against. */
  readonly assumed: string;
  readonly run: (lab: Lab) => Promise<ProbeFinding>;
}

/** A probe in two halves: what is sent, and what the answers mean. */
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

/** Runs all probes; one that fails is unclear, and the others go on. */
export async function runProbes(
  probes: readonly Probe[],
  lab: Lab,
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<ProbeResult[]> {
  const answered: ProbeResult[] = [];
  for (const [index, one] of probes.entries()) {
    signal.throwIfAborted();
    say(`${index + 1}/${probes.length} ${one.question}`);
    answered.push({ probe: one, finding: await attempt(one, lab, signal) });
  }
  return answered;
}

async function attempt(one: Probe, lab: Lab, signal: AbortSignal): Promise<ProbeFinding> {
  try {
    return await one.run(lab);
  } catch (error) {
    signal.throwIfAborted();
    return finding("unclear", `the probe failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
