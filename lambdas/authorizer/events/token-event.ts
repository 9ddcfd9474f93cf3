import type { APIGatewayTokenAuthorizerEvent } from "aws-lambda";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import { InternalError } from "../../../core/model/errors.ts";
import type { EventAdapter } from "./event-adapter.ts";

/** A REST API's authorizer of type TOKEN: the event is the one header and the method's ARN, and nothing else. */
export const tokenAdapter: EventAdapter = {
  toRequest,
  requestId: () => undefined,
  toResponse: (answer) => answer,
};

function toRequest(event: unknown): AuthorizerRequest {
  const { type, authorizationToken, methodArn } = event as Partial<APIGatewayTokenAuthorizerEvent>;
  if (type !== "TOKEN" || typeof authorizationToken !== "string")
    throw new InternalError("route_unknown", "The event is not that of an authorizer of type TOKEN");
  return {
    method: "",
    resource: null,
    methodArn: methodArn ?? "",
    headers: new Map([["authorization", [authorizationToken]]]),
    stageVariables: {},
  };
}
