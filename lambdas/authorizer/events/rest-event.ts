import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Headers } from "../../../core/decision/bearer-token.ts";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import type { EventAdapter } from "./event-adapter.ts";

/** The adapter of a REST API's REQUEST authorizer. */
export const restAdapter: EventAdapter = {
  toRequest,
  requestId: (event) => readRequestId(event as Partial<APIGatewayRequestAuthorizerEvent> | null),
  toResponse: (response) => response,
};

function toRequest(received: unknown): AuthorizerRequest {
  const event = received as APIGatewayRequestAuthorizerEvent;
  return {
    method: event.httpMethod,
    resource: event.resource,
    methodArn: event.methodArn,
    headers: mergeHeaders(event),
    stageVariables: event.stageVariables ?? {},
  };
}

/**
 * Returns the extended request id if there is one, because clients can choose `requestId`. Accepts any value, because
 * even an invalid event gets a log line.
 */
function readRequestId(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string | undefined {
  const { extendedRequestId, requestId } = event?.requestContext ?? {};
  return [extendedRequestId, requestId].find((id) => typeof id === "string");
}

/**
 * Merges the event's two maps of headers. Names are case-insensitive, so two spellings of a name are one header that
 * was sent twice. A value that is in both maps counts once. Names are looked up on demand, because few are needed.
 */
export const mergeHeaders = ({
  headers,
  multiValueHeaders,
}: Pick<APIGatewayRequestAuthorizerEvent, "headers" | "multiValueHeaders">): Headers => ({
  get(name) {
    const [lists, single] = [findValues(multiValueHeaders, name), findValues(headers, name)];
    // `flat` is the slowest call here, and there is usually one list or none.
    const multi = (lists.length > 1 ? lists.flat() : lists[0]) ?? [];
    const others = without(single, multi);
    const merged = others.length === 0 ? multi : [...multi, ...others];
    return merged.length === 0 ? undefined : merged;
  },
});

/** Returns the map's values for a name in any case. @param name in lower case */
function findValues<V>(map: Readonly<Record<string, V | undefined>> | null, name: string): V[] {
  const found: V[] = [];
  for (const key in map) {
    if (key.length !== name.length || key.toLowerCase() !== name || !Object.hasOwn(map, key)) continue;
    const value = map[key];
    if (value != null) found.push(value);
  }
  return found;
}

/** Removes each of `others` from the values once. */
function without(values: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return values.filter((value) => {
    const at = left.indexOf(value);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
