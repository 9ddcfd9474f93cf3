import * as z from "zod";
import { rejectAfter } from "../../../runtime/deadline.ts";
import type { IntegrationDefinition } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { type HeaderList, headerValue, jsonByDefault } from "../shared/headers.ts";
import { findFunction } from "../shared/invocation-uri.ts";
import type { Functions, LambdaProxy } from "../shared/model.ts";
import { type HttpResponse, isSendable } from "../shared/response.ts";
import { fromBase64, isBinary } from "./body-encoding.ts";
import { lambdaProxyEvent } from "./events.ts";
import { remappedHeaders } from "./integration-headers.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const statusCode = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^\d{3}$/)
    .transform(Number),
]);

/**
 * The result that a function must return: at least one of these members, and no other. Anything else is a "malformed
 * Lambda proxy response".
 */
const members = z.strictObject({
  statusCode: statusCode.optional(),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
const proxyResponse = members.refine((result) => Object.keys(result).length > 0);

type ProxyResponse = z.output<typeof proxyResponse>;

/** Reads an `aws_proxy` integration. @throws DefinitionError when its URI names no local function */
export function readLambdaProxy(
  definition: IntegrationDefinition,
  location: string,
  functions: Functions,
  binaryMediaTypes: readonly string[],
): LambdaProxy {
  const invocable = findFunction(definition.uri, location, functions);
  return { type: "aws_proxy", function: invocable, timeoutMs: definition.timeoutInMillis, binaryMediaTypes };
}

/**
 * Calls the function with the proxy event and converts its result to the response.
 *
 * @throws GatewayFailure 502 for a failed function or a malformed result, 500 for a throttled function, 413 for an
 *   event that is too large for Lambda, 504 `INTEGRATION_TIMEOUT`
 */
export async function invokeLambdaProxy(integration: LambdaProxy, exchange: Exchange): Promise<HttpResponse> {
  const event = lambdaProxyEvent(exchange, integration.binaryMediaTypes);
  const late = (): Error => new GatewayFailure("INTEGRATION_TIMEOUT");
  const result = await rejectAfter(integration.timeoutMs, integration.function.invoke(event), late);
  if (!result.ok) throw functionFailure(result.error.errorType);
  const parsed = proxyResponse.safeParse(result.payload);
  const response = parsed.success ? toHttpResponse(parsed.data, integration, exchange) : undefined;
  if (response === undefined || !isSendable(response)) throw badGateway("malformed Lambda proxy response");
  return response;
}

function functionFailure(errorType: string): GatewayFailure {
  if (errorType === "TooManyRequestsException") {
    return new GatewayFailure("DEFAULT_5XX", { note: "the function is throttled" });
  }
  if (errorType === "RequestTooLargeException") return new GatewayFailure("REQUEST_TOO_LARGE");
  return badGateway(`the function failed: ${errorType}`);
}

function badGateway(note: string): GatewayFailure {
  return new GatewayFailure("DEFAULT_5XX", { status: 502, note });
}

function toHttpResponse(
  result: ProxyResponse,
  integration: LambdaProxy,
  { request }: Exchange,
): HttpResponse {
  // API Gateway decodes only for a client whose Accept starts with one of the API's binary types.
  const accepted = isBinary(headerValue(request.headers, "accept"), integration.binaryMediaTypes);
  const body = result.body ?? "";
  return {
    status: result.statusCode ?? 200,
    headers: jsonByDefault(remappedHeaders(mergeHeaders(result))),
    body: result.isBase64Encoded === true && accepted ? fromBase64(body) : Buffer.from(body),
  };
}

/** Merges both kinds of headers, those with several values first; the same name and value in both counts once. */
function mergeHeaders({ headers, multiValueHeaders }: ProxyResponse): HeaderList {
  const multiple = Object.entries(multiValueHeaders ?? {}).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  const single = Object.entries(headers ?? {}).filter(
    ([name, value]) => !multiple.some((other) => sameHeader(other, name, value)),
  );
  return [...multiple, ...single];
}

function sameHeader(other: HeaderList[number], name: string, value: string): boolean {
  return other[0].toLowerCase() === name.toLowerCase() && other[1] === value;
}
