import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { Answer, AuthorizerResponse } from "../../core/answer.ts";
import { UnavailableError } from "../../core/errors.ts";
import { findRoute, type Layout } from "../../core/layout.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import { withinDeadline } from "./deadline.ts";
import { decisionFields, type Log } from "./log.ts";
import type { MetricFields } from "./metrics.ts";
import { type Observed, type Report, timed } from "./observation.ts";
import { respond, toFailure } from "./respond.ts";
import { toRequest } from "./to-request.ts";

/** The Lambda's handler: returns a policy, or throws what API Gateway answers with 401 or 500. */
export type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<AuthorizerResponse>;

export interface RequestHandling {
  readonly decide: (request: AuthorizerRequest, observed: Observed) => Promise<Answer>;
  /** Null where there is no configuration to read it by. */
  readonly layout: Layout | null;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: MetricFields;
  /** Tells what is not in the log's line. */
  readonly report: Report;
}

/**
 * The longest that a decision takes, in ms, however many of its steps are slow: less than the least timeout
 * that Terraform gives the function, so that an outage ends with a line of the log and not with a kill.
 */
export const DECISION_DEADLINE = 4_500;

/** The edge: event in, one line of the log, answer or error out. */
export function handleRequests({ decide, layout, now, log, metrics, report }: RequestHandling): Authorizer {
  let coldStart = true;
  return async (event) => {
    const startedAt = now();
    const observed: Observed = { steps: {} };
    const started = { requestId: requestIdOf(event), coldStart };
    coldStart = false;
    const work = () => inTime(async () => decide(toRequest(event), observed));
    const result = await timed(observed.steps, "whole", work).catch(toFailure);
    const route = routeOf(event);
    const group = layout === null ? undefined : findRoute(layout, route)?.group.name;
    const endedAt = now();
    const durationMs = endedAt - startedAt;
    const fields = { ...decisionFields(result), ...started, ...observedFields(observed), durationMs };
    const decided = { result, observed, line: { route, group, ...fields }, startedAt, endedAt };
    log({ ...decided.line, ...metrics(decided) });
    report(decided);
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

function observedFields(observed: Observed): Record<string, unknown> {
  const { correlationId, tokenCached, permissionsCached, stalePermissions, staleKeys } = observed;
  const stale = (stalePermissions || staleKeys) && { stale: true };
  return { correlationId, tokenCached, permissionsCached, ...stale };
}

/** Clients can choose `requestId`, not the extended one. The log has a line even for what is no event at all. */
function requestIdOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string | undefined {
  const { extendedRequestId, requestId } = event?.requestContext ?? {};
  return [extendedRequestId, requestId].find((id) => typeof id === "string");
}

function routeOf(event: Partial<APIGatewayRequestAuthorizerEvent> | null): string {
  return [event?.httpMethod, event?.resource].filter((part) => typeof part === "string").join(" ");
}
