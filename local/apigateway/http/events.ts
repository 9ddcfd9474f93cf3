import { commonLogTime } from "../shared/context-variables.ts";
import { groupHeaders, headerValue, hostName, mediaType } from "../shared/headers.ts";
import { methodArn } from "../shared/method-arn.ts";
import { parseQueryString } from "../shared/query-string.ts";
import type { HttpExchange } from "./exchange.ts";

/** Builds the event of a Lambda integration, payload format 2.0. */
export function lambdaEvent(exchange: HttpExchange): object {
  const { authorization } = exchange;
  const { requestContext, ...fields } = requestFields(exchange);
  return {
    version: "2.0",
    ...fields,
    requestContext: { ...requestContext, ...(authorization && { authorizer: authorization }) },
    ...bodyFields(exchange),
  };
}

/** Builds the event of a Lambda authorizer, payload format 2.0; it has no body. */
export function authorizerEvent(exchange: HttpExchange, identitySource: readonly string[]): object {
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: methodArn(exchange, exchange.request.path),
    identitySource,
    ...requestFields(exchange),
  };
}

function requestFields(exchange: HttpExchange) {
  const { request, matched, api } = exchange;
  const routeKey = matched?.route.key ?? "";
  const cookies = (groupByLowerCase(exchange).get("cookie") ?? []).flatMap((value) => value.split(/; */));
  const query = Array.from(parseQueryString(request.queryString), ([name, values]) => [
    name,
    values.join(","),
  ]);
  const parameters = matched?.pathParameters ?? new Map<string, string>();
  return {
    routeKey,
    rawPath: request.path,
    rawQueryString: request.queryString,
    ...(cookies.length > 0 && { cookies }),
    headers: Object.fromEntries(joinHeaders(exchange)),
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) as Record<string, string> }),
    requestContext: requestContext(exchange, routeKey),
    ...(parameters.size > 0 && { pathParameters: Object.fromEntries(parameters) }),
    ...(Object.keys(api.stage.variables).length > 0 && { stageVariables: api.stage.variables }),
  };
}

/** Returns the headers with names in lower case and values joined by commas, without cookies. */
const joinHeaders = (exchange: HttpExchange): [string, string][] =>
  Array.from(groupByLowerCase(exchange), ([name, values]): [string, string] => [
    name,
    values.join(","),
  ]).filter(([name]) => name !== "cookie");

const groupByLowerCase = ({ request }: HttpExchange): Map<string, string[]> =>
  groupHeaders(request.headers.map(([name, value]) => [name.toLowerCase(), value] as const));

function requestContext({ request, api, requestId }: HttpExchange, routeKey: string) {
  const domainName = hostName(request.headers);
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    domainName,
    domainPrefix: domainName.split(".", 1).join(""),
    http: {
      method: request.method,
      path: request.path,
      protocol: request.protocol,
      sourceIp: request.sourceIp,
      userAgent: headerValue(request.headers, "user-agent") ?? "",
    },
    requestId,
    routeKey,
    stage: api.stage.name,
    time: commonLogTime(new Date(request.receivedAt)),
    timeEpoch: request.receivedAt,
  };
}

const TEXT = /^(text\/.*|application\/(json|javascript|xml))$/;

/** Returns the body as a string if its media type is a known text type, else as base64. */
function bodyFields({ request }: HttpExchange): object {
  const body = request.body ?? Buffer.alloc(0);
  if (body.length === 0) return { isBase64Encoded: false };
  const isBase64Encoded = !TEXT.test(mediaType(headerValue(request.headers, "content-type")));
  return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
}
