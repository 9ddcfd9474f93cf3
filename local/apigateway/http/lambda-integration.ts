import * as z from "zod";
import { rejectAfter } from "../../../runtime/deadline.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { jsonByDefault, responseHeaders } from "../shared/headers.ts";
import { type HttpResponse, isSendable } from "../shared/response.ts";
import { lambdaEvent } from "./events.ts";
import type { HttpExchange } from "./exchange.ts";
import type { LambdaIntegration } from "./model.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const structured = z.object({
  statusCode: z.number().int(),
  headers: z.record(z.string(), scalar).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Calls the function with an event of payload format 2.0 and converts its result to the response. A result without
 * a `statusCode` is the body itself, as JSON.
 *
 * @throws GatewayFailure 500, or 503 if the function does not respond in time
 */
export async function invokeLambda(
  integration: LambdaIntegration,
  exchange: HttpExchange,
): Promise<HttpResponse> {
  const late = (): Error => new GatewayFailure("INTEGRATION_TIMEOUT");
  const result = await rejectAfter(
    integration.timeoutMs,
    integration.function.invoke(lambdaEvent(exchange)),
    late,
  );
  if (!result.ok)
    throw new GatewayFailure("DEFAULT_5XX", { note: `the function failed: ${result.error.errorType}` });
  const response = toHttpResponse(result.payload);
  if (response !== undefined && isSendable(response)) return response;
  throw new GatewayFailure("DEFAULT_5XX", { note: "the function's response is malformed" });
}

function toHttpResponse(payload: unknown): HttpResponse | undefined {
  if (typeof payload !== "object" || payload === null || !("statusCode" in payload))
    return { status: 200, headers: jsonByDefault([]), body: Buffer.from(JSON.stringify(payload ?? null)) };
  const { success, data } = structured.safeParse(payload);
  if (!success) return undefined;
  const cookies = (data.cookies ?? []).map((cookie) => ["Set-Cookie", cookie] as const);
  return {
    status: data.statusCode,
    headers: jsonByDefault([...responseHeaders(Object.entries(data.headers ?? {})), ...cookies]),
    body: Buffer.from(data.body ?? "", data.isBase64Encoded === true ? "base64" : "utf8"),
  };
}
