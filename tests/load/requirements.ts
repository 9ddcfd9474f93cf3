import { OUTAGES } from "./outages.ts";
import type { Tally } from "./tally.ts";

/** The smallest counts in all modes together. */
const REQUIRED: Readonly<Record<string, number>> = {
  requests: 500,
  "context compared": 100,
  correct: 300,
  "correct in an outage": 20,
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

/** At most one in this many requests may fail outside of outages because the machine is slow. */
const SLOW_ONE_IN = 50;

/** Lists the counts that are too small or too large, one on each line. Returns undefined if there are none. */
export function missing(tally: Tally): string | undefined {
  const slow = tally.of("500 on a slow machine");
  if (slow * SLOW_ONE_IN > tally.of("requests"))
    return `${slow} responses with 500 after a timeout: the machine is too busy for this test`;
  const short = Object.entries(REQUIRED).filter(([what, least]) => tally.of(what) < least);
  if (short.length === 0) return undefined;
  return short.map(([what, least]) => `${what}: ${tally.of(what)}, expected at least ${least}`).join("\n");
}

/** Formats the counts of one mode. */
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
