import { createHash } from "node:crypto";
import { USAGE_KEY_BYTES, type UsageKeys } from "../../core/decision/usage-plan.ts";
import type { EnvironmentReader } from "../../runtime/environment.ts";

/** How requests are counted against plans. */
export interface UsageConfig {
  /** Whether tenants can have keys of their own, or all of a plan's share one. */
  readonly per: "plan" | "tenant";
  /** What every key is made of. */
  readonly secret: string;
}

const MIN_SECRET = 32;

/** Undefined where plans are not enforced: neither variable is there. */
export function readUsage(read: EnvironmentReader): UsageConfig | undefined {
  if (read.optional("USAGE_PLANS_PER") === undefined && read.optional("USAGE_KEY_SECRET") === undefined)
    return undefined;
  const per = read.oneOf("USAGE_PLANS_PER", ["plan", "tenant"]);
  const secret = read.text("USAGE_KEY_SECRET");
  if (secret !== "" && secret.length < MIN_SECRET)
    read.report("USAGE_KEY_SECRET", `must have at least ${MIN_SECRET} characters`);
  return { per, secret };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * The values of API keys, as `modules/usage-plans` makes them: no key need be stored where the function reads
 * it. Hashed twice, so that no key is the beginning of another's.
 */
export const usageKeys =
  (secret: string): UsageKeys =>
  (holder) =>
    sha256(`${secret}:${sha256(`${secret}:${holder}`)}`).slice(0, USAGE_KEY_BYTES);
