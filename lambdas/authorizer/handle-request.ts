import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Answer, AuthorizerResponse } from "../../core/answer.ts";
import { UnavailableError } from "../../core/errors.ts";
import { findRoute, type Layout } from "../../core/layout.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import { withinDeadline } from "./deadline.ts";
import { decisionFields, type Log } from "./log.ts";
import type { Counts, MetricFields } from "./metrics.ts";
import { isFailure, respond, toFailure } from "./respond.ts";
import type { Shadowed, ShadowFinding } from "./shadow.ts";
import { toRequest } from "./to-request.ts";

/** The Lambda's handler: returns a policy, or throws what API Gateway answers with 401 or 500. */
export type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<AuthorizerResponse>;

/** What the log says beside the decision; filled in on the way. */
export interface Observed extends Shadowed {
  tokenCached?: boolean;
  stalePermissions?: boolean;
  staleKeys?: boolean;
}

export interface RequestHandling {
  readonly decide: (request: AuthorizerRequest, observed: Observed) => Promise<Answer>;
  /** Null where there is no configuration to read it by. */
  readonly layout: Layout | null;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: MetricFields;
}

/**
 * The longest that a decision takes, in ms, however many of its steps are slow: less than the least timeout
 * that Terraform gives the function, so that an outage ends with a line of the log and not with a kill.
 */
export const DECISION_DEADLINE = 4_500;

/** The edge: event in, one line of the log, answer or error out. */
export function handleRequests({ decide, layout, now, log, metrics }: RequestHandling): Authorizer {
  let coldStart = true;
  return async (event) => {
    const startedAt = now();
    const observed: Observed = {};
    const started = { requestId: requestIdOf(event), coldStart };
    coldStart = false;
    const result = await inTime(async () => decide(toRequest(event), observed)).catch(toFailure);
    const shadow = isFailure(result) ? undefined : await observed.shadow?.();
    const route = routeOf(event);
    const group = layout === null ? undefined : findRoute(layout, route)?.group.name;
    const durationMs = now() - startedAt;
    const fields = { ...decisionFields(result), ...started, ...observedFields(observed), shadow, durationMs };
    log({ route, group, ...fields, ...metrics(countsOf(observed, shadow), startedAt) });
    return respond(result);
  };
}

async function inTime<T>(decide: () => Promise<T>): Promise<T> {
  try {
    return await withinDeadline(DECISION_DEADLINE, decide);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "TimeoutError")) throw error;
    const message = `The decision took longer than ${DECISION_DEADLINE} ms`;
    throw new UnavailableError("deadline_exceeded", message, { cause: error });
  }
}

function observedFields({ tokenCached, stalePermissions, staleKeys }: Observed): Record<string, unknown> {
  return { tokenCached, ...((stalePermissions || staleKeys) && { stale: true }) };
}

const countsOf = ({ stalePermissions, staleKeys }: Observed, shadow: ShadowFinding | undefined): Counts => ({
  ...(stalePermissions && { StalePermissions: 1 }),
  ...(staleKeys && { StaleKeys: 1 }),
  ...(differs(shadow) && { ShadowDifferences: 1 }),
});

const differs = (shadow: ShadowFinding | undefined): boolean =>
  shadow !== undefined && "lost" in shadow && shadow.lost.length + shadow.gained.length > 0;

/** Clients can choose `requestId`, not the extended one. The log has a line even for what is no event at all. */
function requestIdOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string | undefined {
  const { extendedRequestId, requestId } = event?.requestContext ?? {};
  return [extendedRequestId, requestId].find((id) => typeof id === "string");
}

function routeOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string {
  return [event?.httpMethod, event?.resource].filter((part) => typeof part === "string").join(" ");
}
