import { z } from "zod";
import { within } from "../shared/deadline.ts";
import type { IntegrationDefinition } from "../shared/definition.ts";
import type { Exchange } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { endToEnd, type HeaderList, headerValue } from "../shared/headers.ts";
import { functionOf } from "../shared/invocation-uri.ts";
import type { Functions, LambdaProxy } from "../shared/model.ts";
import { type HttpResponse, isSendable } from "../shared/response.ts";
import { isBinary, lambdaProxyEvent } from "./events.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** What a function must answer; anything else is a "malformed Lambda proxy response". */
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

/** Reads an `aws_proxy` integration. @throws DefinitionError when its URI names no function that is there */
export function readLambdaProxy(
  definition: IntegrationDefinition,
  place: string,
  functions: Functions,
  binaryMediaTypes: readonly string[],
): LambdaProxy {
  const invocable = functionOf(definition.uri, place, functions);
  return { type: "aws_proxy", function: invocable, timeoutMs: definition.timeoutInMillis, binaryMediaTypes };
}

/**
 * Calls the function with the proxy event and makes its answer the response.
 *
 * @throws GatewayFailure 502 for a failed function or a malformed answer, 500 for a throttled one, 413 for an
 *   event that Lambda does not take, 504 `INTEGRATION_TIMEOUT`
 */
export async function invokeLambdaProxy(integration: LambdaProxy, exchange: Exchange): Promise<HttpResponse> {
  const event = lambdaProxyEvent(exchange, integration.binaryMediaTypes);
  const late = (): Error => new GatewayFailure("INTEGRATION_TIMEOUT");
  const result = await within(integration.timeoutMs, integration.function.invoke(event), late);
  if (!result.ok) throw functionFailure(result.error.errorType);
  const answer = proxyResponse.safeParse(result.payload);
  const response = answer.success ? responseOf(answer.data, integration, exchange) : undefined;
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

function responseOf(answer: ProxyResponse, integration: LambdaProxy, { request }: Exchange): HttpResponse {
  const headers = endToEnd(mergedHeaders(answer)).filter(([name]) => name.toLowerCase() !== "content-length");
  const hasType = headerValue(headers, "content-type") !== undefined;
  // API Gateway decodes only for a client whose Accept starts with one of the API's binary types.
  const accepted = isBinary(headerValue(request.headers, "accept"), integration.binaryMediaTypes);
  const encoding = answer.isBase64Encoded === true && accepted ? "base64" : "utf8";
  return {
    status: answer.statusCode,
    headers: hasType ? headers : [...headers, ["Content-Type", "application/json"]],
    body: Buffer.from(answer.body ?? "", encoding),
  };
}

/** Both kinds together; the same name and value in both counts once. */
function mergedHeaders({ headers, multiValueHeaders }: ProxyResponse): HeaderList {
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
