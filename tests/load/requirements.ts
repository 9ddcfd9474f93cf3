import { OUTAGES } from "./outages.ts";
import type { Tally } from "./tally.ts";

/** What must have been met in all modes together, and how often at least. */
const REQUIRED: Readonly<Record<string, number>> = {
  requests: 500,
  "context compared": 100,
  "answered right": 300,
  "answered right in an outage": 20,
  "5xx in an outage": 5,
  "expected 200": 100,
  "expected 401": 10,
  "expected 403 route": 50,
  "expected 403 no_role": 20,
  "expected 403 no_tenant": 5,
  "expected 403 issuer_not_allowed": 5,
  "expected 403 tenant_suspended": 10,
  "expected 403 unknown_tenant": 1,
  "a public route": 5,
  "a membership's role": 5,
  "a subject in another tenant": 50,
  "a token for another tenant": 10,
  "a rotated key's token": 50,
  "a change in force": 10,
  "fault: keys rotated": 5,
  "fault: tenants suspended and reinstated": 50,
  "fault: policy files reloaded": 5,
  "fault: workers killed": 5,
  ...Object.fromEntries(
    OUTAGES.flatMap((outage) => [
      [`fault: ${outage}`, 5],
      [`hit: ${outage}`, 5],
    ]),
  ),
};

/** Of all requests at most so many, one in so many, may fail for a slow machine outside of outages. */
const SLOW_ONE_IN = 50;

/** What was met too seldom, or too often, one a line; undefined where nothing was. */
export function missing(tally: Tally): string | undefined {
  const slow = tally.of("500 on a slow machine");
  if (slow * SLOW_ONE_IN > tally.of("requests"))
    return `${slow} answers of 500 for deadlines that passed: the machine is too busy for this test`;
  const short = Object.entries(REQUIRED).filter(([what, least]) => tally.of(what) < least);
  if (short.length === 0) return undefined;
  return short.map(([what, least]) => `${what}: ${tally.of(what)}, at least ${least} wanted`).join("\n");
}

/** One mode's figures. */
export function phaseLine(name: string, tally: Tally): string {
  const rate = Math.round((1_000 * tally.of("requests")) / Math.max(1, tally.of("milliseconds")));
  const part = (prefix: string): string =>
    [...tally.counts]
      .filter(([what]) => what.startsWith(prefix))
      .map(([what, count]) => `${count} ${what.slice(prefix.length)}`)
      .join(", ");
  return [
    `${name}: ${tally.of("requests")} requests, ${rate} a second`,
    `  statuses: ${part("status ")}`,
    `  authorizer's cache: ${part("authorizer cache: ")}`,
    `  faults: ${part("fault: ")}`,
  ].join("\n");
}
