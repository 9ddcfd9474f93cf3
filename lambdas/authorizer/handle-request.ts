import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Answer, AuthorizerResponse } from "../../core/answer.ts";
import { findRoute, type Layout } from "../../core/layout.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import { decisionFields, type Log } from "./log.ts";
import { respond, toFailure } from "./respond.ts";
import { toRequest } from "./to-request.ts";

/** The Lambda's handler: returns a policy, or throws what API Gateway answers with 401 or 500. */
export type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<AuthorizerResponse>;

/** What the log says beside the decision; filled in on the way. */
interface Observed {
  tokenCached?: boolean;
}

export interface RequestHandling {
  readonly decide: (request: AuthorizerRequest, observed: Observed) => Promise<Answer>;
  /** Null where there is no configuration to read it by. */
  readonly layout: Layout | null;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** The edge: event in, one line of the log, answer or error out. */
export function handleRequests({ decide, layout, now, log }: RequestHandling): Authorizer {
  let coldStart = true;
  return async (event) => {
    const startedAt = now();
    const observed: Observed = {};
    const started = { requestId: requestIdOf(event), coldStart };
    coldStart = false;
    const result = await attempt(() => decide(toRequest(event), observed)).catch(toFailure);
    const route = routeOf(event);
    const group = layout === null ? undefined : findRoute(layout, route)?.group.name;
    log({ route, group, ...decisionFields(result), ...started, ...observed, durationMs: now() - startedAt });
    return respond(result);
  };
}

/** What throws before its first await rejects too. */
const attempt = async <T>(work: () => Promise<T>): Promise<T> => work();

/** Clients can choose `requestId`, not the extended one. The log has a line even for what is no event at all. */
function requestIdOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string | undefined {
  const { extendedRequestId, requestId } = event?.requestContext ?? {};
  return [extendedRequestId, requestId].find((id) => typeof id === "string");
}

function routeOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string {
  return [event?.httpMethod, event?.resource].filter((part) => typeof part === "string").join(" ");
}
