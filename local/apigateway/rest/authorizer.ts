import { type AuthorizerOutput, readAuthorizerOutput } from "../shared/authorizer-output.ts";
import type { Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import {
  callAuthorizer,
  createAuthorizerResults,
  evaluateReadings,
  logFailure,
} from "../shared/lambda-authorizer.ts";
import { type ArnDecoding, methodArnReadings } from "../shared/method-arn.ts";
import type { AuthorizerModel } from "../shared/model.ts";
import { requestAuthorizerEvent, tokenAuthorizerEvent } from "./events.ts";
import { mappedValues } from "./parameter-mapping.ts";

/** How long a REST API waits for an authorizer, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** All Lambda authorizers of an API with their cache. */
export interface Authorizers {
  /**
   * Lets a request through or denies it, and stores the result in the exchange.
   *
   * @throws GatewayFailure `UNAUTHORIZED`, `ACCESS_DENIED`, `AUTHORIZER_FAILURE` or
   *   `AUTHORIZER_CONFIGURATION_ERROR`
   */
  authorize(authorizer: AuthorizerModel, exchange: Exchange): Promise<void>;
  /** Empties the cache, like `FlushStageAuthorizersCache`. */
  flush(): void;
}

/**
 * Runs authorizers as API Gateway does. All identity sources together, in order, are the cache's key. The whole
 * result is cached, and its policy is evaluated again for every request. Failures and thrown 401s are not cached.
 *
 * A request passes only if the policy allows every reading of its ARN, see {@link methodArnReadings}.
 */
export function createAuthorizers(encodedPaths: ArnDecoding, now: () => number): Authorizers {
  const results = createAuthorizerResults<AuthorizerOutput>(now);
  return {
    async authorize(authorizer, exchange) {
      const { name } = authorizer;
      const identity = authorizer.identitySources.map((source) => mappedValues(source, exchange));
      const problem = findIdentityProblem(authorizer, identity);
      if (problem !== undefined) {
        const failure = new GatewayFailure("UNAUTHORIZED", { note: problem });
        throw logFailure(exchange, name, { cache: "not-called", latencyMs: 0 }, failure);
      }
      const { output, call } = await results.resolve(authorizer, identity, exchange, () =>
        callAuthorizer(
          authorizer.function,
          buildEvent(authorizer, identity, exchange, methodArnReadings(exchange, encodedPaths)[0] ?? ""),
          TIMEOUT_MS,
          readAuthorizerOutput,
        ),
      );
      const { principalId, context, policyDocument } = output;
      const usageIdentifierKey = output.usageIdentifierKey ?? undefined;
      exchange.authorization = {
        principalId,
        context,
        usageIdentifierKey,
        integrationLatency: call.latencyMs,
      };
      const denial = toDenial(evaluateReadings(policyDocument, exchange, encodedPaths, now()));
      if (denial !== undefined) throw logFailure(exchange, name, call, denial);
      exchange.authorizer = { name, status: 200, ...call };
    },
    flush: results.flush,
  };
}

/** Returns why the authorizer is not called, or undefined if it is. */
function findIdentityProblem(
  { type, ttl, tokenPattern }: AuthorizerModel,
  identity: readonly (readonly string[])[],
): string | undefined {
  const missing = identity.some((values) => values.length === 0 || values.includes(""));
  if (missing && (type === "token" || ttl > 0)) return "an identity source is missing or empty";
  if (tokenPattern === undefined || tokenPattern.test(identity[0]?.at(-1) ?? "")) return undefined;
  return "the token does not match identityValidationExpression";
}

function buildEvent(
  { type }: AuthorizerModel,
  identity: readonly (readonly string[])[],
  exchange: Exchange,
  methodArn: string,
): object {
  return type === "token"
    ? tokenAuthorizerEvent(identity[0]?.at(-1) ?? "", methodArn)
    : requestAuthorizerEvent(exchange, methodArn);
}

function toDenial(decisions: ReturnType<typeof evaluateReadings>): GatewayFailure | undefined {
  if (decisions.every((decision) => decision === "allow")) return undefined;
  const spelling = decisions.includes("allow")
    ? { note: "the policy allows one spelling of the path, not all" }
    : {};
  if (!decisions.includes("explicit-deny")) return new GatewayFailure("ACCESS_DENIED", spelling);
  const message = "User is not authorized to access this resource with an explicit deny";
  return new GatewayFailure("ACCESS_DENIED", { message, ...spelling });
}
