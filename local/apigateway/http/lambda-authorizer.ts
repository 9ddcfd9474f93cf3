import * as z from "zod";
import { readAuthorizerOutput } from "../shared/authorizer-output.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import {
  callAuthorizer,
  createAuthorizerResults,
  evaluateReadings,
  logFailure,
} from "../shared/lambda-authorizer.ts";
import { type ArnDecoding, methodArnReadings } from "../shared/method-arn.ts";
import { authorizerEvent } from "./events.ts";
import type { HttpExchange } from "./exchange.ts";
import type { LambdaAuthorizer } from "./model.ts";
import { evaluateSelection } from "./selection.ts";

/** How long an HTTP API waits for an authorizer, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** An authorizer's decision; `allows` is called again for every request, cached or not. */
interface Decision {
  readonly context: Readonly<Record<string, unknown>>;
  readonly allows: (exchange: HttpExchange) => boolean;
}

/** All Lambda authorizers of an HTTP API with their cache. */
export interface LambdaAuthorizers {
  /**
   * Lets a request through or denies it, and stores the result in the exchange.
   *
   * @throws GatewayFailure 401, 403 or 500
   */
  authorize(authorizer: LambdaAuthorizer, exchange: HttpExchange): Promise<void>;
  flush(): void;
}

/**
 * Runs authorizers as API Gateway does for HTTP APIs. A missing identity source is a 401 without a call. All identity
 * sources together are the cache's key, and a cached result holds for every route that has its key.
 *
 * It is not established how AWS responds when a function throws `Unauthorized`: 401 here, as in a REST API.
 */
export function createLambdaAuthorizers(encodedPaths: ArnDecoding, now: () => number): LambdaAuthorizers {
  const results = createAuthorizerResults<Decision>(now);
  return {
    async authorize(authorizer, exchange) {
      const { name, simpleResponses } = authorizer;
      const identity = authorizer.identitySources.map((source) => evaluateSelection(source, exchange) ?? "");
      if (identity.includes("")) {
        const failure = new GatewayFailure("UNAUTHORIZED", {
          note: "an identity source is missing or empty",
        });
        throw logFailure(exchange, name, { cache: "not-called", latencyMs: 0 }, failure);
      }
      const { output, call } = await results.resolve(authorizer, identity, exchange, () =>
        callAuthorizer(
          authorizer.function,
          authorizerEvent(exchange, identity),
          TIMEOUT_MS,
          simpleResponses ? readSimpleResponse : (payload) => readPolicyResponse(payload, encodedPaths, now),
        ),
      );
      exchange.authorization = { lambda: output.context };
      if (!output.allows(exchange))
        throw logFailure(exchange, name, call, new GatewayFailure("ACCESS_DENIED"));
      exchange.authorizer = { name, status: 200, ...call };
    },
    flush: results.flush,
  };
}

const simpleResponse = z.object({
  isAuthorized: z.boolean(),
  context: z.record(z.string(), z.unknown()).default({}),
});

function readSimpleResponse(payload: unknown): Decision | string {
  const { success, data } = simpleResponse.safeParse(payload);
  return success
    ? { context: data.context, allows: () => data.isAuthorized }
    : "the result is not a simple response";
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
      evaluateReadings(output.policyDocument, exchange, encodedPaths, now()).every(
        (decision) => decision === "allow",
      ),
  };
}
