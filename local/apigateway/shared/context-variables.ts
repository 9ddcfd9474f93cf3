import type { Exchange } from "./exchange.ts";
import { headerValue, hostName } from "./headers.ts";

/** `$context`: an object whose leaves are strings, numbers or null. */
export type ContextVariables = Readonly<Record<string, unknown>>;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * Builds the `$context` of a request. `path` is as sent, also `//x`, and has no stage, as behind a custom domain that
 * is mapped to the stage.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export function contextVariables(exchange: Exchange): ContextVariables {
  const { request, api, route, authorization } = exchange;
  const domainName = hostName(request.headers);
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    stage: api.stage.name,
    ...(route && { resourcePath: route.resource.path, resourceId: route.resource.id }),
    httpMethod: request.method,
    path: request.sentPath,
    protocol: request.protocol,
    requestId: exchange.requestId,
    extendedRequestId: exchange.extendedRequestId,
    requestTime: commonLogTime(new Date(request.receivedAt)),
    requestTimeEpoch: request.receivedAt,
    domainName,
    domainPrefix: domainName.split(".", 1).join(""),
    identity: {
      sourceIp: request.sourceIp,
      userAgent: headerValue(request.headers, "user-agent") ?? null,
    },
    ...(authorization && {
      authorizer: {
        ...authorization.context,
        principalId: authorization.principalId,
        integrationLatency: authorization.integrationLatency,
      },
    }),
  };
}

/** Returns a variable by its dotted name, such as `authorizer.tenantId`, as a string; `undefined` if there is none. */
export function lookUp(variables: ContextVariables, name: string): string | undefined {
  let value: unknown = variables;
  for (const key of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Formats a time as `09/Apr/2026:12:34:56 +0000`. */
export function commonLogTime(time: Date): string {
  const day = String(time.getUTCDate()).padStart(2, "0");
  const clock = time.toISOString().slice(11, 19);
  return `${day}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000`;
}
