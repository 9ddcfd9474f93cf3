import type { APIGatewayTokenAuthorizerEvent } from "aws-lambda";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import { InternalError } from "../../../core/model/errors.ts";
import type { EventAdapter } from "./event-adapter.ts";

/** The adapter of a REST API's TOKEN authorizer. Its event contains only the token's header and the method's ARN. */
export const tokenAdapter: EventAdapter = {
  toRequest,
  requestId: () => undefined,
  toResponse: (response) => response,
};

function toRequest(event: unknown): AuthorizerRequest {
  const { type, authorizationToken, methodArn } = event as Partial<APIGatewayTokenAuthorizerEvent>;
  if (type !== "TOKEN" || typeof authorizationToken !== "string")
    throw new InternalError("route_unknown", "The event is not one of a TOKEN authorizer");
  return {
    method: "",
    resource: null,
    methodArn: methodArn ?? "",
    headers: new Map([["authorization", [authorizationToken]]]),
    stageVariables: {},
  };
}
