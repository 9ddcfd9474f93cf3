import { CACHING_MODES } from "../../core/model/layout.ts";
import { dollars, ofTheirs, percent, rounded, type Table, whole } from "./format.ts";
import type { Traffic } from "./inputs.ts";
import type { Result, Run, Scenario } from "./scenarios.ts";

export const RATES = [1, 10, 100, 1_000, 10_000, 100_000];
const SLOW_RATES = [0.01, 0.1];
const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Default settings at growing rates. */
export function ratesTable(run: Run): Table {
  const rows = [...SLOW_RATES, ...RATES].map((rate) => {
    const { outcome } = run({ traffic: { rate } });
    const { coldStarts, catalogueQueries, keyFetches } = outcome;
    return [
      whole(rate),
      percent(outcome.hitRatio),
      whole(outcome.busiest),
      whole(outcome.startsWhenNew),
      ...[coldStarts, catalogueQueries, keyFetches].map((value) => rounded(value * HOUR)),
      ...CACHING_MODES.map((mode) => dollars(run({ traffic: { rate }, settings: { mode } }).costs.own)),
    ];
  });
  const modes = CACHING_MODES.map((mode) => `\`${mode}\``);
  const hourly = ["cold starts/h", "catalogue reads/h", "key fetches/h"];
  return [["requests/s", "hits", "calls at once", "new at a deployment", ...hourly, ...modes], ...rows];
}

const KINDS: readonly (readonly [name: string, scenario: Scenario])[] = [
  ["people in a browser, the default", {}],
  ["the same, an API of 300 paths in 6 groups", { api: "large" }],
  ["people, 12 requests a page", { traffic: { requestsPerPage: 12 } }],
  ["people, a page a visit", { traffic: { pages: 1 } }],
  ["the same, a request in 100 s of all of them", { traffic: { pages: 1, rate: 0.01 } }],
  ["people, a request a visit", { traffic: { pages: 1, requestsPerPage: 1 } }],
  ["people, tokens of 5 minutes", { traffic: { tokenSeconds: 300 } }],
  ["machines, a request every 5 s", { traffic: { pages: 500, requestsPerPage: 1, thinkSeconds: 5 } }],
  ["machines, a request every 2 minutes", { traffic: { pages: 500, requestsPerPage: 1, thinkSeconds: 120 } }],
];

/** Other traffic, at a thousand requests a second. */
export function kindsTable(run: Run): Table {
  const cells = (scenario: Scenario, mode: "token" | "route"): string[] => {
    const result = run({ ...scenario, settings: { mode } });
    return [percent(result.outcome.hitRatio), dollars(result.costs.own), ofTheirs(result)];
  };
  return [
    ["traffic", "`token`: hits", "cost", "of theirs", "`route`: hits", "cost", "of theirs"],
    ...KINDS.map(([name, scenario]) => [name, ...cells(scenario, "token"), ...cells(scenario, "route")]),
  ];
}

const KEPT_WARM = 2;

/** Provisioned concurrency beside none. */
export function warmthTable(run: Run): Table {
  const rows = [0.1, 1, 10, 100, 1_000].map((rate) => {
    const [without, kept] = [0, KEPT_WARM].map((provisioned) =>
      run({ traffic: { rate }, settings: { provisioned } }),
    ) as [Result, Result];
    return [
      whole(rate),
      ...[without, kept].map(({ outcome }) => rounded(outcome.coldStarts * DAY)),
      ...[without, kept].map(({ costs }) => dollars(costs.own)),
      ofTheirs(kept),
    ];
  });
  const head = ["cold starts a day, none provisioned", `${KEPT_WARM} provisioned`];
  return [["requests/s", ...head, "cost, none", `cost, ${KEPT_WARM}`, "of theirs"], ...rows];
}

/** Steady traffic beside a day with a night. */
export function daysTable(run: Run): Table {
  const days = [0.1, 1].flatMap((rate): [string, Partial<Traffic>][] => [
    [`${rate}, steady`, { rate }],
    [`${rate}, from 0.2 times it at night to 1.8 by day`, { rate, dailySwing: 0.8 }],
  ]);
  const rows = days.map(([name, traffic]) => {
    const { outcome, costs } = run({ traffic });
    const { coldStarts, invocations, environments } = outcome;
    return [
      name,
      environments.toFixed(1),
      rounded(coldStarts * DAY),
      percent(coldStarts / invocations),
      dollars(costs.own),
    ];
  });
  return [["requests/s", "environments", "cold starts a day", "of the calls", "cost"], ...rows];
}
