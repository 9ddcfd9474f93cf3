import type { Table } from "./format.ts";
import { PLATFORM, TRAFFIC } from "./inputs.ts";
import file from "./prices.json" with { type: "json" };
import { QUOTAS } from "./quotas.ts";

/** Every price with its source. */
export const pricesTable = (): Table => [
  ["US dollars", "for one", "source"],
  ...Object.values(file.prices).map(({ usd, per, source }) => [
    usd.toFixed(12).replace(/0+$/, ""),
    per,
    source,
  ]),
];

/** Every quota with its source. */
export const quotaSourcesTable = (): Table => [
  ["quota", "source"],
  ...Object.values(QUOTAS).map(({ name, source }) => [name, source]),
];

const ms = (value: number): string => `${value * 1_000} ms`;

/** What is assumed of callers and of AWS. */
export function assumptionsTable(): Table {
  const { pages, requestsPerPage, pageSeconds, thinkSeconds, tokenSeconds, usersPerRate, mostTenants } =
    TRAFFIC;
  const { tenantExponent, userExponent, routeExponent } = TRAFFIC;
  return [
    ["assumed", "value"],
    ["a session: pages, requests a page, on average (geometric)", `${pages}, ${requestsPerPage}`],
    [
      "a page's requests come within; pause between pages, on average (exponential)",
      `${ms(pageSeconds)}; ${thinkSeconds} s`,
    ],
    ["a token's life; users share theirs among their sessions", `${tokenSeconds} s`],
    [
      "users for each request a second; tenants",
      `${usersPerRate}; a tenth of the users, ${mostTenants} at most`,
    ],
    [
      "Zipf's exponents of tenants, users in a tenant, routes",
      `${tenantExponent}, ${userExponent}, ${routeExponent}`,
    ],
    [
      "a warm call; with a read of the table",
      `${ms(PLATFORM.decideSeconds)}; ${ms(PLATFORM.decideSeconds + PLATFORM.readSeconds)}`,
    ],
    ["INIT; the first call besides", `${ms(PLATFORM.initSeconds)}; ${ms(PLATFORM.firstCallSeconds)}`],
    [
      "an environment ends when idle for; in any case after, on average",
      `${PLATFORM.idleSeconds} s; ${PLATFORM.lifeSeconds} s`,
    ],
    [
      "bytes of a decision's line; Lambda's START, END, REPORT; a line of the access log",
      `${PLATFORM.decisionLineBytes}; ${PLATFORM.platformLinesBytes}; ${PLATFORM.accessLineBytes}`,
    ],
    ["requests that are traced", `${PLATFORM.tracedShare * 100} %`],
  ];
}
