import type { Exchange, MatchedRoute } from "../shared/exchange.ts";
import type { QuotaSettings, UsagePlanSettings } from "../shared/gateway.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { headerValue } from "../shared/headers.ts";
import type { ApiKeySource } from "../shared/model.ts";
import { createThrottle } from "../shared/throttle.ts";

/**
 * Creates the check of API keys, which counts requests of methods that require one.
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

/** @returns a function that counts a request and reports whether the quota had room for it */
function createQuota({ limit, period }: QuotaSettings, now: () => number): () => boolean {
  let current = "";
  let used = 0;
  return () => {
    const start = startOfPeriod(period, new Date(now()));
    if (start !== current) used = 0;
    current = start;
    if (used >= limit) return false;
    used++;
    return true;
  };
}

function startOfPeriod(period: QuotaSettings["period"], time: Date): string {
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  const first = { DAY: day, WEEK: day - time.getUTCDay(), MONTH: 1 }[period];
  return new Date(Date.UTC(year, month, first)).toISOString();
}
