import { conditionHolds } from "../../../core/policy/condition.ts";
import { evaluatePolicy } from "../../../core/policy/evaluate.ts";
import { type AuthorizerOutput, readAuthorizerOutput } from "../shared/authorizer-output.ts";
import { within } from "../shared/deadline.ts";
import type { AuthorizerLog, Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { type ArnDecoding, methodArnReadings } from "../shared/method-arn.ts";
import type { AuthorizerModel } from "../shared/model.ts";
import { createResultCache } from "../shared/result-cache.ts";
import { requestAuthorizerEvent, tokenAuthorizerEvent } from "./events.ts";
import { mappedValues } from "./parameter-mapping.ts";

/** How long API Gateway waits for an authorizer, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** All Lambda authorizers of an API with their cache. */
export interface Authorizers {
  /**
   * Lets a request through, or not; what it found out goes into the exchange.
   *
   * @throws GatewayFailure `UNAUTHORIZED`, `ACCESS_DENIED`, `AUTHORIZER_FAILURE` or
   *   `AUTHORIZER_CONFIGURATION_ERROR`
   */
  authorize(authorizer: AuthorizerModel, exchange: Exchange): Promise<void>;
  /** As `FlushStageAuthorizersCache`. */
  flush(): void;
}

/** How a result came about. */
interface Answer {
  readonly output: AuthorizerOutput;
  readonly cache: AuthorizerLog["cache"];
  readonly latencyMs: number;
}

/**
 * Runs authorizers as API Gateway does: all identity sources together, in order, are the cache's key; what is
 * cached is the whole result, evaluated again for every request; failures and thrown 401s are not cached.
 *
 * A request passes only if the policy allows every reading of its ARN, see {@link methodArnReadings}.
 */
export function createAuthorizers(encodedPaths: ArnDecoding, now: () => number): Authorizers {
  const results = createResultCache<AuthorizerOutput>(now);

  async function answerFor(
    authorizer: AuthorizerModel,
    identity: readonly (readonly string[])[],
    exchange: Exchange,
  ): Promise<Answer> {
    const key = JSON.stringify([authorizer.name, ...identity]);
    const cached = authorizer.ttl > 0 ? results.get(key) : undefined;
    if (cached !== undefined) return { output: cached, cache: "hit", latencyMs: 0 };
    const cache = authorizer.ttl > 0 ? "miss" : "off";
    const startedAt = now();
    const outcome = await call(
      authorizer,
      identity,
      exchange,
      methodArnReadings(exchange, encodedPaths)[0] ?? "",
    );
    const latencyMs = now() - startedAt;
    if (outcome instanceof GatewayFailure) throw logged(exchange, authorizer, cache, latencyMs, outcome);
    if (authorizer.ttl > 0) results.set(key, outcome, authorizer.ttl);
    return { output: outcome, cache, latencyMs };
  }

  return {
    async authorize(authorizer, exchange) {
      const identity = authorizer.identitySources.map((source) => mappedValues(source, exchange));
      const problem = identityProblem(authorizer, identity);
      if (problem !== undefined) {
        const failure = new GatewayFailure("UNAUTHORIZED", { note: problem });
        throw logged(exchange, authorizer, "not-called", 0, failure);
      }
      const { output, cache, latencyMs } = await answerFor(authorizer, identity, exchange);
      const { principalId, context } = output;
      const usageIdentifierKey = output.usageIdentifierKey ?? undefined;
      exchange.authorization = { principalId, context, usageIdentifierKey, integrationLatency: latencyMs };
      const denial = refusalOf(output, exchange, methodArnReadings(exchange, encodedPaths), now());
      if (denial !== undefined) throw logged(exchange, authorizer, cache, latencyMs, denial);
      exchange.authorizer = { name: authorizer.name, cache, status: 200, latencyMs };
    },
    flush: () => results.clear(),
  };
}

/** Why the authorizer is not even called, if so. */
function identityProblem(
  { type, ttl, tokenPattern }: AuthorizerModel,
  identity: readonly (readonly string[])[],
): string | undefined {
  const missing = identity.some((values) => values.length === 0 || values.includes(""));
  if (missing && (type === "token" || ttl > 0)) return "an identity source is missing or empty";
  if (tokenPattern === undefined || tokenPattern.test(identity[0]?.at(-1) ?? "")) return undefined;
  return "the token does not match identityValidationExpression";
}

async function call(
  authorizer: AuthorizerModel,
  identity: readonly (readonly string[])[],
  exchange: Exchange,
  methodArn: string,
): Promise<AuthorizerOutput | GatewayFailure> {
  const event =
    authorizer.type === "token"
      ? tokenAuthorizerEvent(identity[0]?.at(-1) ?? "", methodArn)
      : requestAuthorizerEvent(exchange, methodArn);
  const late = (): Error => new Error("The authorizer does not answer");
  const result = await within(TIMEOUT_MS, authorizer.function.invoke(event), late).catch(() => undefined);
  if (result === undefined) return new GatewayFailure("AUTHORIZER_FAILURE", { note: "the call failed" });
  if (!result.ok) return functionFailure(result.error);
  const output = readAuthorizerOutput(result.payload);
  if (typeof output !== "string") return output;
  return new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR", { note: output });
}

/** What a function that failed is answered with: 401 for `Unauthorized`, else 500. */
export function functionFailure({
  errorType,
  errorMessage,
}: {
  errorType: string;
  errorMessage: string;
}): GatewayFailure {
  if (errorMessage === "Unauthorized") return new GatewayFailure("UNAUTHORIZED");
  return new GatewayFailure("AUTHORIZER_FAILURE", { note: `the authorizer failed: ${errorType}` });
}

function refusalOf(
  { policyDocument }: AuthorizerOutput,
  { request }: Exchange,
  methodArns: readonly string[],
  now: number,
): GatewayFailure | undefined {
  const decisions = methodArns.map((methodArn) => {
    const context = { sourceIp: request.sourceIp, now: new Date(now) };
    return evaluatePolicy(policyDocument, methodArn, (block) => conditionHolds(block, context)).decision;
  });
  if (decisions.every((decision) => decision === "allow")) return undefined;
  const spelling = decisions.includes("allow")
    ? { note: "the policy allows one spelling of the path, not all" }
    : {};
  if (!decisions.includes("explicit-deny")) return new GatewayFailure("ACCESS_DENIED", spelling);
  const message = "User is not authorized to access this resource with an explicit deny";
  return new GatewayFailure("ACCESS_DENIED", { message, ...spelling });
}

function logged(
  exchange: Exchange,
  { name }: AuthorizerModel,
  cache: AuthorizerLog["cache"],
  latencyMs: number,
  failure: GatewayFailure,
): GatewayFailure {
  const error = failure.note === undefined ? {} : { error: failure.note };
  exchange.authorizer = { name, cache, status: failure.status, latencyMs, ...error };
  return failure;
}
