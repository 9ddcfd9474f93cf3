import type { GatewayOptions } from "../../../../local/apigateway/rest/gateway.ts";
import {
  AUTHORIZER_ARN,
  authorizerScheme,
  BACKEND_ARN,
  BASE,
  echo,
  guarded,
  invocable,
  operation,
  policy,
  startGateway,
  type TestGateway,
} from "./harness.ts";

export type Handler = Parameters<typeof invocable>[0];

/** The headers of a caller with a token. */
export const AUTH = { headers: { Authorization: "Bearer t" } };
export const UNAUTHORIZED = { status: 401, json: { message: "Unauthorized" } };
export const NOT_ALLOWED = {
  status: 403,
  json: { message: "User is not authorized to access this resource" },
};
export const DENIED = {
  status: 403,
  json: { message: "User is not authorized to access this resource with an explicit deny" },
};

export interface Guarded extends TestGateway {
  readonly calls: Record<string, unknown>[];
}

/** Starts a gateway with two plain routes, one with a parameter and a public one. It records the authorizer's calls. */
export async function guardedGateway(
  authorizer: Handler,
  settings: object = {},
  changes: Partial<GatewayOptions> = {},
): Promise<Guarded> {
  const calls: Record<string, unknown>[] = [];
  const recorded = invocable((event) => {
    calls.push(event);
    return authorizer(event);
  });
  const definition = {
    paths: {
      "/a": { get: guarded() },
      "/b": { get: guarded() },
      "/users/{id}": { get: guarded() },
      "/public": { get: operation() },
    },
    components: { securitySchemes: { main: authorizerScheme(settings) } },
  };
  const functions = new Map([
    [AUTHORIZER_ARN, recorded],
    [BACKEND_ARN, echo],
  ]);
  return { ...(await startGateway(definition, { functions, ...changes })), calls };
}

export const allowAll = (): object => policy("Allow", `${BASE}/*`);
