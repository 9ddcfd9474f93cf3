import { setTimeout as sleep } from "node:timers/promises";

/** How a failed attempt is to be taken: as one that would fail again, a passing one, or as being asked to slow down. */
export type Fault = "final" | "passing" | "throttled";

/** Runs the work until it succeeds, fails for good, or was tried often enough. */
export type Retrying = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

const ATTEMPTS = 3;
/** The longest first pause, in ms; the second may be twice as long. */
const FIRST_PAUSE: Readonly<Record<Exclude<Fault, "final">, number>> = { passing: 100, throttled: 500 };
/** Retries that a process has: each takes some, each success gives some back, so that none makes an outage worse. */
const BUDGET = 500;
const COST = 5;

/** As AWS's SDKs do in their standard mode: three attempts, with pauses that grow and scatter. */
export function retrying(faultOf: (error: unknown) => Fault): Retrying {
  let budget = BUDGET;
  return async (signal, work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await work();
        budget = Math.min(BUDGET, budget + (attempt > 1 ? COST : 1));
        return result;
      } catch (error) {
        const fault = signal.aborted ? "final" : faultOf(error);
        if (fault === "final" || attempt === ATTEMPTS || budget < COST) throw error;
        budget -= COST;
        await sleep(Math.random() * FIRST_PAUSE[fault] * attempt, undefined, { signal });
      }
    }
  };
}
