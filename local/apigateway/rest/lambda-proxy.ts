import { z } from "zod";
import { rejectAfter } from "../../../runtime/deadline.ts";
import type { IntegrationDefinition } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { type HeaderList, headerValue, jsonByDefault, responseHeaders } from "../shared/headers.ts";
import { findFunction } from "../shared/invocation-uri.ts";
import type { Functions, LambdaProxy } from "../shared/model.ts";
import { type HttpResponse, isSendable } from "../shared/response.ts";
import { isBinary, lambdaProxyEvent } from "./events.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** The result that a function must return; anything else is a "malformed Lambda proxy response". */
const proxyResponse = z.object({
  statusCode: z.union([
    z.number().int(),
    z
      .string()
      .regex(/^\d{3}$/)
      .transform(Number),
  ]),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

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
  const encoding = result.isBase64Encoded === true && accepted ? "base64" : "utf8";
  return {
    status: result.statusCode,
    headers: jsonByDefault(responseHeaders(mergeHeaders(result))),
    body: Buffer.from(result.body ?? "", encoding),
  };
}

/** Merges both kinds of headers; the same name and value in both counts once. */
function mergeHeaders({ headers, multiValueHeaders }: ProxyResponse): HeaderList {
  const multiple = Object.entries(multiValueHeaders ?? {}).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  const single = Object.entries(headers ?? {}).filter(
    ([name, value]) => !multiple.some((other) => sameHeader(other, name, value)),
  );
  return [...single, ...multiple];
}

function sameHeader(other: HeaderList[number], name: string, value: string): boolean {
  return other[0].toLowerCase() === name.toLowerCase() && other[1] === value;
}
