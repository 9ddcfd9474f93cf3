import { type ApiShape, largeShape, sampleShape } from "./api-shape.ts";
import {
  EFFORT,
  type Effort,
  PLATFORM,
  SETTINGS,
  type Settings,
  SMALL_EFFORT,
  TRAFFIC,
  type Traffic,
} from "./inputs.ts";
import { type Costs, costsOf } from "./money.ts";
import { PRICES } from "./prices.ts";
import { type Outcome, simulate } from "./simulate.ts";
import { atRate, makeTrace, type Trace } from "./traffic.ts";

/** What is different from the defaults. */
export interface Scenario {
  readonly traffic?: Partial<Traffic>;
  readonly settings?: Partial<Settings>;
  /** The sample's, or 300 paths of GitHub's. */
  readonly api?: "sample" | "large";
}

export interface Result {
  readonly settings: Settings;
  readonly shape: ApiShape;
  readonly outcome: Outcome;
  readonly costs: Costs;
}

/** Simulates scenarios with one seed and one effort; what was simulated is not simulated again. */
export type Run = (scenario: Scenario) => Result;

export function scenarios(quick: boolean): Run {
  const effort = quick ? SMALL_EFFORT : EFFORT;
  const shapes = { sample: remembered(() => sampleShape()), large: remembered(() => largeShape()) };
  const traces = remembered(({ traffic, routes }: { traffic: Traffic; routes: number }) =>
    makeTrace(traffic, routes, effort),
  );
  return remembered(({ traffic, settings, api = "sample" }: Scenario): Result => {
    const shape = shapes[api]({});
    const wanted = { ...TRAFFIC, ...traffic };
    // From here on a larger rate is more of the same users.
    const enough = Math.max(effort.sampleRate, (10 * wanted.mostTenants) / wanted.usersPerRate);
    const rate = Math.min(wanted.rate, enough);
    const trace = traces({ traffic: { ...wanted, rate }, routes: shape.groupOf.length });
    return resultOf(atRate(trace, wanted.rate, effort), shape, { ...SETTINGS, ...settings }, effort);
  });
}

function resultOf(trace: Trace, shape: ApiShape, settings: Settings, effort: Effort): Result {
  const outcome = simulate({ trace, shape, settings, platform: PLATFORM, effort });
  return { settings, shape, outcome, costs: costsOf(outcome, settings, PLATFORM, PRICES) };
}

function remembered<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const name = JSON.stringify(key);
    const value = known.get(name) ?? make(key);
    known.set(name, value);
    return value;
  };
}
