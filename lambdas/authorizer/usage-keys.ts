import { createHash } from "node:crypto";
import { USAGE_KEY_BYTES, type UsageKeys } from "../../core/decision/usage-plan.ts";
import type { EnvironmentReader } from "../../runtime/environment.ts";

/** How requests are counted against plans. */
export interface UsageConfig {
  /** Whether each tenant can have its own key, or all tenants of a plan share one. */
  readonly per: "plan" | "tenant";
  /** The secret from which every key is derived. */
  readonly secret: string;
}

const MIN_SECRET = 32;

/** Reads how plans are enforced; returns undefined when neither variable is set. Reports problems to the reader. */
export function readUsage(read: EnvironmentReader): UsageConfig | undefined {
  if (read.optional("USAGE_PLANS_PER") === undefined && read.optional("USAGE_KEY_SECRET") === undefined)
    return undefined;
  const per = read.oneOf("USAGE_PLANS_PER", ["plan", "tenant"]);
  const secret = read.required("USAGE_KEY_SECRET");
  if (secret !== "" && secret.length < MIN_SECRET)
    read.report("USAGE_KEY_SECRET", `must have at least ${MIN_SECRET} characters`);
  return { per, secret };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Returns a function that derives the value of an API key from its holder, in the same way as `modules/usage-plans`.
 * So the keys need not be stored for the function. The hash is applied twice, so that one holder's key cannot be extended to
 * another's.
 */
export const usageKeys =
  (secret: string): UsageKeys =>
  (holder) =>
    sha256(`${secret}:${sha256(`${secret}:${holder}`)}`).slice(0, USAGE_KEY_BYTES);
