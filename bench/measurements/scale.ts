import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import type { Report } from "../measurement.ts";
import { alignColumns } from "../report/print.ts";
import { DEFAULT_INPUTS, estimateScale, type ScaleEstimate, type ScaleInputs } from "../scale-model.ts";

/** Formats the estimates of some caching modes as a table, one column per mode. */
export function formatScale(modes: readonly CachingMode[], inputs: ScaleInputs): string[] {
  const estimates = modes.map((mode) => estimateScale(mode, inputs));
  const row = (name: string, format: (estimate: ScaleEstimate) => string) => [name, ...estimates.map(format)];
  const { rate, requestsPerVisit, tokenSeconds, ttlSeconds } = inputs;
  return [
    `${rate.toLocaleString("en")} requests/s, ${requestsPerVisit} requests per visit, tokens of ${tokenSeconds} s, TTL ${ttlSeconds} s`,
    "",
    ...alignColumns([
      ["for a million requests", ...modes],
      row("hits in API Gateway's cache", ({ hitRatio }) => `${(hitRatio * 100).toFixed(1)} %`),
      row("authorizer calls", ({ calls }) => formatCount(calls)),
      row("cold starts", ({ coldStarts }) => formatCount(coldStarts)),
      row("DynamoDB read units", ({ readUnits }) => formatCount(readUnits)),
      row("Lambda requests", ({ lambdaRequests }) => formatDollars(lambdaRequests)),
      row("Lambda GB-seconds", ({ lambdaTime }) => formatDollars(lambdaTime)),
      row("DynamoDB reads", ({ tableReads }) => formatDollars(tableReads)),
      row("CloudWatch Logs", ({ logs }) => formatDollars(logs)),
      row("total", ({ total }) => formatDollars(total)),
    ]),
  ];
}

const formatCount = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 2 });
const formatDollars = (value: number): string => `$${value.toFixed(value < 0.1 ? 3 : 2)}`;

/** The estimate for the default inputs; `npx tsx bench/scale.ts` takes others. */
export const scale: Report = {
  name: "scale",
  about: "estimated calls, table reads and cost of a million requests by caching mode; see docs/scale.md",
  report: () =>
    Promise.resolve({
      lines: formatScale(CACHING_MODES, DEFAULT_INPUTS),
      rows: CACHING_MODES.map((mode) => ({
        mode,
        ...DEFAULT_INPUTS,
        ...estimateScale(mode, DEFAULT_INPUTS),
      })),
    }),
};
