import { coldSeconds, warmSeconds } from "./counts.ts";
import { timesAtFullRate, windowOf } from "./full-rate.ts";
import type { Call } from "./gateway.ts";
import { pool } from "./pool.ts";
import type { Random } from "./random.ts";
import type { Simulated } from "./simulate.ts";

/** Lambda counts how many environments it starts in so long. */
const SCALING_SECONDS = 10;

/** As many warm calls as are under way at once, at the busiest; whoever was needed within the idle time is still there. */
export const callsAtOnce = (simulated: Simulated, calls: readonly Call[], random: Random): number =>
  busiestOf(simulated, calls, random, { seconds: simulated.platform.idleSeconds, cold: 0 });

/** As many environments as start after a deployment, when there is none: until the first are free again, each call needs its own. */
export const startsWhenNew = (simulated: Simulated, calls: readonly Call[], random: Random): number =>
  busiestOf(simulated, calls, random, { seconds: SCALING_SECONDS, cold: coldSeconds(simulated.platform) });

/** At the full rate, from no environment on; each call takes as long as one that reads. */
function busiestOf(
  { trace, platform, effort }: Simulated,
  calls: readonly Call[],
  random: Random,
  { seconds, cold }: { readonly seconds: number; readonly cold: number },
): number {
  const rate = (calls.length / trace.end) * trace.times;
  const warm = warmSeconds({ catalogue: false, tenant: true, people: true }, platform);
  const enough = Math.max(2 * cold, Math.min(seconds, effort.concurrencyCalls / rate));
  const lambda = pool<null>({
    idleSeconds: platform.idleSeconds,
    life: () => Number.POSITIVE_INFINITY,
    provisioned: 0,
    start: () => null,
  });
  for (const at of timesAtFullRate(calls, windowOf(trace, enough, 1), random))
    lambda.call(at, (_, isNew) => warm + (isNew ? cold : 0));
  return lambda.busiest;
}
