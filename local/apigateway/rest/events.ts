import { contextVariables } from "../shared/context-variables.ts";
import type { Exchange } from "../shared/exchange.ts";
import { groupHeaders, type HeaderList, headerValue, lastValues } from "../shared/headers.ts";
import { parseQueryString } from "../shared/query-string.ts";
import { isBinary } from "./body-encoding.ts";
import { forwardedHeaders } from "./integration-headers.ts";

/** Builds the event of a Lambda proxy integration (payload format 1.0). */
export function lambdaProxyEvent(exchange: Exchange, binaryMediaTypes: readonly string[]): object {
  const headers = forwardedHeaders(exchange.request.headers);
  return { ...requestFields(exchange, headers), ...bodyFields(exchange, binaryMediaTypes) };
}

/** Builds the event of a REQUEST authorizer; it has no body. */
export function requestAuthorizerEvent(exchange: Exchange, methodArn: string): object {
  return { type: "REQUEST", methodArn, ...requestFields(exchange, exchange.request.headers) };
}

/** Builds the event of a TOKEN authorizer, which contains nothing else. */
export function tokenAuthorizerEvent(authorizationToken: string, methodArn: string): object {
  return { type: "TOKEN", authorizationToken, methodArn };
}

function requestFields(exchange: Exchange, sent: HeaderList): object {
  const { request, route, api } = exchange;
  const headers = groupHeaders(sent);
  const query = parseQueryString(request.queryString);
  return {
    resource: route?.resource.path,
    path: request.path,
    httpMethod: request.method,
    headers: toObject(lastValues(headers)),
    multiValueHeaders: toObject(headers),
    queryStringParameters: toObject(lastValues(query)),
    multiValueQueryStringParameters: toObject(query),
    pathParameters: toObject(route?.pathParameters ?? new Map()),
    stageVariables: toObject(new Map(Object.entries(api.stage.variables))),
    requestContext: requestContext(exchange),
  };
}

function requestContext(exchange: Exchange): object {
  const { identity, ...variables } = contextVariables(exchange);
  const absent = {
    accessKey: null,
    accountId: null,
    caller: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    user: null,
    userArn: null,
  };
  return { ...variables, identity: { ...absent, ...(typeof identity === "object" ? identity : {}) } };
}

function bodyFields({ request }: Exchange, binaryMediaTypes: readonly string[]): object {
  const body = request.body ?? Buffer.alloc(0);
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  const isBase64Encoded = isBinary(headerValue(request.headers, "content-type"), binaryMediaTypes);
  return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
}

/** Converts a map to an object, or to null if it is empty, as API Gateway does. */
function toObject(map: ReadonlyMap<string, unknown>): object | null {
  return map.size === 0 ? null : Object.fromEntries(map);
}
