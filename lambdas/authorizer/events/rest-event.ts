import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Headers } from "../../../core/decision/bearer-token.ts";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import type { EventAdapter } from "./event-adapter.ts";

/** A REST API's authorizer of type REQUEST. */
export const restAdapter: EventAdapter = {
  toRequest: (event) => toRequest(event as APIGatewayRequestAuthorizerEvent),
  requestId: (event) => requestIdOf(event as Partial<APIGatewayRequestAuthorizerEvent> | null),
  toResponse: (answer) => answer,
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
 * Every value that was sent, whatever the case of its name: two spellings of one name are one header sent twice. The
 * event has most values in both of its maps; such a value counts once. Few names are asked for, so none is prepared.
 */
const mergeHeaders = ({ headers, multiValueHeaders }: APIGatewayRequestAuthorizerEvent): Headers => ({
  get(name) {
    const [lists, single] = [valuesOf(multiValueHeaders, name), valuesOf(headers, name)];
    // `flat` takes longer than all else here, and there is one list or none.
    const several = (lists.length > 1 ? lists.flat() : lists[0]) ?? [];
    const others = without(single, several);
    const merged = others.length === 0 ? several : [...several, ...others];
    return merged.length === 0 ? undefined : merged;
  },
});

/** The values of a map's names that are this one in whatever case. */
function valuesOf<V>(map: Readonly<Record<string, V | undefined>> | null, name: string): V[] {
  const found: V[] = [];
  for (const key in map) {
    if (key.length !== name.length || key.toLowerCase() !== name || !Object.hasOwn(map, key)) continue;
    const value = map[key];
    if (value != null) found.push(value);
  }
  return found;
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
