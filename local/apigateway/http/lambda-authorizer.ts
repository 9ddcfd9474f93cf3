import { z } from "zod";
import { type ConditionBlock, conditionHolds } from "../../../core/policy/condition.ts";
import { evaluatePolicy } from "../../../core/policy/evaluate.ts";
import { functionFailure } from "../rest/authorizer.ts";
import { readAuthorizerOutput } from "../shared/authorizer-output.ts";
import { within } from "../shared/deadline.ts";
import type { AuthorizerLog } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { type ArnDecoding, methodArnReadings } from "../shared/method-arn.ts";
import { createResultCache } from "../shared/result-cache.ts";
import { authorizerEvent } from "./events.ts";
import type { HttpExchange } from "./exchange.ts";
import type { LambdaAuthorizer } from "./model.ts";
import { selected } from "./selection.ts";

/** How long an HTTP API waits for an authorizer, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** What an authorizer decided; `allows` is asked again for every request, cached or not. */
interface Decision {
  readonly context: Readonly<Record<string, unknown>>;
  readonly allows: (exchange: HttpExchange) => boolean;
}

/** How a decision came about. */
interface Decided {
  readonly decision: Decision;
  readonly cache: AuthorizerLog["cache"];
  readonly latencyMs: number;
}

/** All Lambda authorizers of an HTTP API with their cache. */
export interface LambdaAuthorizers {
  /**
   * Lets a request through, or not; what it found out goes into the exchange.
   *
   * @throws GatewayFailure 401, 403 or 500
   */
  authorize(authorizer: LambdaAuthorizer, exchange: HttpExchange): Promise<void>;
  flush(): void;
}

/**
 * Runs authorizers as API Gateway does for HTTP APIs: a missing identity source is a 401 without a call, all
 * identity sources together are the cache's key, and a cached answer holds for every route that has its key.
 *
 * Not established is what a function that throws `Unauthorized` is answered with: 401 here, as in a REST API.
 */
export function createLambdaAuthorizers(encodedPaths: ArnDecoding, now: () => number): LambdaAuthorizers {
  const results = createResultCache<Decision>(now);

  async function decide(
    authorizer: LambdaAuthorizer,
    identity: readonly string[],
    exchange: HttpExchange,
  ): Promise<Decided> {
    const key = JSON.stringify([authorizer.name, ...identity]);
    const cached = authorizer.ttl > 0 ? results.get(key) : undefined;
    if (cached !== undefined) return { decision: cached, cache: "hit", latencyMs: 0 };
    const cache = authorizer.ttl > 0 ? "miss" : "off";
    const startedAt = now();
    const outcome = await call(authorizer, identity, exchange, encodedPaths, now);
    const latencyMs = now() - startedAt;
    if (outcome instanceof GatewayFailure) throw logged(exchange, authorizer, { cache, latencyMs }, outcome);
    if (authorizer.ttl > 0) results.set(key, outcome, authorizer.ttl);
    return { decision: outcome, cache, latencyMs };
  }

  return {
    async authorize(authorizer, exchange) {
      const identity = authorizer.identitySources.map((source) => selected(source, exchange) ?? "");
      if (identity.includes("")) {
        const failure = new GatewayFailure("UNAUTHORIZED", {
          note: "an identity source is missing or empty",
        });
        throw logged(exchange, authorizer, { cache: "not-called", latencyMs: 0 }, failure);
      }
      const { decision, ...how } = await decide(authorizer, identity, exchange);
      exchange.authorization = { lambda: decision.context };
      if (!decision.allows(exchange))
        throw logged(exchange, authorizer, how, new GatewayFailure("ACCESS_DENIED"));
      exchange.authorizer = { name: authorizer.name, status: 200, ...how };
    },
    flush: () => results.clear(),
  };
}

async function call(
  authorizer: LambdaAuthorizer,
  identity: readonly string[],
  exchange: HttpExchange,
  encodedPaths: ArnDecoding,
  now: () => number,
): Promise<Decision | GatewayFailure> {
  const late = (): Error => new Error("The authorizer does not answer");
  const event = authorizerEvent(exchange, identity);
  const result = await within(TIMEOUT_MS, authorizer.function.invoke(event), late).catch(() => undefined);
  if (result === undefined) return new GatewayFailure("AUTHORIZER_FAILURE", { note: "the call failed" });
  if (!result.ok) return functionFailure(result.error);
  const decision = authorizer.simpleResponses
    ? readSimpleResponse(result.payload)
    : readPolicyResponse(result.payload, encodedPaths, now);
  if (typeof decision !== "string") return decision;
  return new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR", { note: decision });
}

const simpleResponse = z.object({
  isAuthorized: z.boolean(),
  context: z.record(z.string(), z.unknown()).default({}),
});

function readSimpleResponse(payload: unknown): Decision | string {
  const { success, data } = simpleResponse.safeParse(payload);
  return success
    ? { context: data.context, allows: () => data.isAuthorized }
    : "the result is no simple response";
}

/** A request passes only if the policy allows every reading of its ARN, see {@link methodArnReadings}. */
function readPolicyResponse(
  payload: unknown,
  encodedPaths: ArnDecoding,
  now: () => number,
): Decision | string {
  const output = readAuthorizerOutput(payload);
  if (typeof output === "string") return output;
  return {
    context: output.context,
    allows: (exchange) =>
      methodArnReadings(exchange, encodedPaths).every((arn) => {
        const context = { sourceIp: exchange.request.sourceIp, now: new Date(now()) };
        const conditions = (block: ConditionBlock) => conditionHolds(block, context);
        return evaluatePolicy(output.policyDocument, arn, conditions).decision === "allow";
      }),
  };
}

function logged(
  exchange: HttpExchange,
  { name }: LambdaAuthorizer,
  how: Pick<AuthorizerLog, "cache" | "latencyMs">,
  failure: GatewayFailure,
): GatewayFailure {
  const error = failure.note === undefined ? {} : { error: failure.note };
  exchange.authorizer = { name, status: failure.status, ...how, ...error };
  return failure;
}
