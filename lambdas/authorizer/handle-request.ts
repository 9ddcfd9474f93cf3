import type { AuthorizerRequest } from "../../core/decision/resolve-route.ts";
import { InternalError } from "../../core/model/errors.ts";
import { type ApiType, findRoute, type Layout } from "../../core/model/layout.ts";
import type { LoggedResponse } from "../../core/policy/authorizer-response.ts";
import { rejectAfter } from "../../runtime/deadline.ts";
import { type Failure, isFailure, toFailure } from "../../runtime/telemetry/failure.ts";
import { decisionLine, failureFields, type Log, type LogMetadata } from "../../runtime/telemetry/log.ts";
import type { MetricFields } from "../../runtime/telemetry/metrics.ts";
import { elapsed, type Telemetry, type TelemetrySink } from "../../runtime/telemetry/telemetry.ts";
import type { AdaptedResponse, EventAdapter } from "./events/event-adapter.ts";
import { httpIamAdapter, httpSimpleAdapter } from "./events/http-event.ts";
import { restAdapter } from "./events/rest-event.ts";
import { tokenAdapter } from "./events/token-event.ts";
import { respond } from "./respond.ts";

/** The Lambda's handler: returns the authorizer response, or throws an error that API Gateway turns into 401 or 500. */
export type Authorizer = (event: unknown) => Promise<AdaptedResponse["response"]>;

/** What handling a request needs. */
export interface RequestHandling {
  /** Decides a request. A decision that takes longer than {@link DECISION_DEADLINE} is a failure. */
  readonly decide: (request: AuthorizerRequest, telemetry: Telemetry) => Promise<LoggedResponse>;
  /** Null when the configuration is invalid, so that there is no layout. */
  readonly layout: Layout | null;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: MetricFields;
  /** Receives every completed decision, in addition to the log. */
  readonly telemetrySink: TelemetrySink;
  /** In ms. Default: {@link DECISION_DEADLINE}. */
  readonly deadline?: number;
}

/**
 * The longest that a decision takes by default, in ms, however many of its steps are slow. It is less than the smallest timeout
 * that Terraform accepts for the function, so an outage ends with a log line, and not because Lambda kills the process.
 */
export const DECISION_DEADLINE = 4_500;

const EVENT_ADAPTERS: Readonly<Record<ApiType, EventAdapter>> = {
  rest: restAdapter,
  "rest-token": tokenAdapter,
  "http-iam": httpIamAdapter,
  "http-simple": httpSimpleAdapter,
};

/** Creates the Lambda's handler, which decides an event, writes one log line, and returns the response or throws. */
export function handleRequests({
  decide,
  layout,
  now,
  log,
  metrics,
  telemetrySink,
  deadline = DECISION_DEADLINE,
}: RequestHandling): Authorizer {
  const adapter = EVENT_ADAPTERS[layout?.apiType ?? "rest"];
  let coldStart = true;
  return async (event) => {
    const startedAt = now();
    const telemetry: Telemetry = { steps: {} };
    const isCold = coldStart;
    coldStart = false;
    let request: AuthorizerRequest | undefined;
    const since = performance.now();
    let result: AdaptedResponse | Failure;
    try {
      request = adapter.toRequest(event);
      result = adapter.toResponse(await withinDecisionDeadline(deadline, decide(request, telemetry)), event);
    } catch (error) {
      result = toFailure(error);
    }
    telemetry.steps.whole = elapsed(since);
    const compareShadow = isFailure(result) ? undefined : telemetry.shadow;
    const shadow = compareShadow && (await compareShadow());
    const endedAt = now();
    const decision = isFailure(result)
      ? { ...requestedRouteFields(request, layout), ...failureFields(result) }
      : result.log;
    const metadata: LogMetadata = {
      status: httpStatus(result),
      requestId: adapter.requestId(event),
      coldStart: isCold,
      correlationId: telemetry.correlationId,
      permissionsCached: telemetry.permissionsCached,
      stale: telemetry.stalePermissions || telemetry.staleKeys || undefined,
      shadow,
      durationMs: endedAt - startedAt,
    };
    const decided = { result, telemetry, decision, metadata, startedAt, endedAt };
    log(decisionLine(metadata, decision, metrics(decided)));
    telemetrySink(decided);
    return respond(result);
  };
}

const withinDecisionDeadline = (
  deadline: number,
  decision: Promise<LoggedResponse>,
): Promise<LoggedResponse> =>
  rejectAfter(
    deadline,
    decision,
    () => new InternalError("deadline_exceeded", `The decision took longer than ${deadline} ms`),
  );

/** Returns the status that this request gets, which a policy that allows other routes can deny. */
const httpStatus = (result: AdaptedResponse | Failure): number =>
  isFailure(result)
    ? result.status
    : result.log["outcome"] === "allow" && result.log["denial"] === undefined
      ? 200
      : 403;

/** Returns the log fields for the route that the event names, for requests without a decision. */
function requestedRouteFields(request: AuthorizerRequest | undefined, layout: Layout | null) {
  if (request === undefined || request.resource === null) return {};
  const route = `${request.method} ${request.resource}`;
  return { route, group: layout === null ? undefined : findRoute(layout, route)?.group.name };
}
