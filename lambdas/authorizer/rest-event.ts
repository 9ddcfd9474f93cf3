import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Headers } from "../../core/bearer-token.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import type { Edge } from "./edge.ts";

/** A REST API's authorizer of type REQUEST. */
export const restEdge: Edge = {
  toRequest: (event) => toRequest(event as APIGatewayRequestAuthorizerEvent),
  requestId: (event) => requestIdOf(event as Partial<APIGatewayRequestAuthorizerEvent> | null),
  toFrontAnswer: (answer) => answer,
};

/** What the event asks, in the core's terms. */
export function toRequest(event: APIGatewayRequestAuthorizerEvent): AuthorizerRequest {
  return {
    method: event.httpMethod,
    resource: event.resource,
    methodArn: event.methodArn,
    headers: mergeHeaders(event),
    stageVariables: event.stageVariables ?? {},
  };
}

/** Clients can choose `requestId`, not the extended one. The log has a line even for what is no event at all. */
function requestIdOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string | undefined {
  const { extendedRequestId, requestId } = event?.requestContext ?? {};
  return [extendedRequestId, requestId].find((id) => typeof id === "string");
}

/**
 * Every value that was sent, under the name in lower case: two spellings of one name are one header sent
 * twice. The event has most values in both of its maps; such a value counts once.
 */
function mergeHeaders({ headers, multiValueHeaders }: APIGatewayRequestAuthorizerEvent): Headers {
  const all = byLowerCase(Object.entries(multiValueHeaders ?? {}));
  const single = byLowerCase(
    Object.entries(headers ?? {}).map(([name, value]) => [name, value === undefined ? [] : [value]]),
  );
  for (const [name, values] of single)
    all.set(name, [...(all.get(name) ?? []), ...without(values, all.get(name) ?? [])]);
  return all;
}

function byLowerCase(headers: readonly [string, string[] | undefined][]): Map<string, string[]> {
  const merged = new Map<string, string[]>();
  for (const [name, values] of headers) {
    const key = name.toLowerCase();
    merged.set(key, [...(merged.get(key) ?? []), ...(values ?? [])]);
  }
  return merged;
}

/** The values less those of `others`, one for one. */
function without(values: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return values.filter((value) => {
    const at = left.indexOf(value);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
