import type { Exchange, MatchedRoute } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { headerValue } from "../shared/headers.ts";
import type { ApiKeySource } from "../shared/model.ts";
import { createThrottle, type ThrottleSettings } from "../shared/throttle.ts";

/** Requests in a period of the calendar, in UTC; a week begins on Sunday. */
export interface QuotaSettings {
  readonly limit: number;
  readonly period: "DAY" | "WEEK" | "MONTH";
}

/** A usage plan of the stage: its limits hold for each of its keys by itself. */
export interface UsagePlanSettings {
  readonly throttle?: ThrottleSettings | undefined;
  readonly quota?: QuotaSettings | undefined;
  /** The values of its API keys. */
  readonly keys: readonly string[];
}

/**
 * Counts requests of methods that require an API key.
 *
 * @param now milliseconds since 1970
 * @returns a check that lets a request pass or throws `INVALID_API_KEY`, `THROTTLED` or `QUOTA_EXCEEDED`
 */
export function createUsagePlans(
  plans: readonly UsagePlanSettings[],
  source: ApiKeySource,
  now: () => number,
): (exchange: Exchange, route: MatchedRoute) => void {
  const keys = new Map(
    plans.flatMap((plan) => plan.keys.map((key) => [key, createLimits(plan, now)] as const)),
  );
  return (exchange, { method }) => {
    if (!method.apiKeyRequired) return;
    const key =
      source === "AUTHORIZER"
        ? exchange.authorization?.usageIdentifierKey
        : headerValue(exchange.request.headers, "x-api-key");
    const limits = key === undefined ? undefined : keys.get(key);
    if (limits === undefined)
      throw new GatewayFailure("INVALID_API_KEY", { note: `${key ? "an unknown" : "no"} API key` });
    if (!limits.admits()) throw new GatewayFailure("THROTTLED", { note: "the usage plan's throttle" });
    if (!limits.counts()) throw new GatewayFailure("QUOTA_EXCEEDED", { note: "the usage plan's quota" });
  };
}

function createLimits({ throttle, quota }: UsagePlanSettings, now: () => number) {
  return {
    admits: throttle === undefined ? () => true : createThrottle(throttle, now),
    counts: quota === undefined ? () => true : createQuota(quota, now),
  };
}

/** @returns counts a request, and tells whether the quota had room for it */
function createQuota({ limit, period }: QuotaSettings, now: () => number): () => boolean {
  let current = "";
  let used = 0;
  return () => {
    const begun = beginOf(period, new Date(now()));
    if (begun !== current) used = 0;
    current = begun;
    if (used >= limit) return false;
    used++;
    return true;
  };
}

function beginOf(period: QuotaSettings["period"], time: Date): string {
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  const first = { DAY: day, WEEK: day - time.getUTCDay(), MONTH: 1 }[period];
  return new Date(Date.UTC(year, month, first)).toISOString();
}
