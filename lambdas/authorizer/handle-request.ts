import type { AuthorizerRequest } from "../../core/decision/resolve-route.ts";
import { InternalError } from "../../core/model/errors.ts";
import { findRoute, type Layout } from "../../core/model/layout.ts";
import type { LoggedResponse } from "../../core/policy/authorizer-response.ts";
import { abandonedAfter } from "../../runtime/deadline.ts";
import { type Failure, isFailure, toFailure } from "../../runtime/telemetry/failure.ts";
import { decisionLine, failureFields, type Log, type LogMetadata } from "../../runtime/telemetry/log.ts";
import type { MetricFields } from "../../runtime/telemetry/metrics.ts";
import { elapsed, type Telemetry, type TelemetrySink } from "../../runtime/telemetry/telemetry.ts";
import { EVENT_ADAPTERS } from "./events/adapters.ts";
import type { AdaptedResponse } from "./events/event-adapter.ts";
import { respond } from "./respond.ts";

/** The Lambda's handler: returns an answer, or throws what API Gateway answers with 401 or 500. */
export type Authorizer = (event: unknown) => Promise<AdaptedResponse["response"]>;

export interface RequestHandling {
  /** Decides a request, within {@link DECISION_DEADLINE}. */
  readonly decide: (request: AuthorizerRequest, telemetry: Telemetry) => Promise<LoggedResponse>;
  /** Null where there is no configuration to read it by. */
  readonly layout: Layout | null;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: MetricFields;
  /** Tells what is not in the log's line. */
  readonly report: TelemetrySink;
}

/**
 * The longest that a decision takes, in ms, however many of its steps are slow: less than the least timeout
 * that Terraform gives the function, so that an outage ends with a line of the log and not with a kill.
 */
export const DECISION_DEADLINE = 4_500;

/** The edge: event in, one line of the log, answer or error out. */
export function handleRequests({ decide, layout, now, log, metrics, report }: RequestHandling): Authorizer {
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
      result = adapter.toResponse(await inTime(decide(request, telemetry)), event);
    } catch (error) {
      result = toFailure(error);
    }
    telemetry.steps.whole = elapsed(since);
    const compare = isFailure(result) ? undefined : telemetry.shadow;
    const shadow = compare && (await compare());
    const endedAt = now();
    const decision = isFailure(result)
      ? { ...placeFields(request, layout), ...failureFields(result) }
      : result.log;
    const metadata: LogMetadata = {
      status: statusOf(result),
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
    report(decided);
    return respond(result);
  };
}

const inTime = (decision: Promise<LoggedResponse>): Promise<LoggedResponse> =>
  abandonedAfter(
    DECISION_DEADLINE,
    decision,
    () => new InternalError("deadline_exceeded", `The decision took longer than ${DECISION_DEADLINE} ms`),
  );

const statusOf = (result: AdaptedResponse | Failure): number =>
  isFailure(result) ? result.status : result.log["outcome"] === "allow" ? 200 : 403;

/** Where the event says that it stands, also where no decision comes of it. */
function placeFields(request: AuthorizerRequest | undefined, layout: Layout | null) {
  if (request === undefined || request.resource === null) return {};
  const route = `${request.method} ${request.resource}`;
  return { route, group: layout === null ? undefined : findRoute(layout, route)?.group.name };
}
