import { quotasMet } from "./demands.ts";
import type { Run } from "./scenarios.ts";
import { CACHINGS } from "./tables-of-settings.ts";
import { RATES } from "./tables-of-traffic.ts";

type Row = Readonly<Record<string, number | string>>;

/** Everything that is simulated of each mode, TTL and rate. Rates are a second, costs US dollars for a million requests. */
export const rowsOf = (run: Run): Row[] =>
  CACHINGS.flatMap((settings) =>
    RATES.map((rate) => {
      const { outcome, costs, shape } = run({ traffic: { rate }, settings });
      const { staleness, ...counted } = outcome;
      return {
        ...settings,
        rate,
        ...counted,
        staleAtMost: staleness.bound,
        staleOnAverage: staleness.mean,
        ...costs,
        quotasMet: quotasMet(outcome, shape).join(" "),
      };
    }),
  );
