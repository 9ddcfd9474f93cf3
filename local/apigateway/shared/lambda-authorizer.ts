import { conditionHolds } from "../../../core/policy/condition.ts";
import { evaluatePolicy } from "../../../core/policy/evaluate.ts";
import type { PolicyDocument } from "../../../core/policy/policy-document.ts";
import { rejectAfter } from "../../../runtime/deadline.ts";
import type { ApiIdentity, AuthorizerLog } from "./exchange.ts";
import { GatewayFailure } from "./gateway-failure.ts";
import { type ArnDecoding, methodArnReadings } from "./method-arn.ts";
import type { Invocable } from "./model.ts";
import type { GatewayRequest } from "./request.ts";
import { createResultCache } from "./result-cache.ts";

/** How the gateway got an authorizer's result. */
type CallLog = Pick<AuthorizerLog, "cache" | "latencyMs">;

/** An authorizer's result, and how the gateway got it. */
interface AuthorizerResult<Output> {
  readonly output: Output;
  readonly call: CallLog;
}

interface CachedAuthorizer {
  readonly name: string;
  /** Seconds; 0 disables the cache. */
  readonly ttl: number;
}

/** The authorizers' results, cached by their identity sources. */
interface AuthorizerResults<Output> {
  /**
   * Returns the cached result, or calls the authorizer. Failures are logged and not cached.
   *
   * @param identity the values of all identity sources, in order: together with the name they are the cache's key
   * @throws the failure that `call` returns
   */
  resolve(
    authorizer: CachedAuthorizer,
    identity: readonly unknown[],
    exchange: LoggedExchange,
    call: () => Promise<Output | GatewayFailure>,
  ): Promise<AuthorizerResult<Output>>;
  flush(): void;
}

interface LoggedExchange {
  authorizer?: AuthorizerLog;
}

/** Creates the cache of an API's authorizers. @param now milliseconds */
export function createAuthorizerResults<Output>(now: () => number): AuthorizerResults<Output> {
  const results = createResultCache<Output>(now);
  return {
    async resolve(authorizer, identity, exchange, call) {
      const { name, ttl } = authorizer;
      const key = JSON.stringify([name, ...identity]);
      const cached = ttl > 0 ? results.get(key) : undefined;
      if (cached !== undefined) return { output: cached, call: { cache: "hit", latencyMs: 0 } };
      const startedAt = now();
      const outcome = await call();
      const log: CallLog = { cache: ttl > 0 ? "miss" : "off", latencyMs: now() - startedAt };
      if (outcome instanceof GatewayFailure) throw logFailure(exchange, name, log, outcome);
      if (ttl > 0) results.set(key, outcome, ttl);
      return { output: outcome, call: log };
    },
    flush: () => results.clear(),
  };
}

/** Logs a failed authorization in the exchange, and returns the failure. */
export function logFailure(
  exchange: LoggedExchange,
  name: string,
  call: CallLog,
  failure: GatewayFailure,
): GatewayFailure {
  const error = failure.note === undefined ? {} : { error: failure.note };
  exchange.authorizer = { name, status: failure.status, ...call, ...error };
  return failure;
}

/**
 * Calls an authorizer's function.
 *
 * @param read checks the function's result; a string says what is wrong with it
 * @returns the checked result; or the failure: 401 for the error `Unauthorized`, else 500
 */
export async function callAuthorizer<Output extends object>(
  authorizer: Invocable,
  event: object,
  timeoutMs: number,
  read: (payload: unknown) => Output | string,
): Promise<Output | GatewayFailure> {
  const late = (): Error => new Error("The authorizer does not answer");
  const result = await rejectAfter(timeoutMs, authorizer.invoke(event), late).catch(() => undefined);
  if (result === undefined) return new GatewayFailure("AUTHORIZER_FAILURE", { note: "the call failed" });
  if (!result.ok) {
    const { errorType, errorMessage } = result.error;
    if (errorMessage === "Unauthorized") return new GatewayFailure("UNAUTHORIZED");
    return new GatewayFailure("AUTHORIZER_FAILURE", { note: `the authorizer failed: ${errorType}` });
  }
  const output = read(result.payload);
  if (typeof output !== "string") return output;
  return new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR", { note: output });
}

/** Evaluates a policy for every reading of the request's ARN, see {@link methodArnReadings}. */
export function evaluateReadings(
  policy: PolicyDocument,
  exchange: { readonly request: GatewayRequest; readonly api: ApiIdentity },
  encodedPaths: ArnDecoding,
  now: number,
): ReturnType<typeof evaluatePolicy>["decision"][] {
  const { sourceIp } = exchange.request;
  return methodArnReadings(exchange, encodedPaths).map((methodArn) => {
    const context = { sourceIp, now: new Date(now) };
    return evaluatePolicy(policy, methodArn, (block) => conditionHolds(block, context)).decision;
  });
}
