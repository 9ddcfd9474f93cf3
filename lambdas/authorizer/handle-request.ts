import type { Answer } from "../../core/answer.ts";
import { UnavailableError } from "../../core/errors.ts";
import { findRoute, type Layout } from "../../core/layout.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import { abandonedAfter } from "./deadline.ts";
import { EDGES, type FrontAnswer } from "./edge.ts";
import { decisionFields, type Log, merged } from "./log.ts";
import type { MetricFields } from "./metrics.ts";
import { type Observed, type Report, timed } from "./observation.ts";
import { isFailure, respond, toFailure } from "./respond.ts";

/** The Lambda's handler: returns an answer, or throws what API Gateway answers with 401 or 500. */
export type Authorizer = (event: unknown) => Promise<FrontAnswer["response"]>;

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
  const edge = EDGES[layout?.front ?? "rest"];
  let coldStart = true;
  return async (event) => {
    const startedAt = now();
    const observed: Observed = { steps: {} };
    const isCold = coldStart;
    coldStart = false;
    let request: AuthorizerRequest | undefined;
    const work = async () => {
      request = edge.toRequest(event);
      return edge.toFrontAnswer(await decide(request, observed), event);
    };
    const result = await timed(observed.steps, "whole", () => inTime(work)).catch(toFailure);
    const shadow = isFailure(result) ? undefined : await observed.shadow?.();
    const endedAt = now();
    const line = merged(
      isFailure(result)
        ? { ...placeFields(request, layout), ...decisionFields(result) }
        : decisionFields(result),
      {
        requestId: edge.requestId(event),
        coldStart: isCold,
        correlationId: observed.correlationId,
        tokenCached: observed.tokenCached,
        permissionsCached: observed.permissionsCached,
        stale: observed.stalePermissions || observed.staleKeys || undefined,
        shadow,
        durationMs: endedAt - startedAt,
      },
    );
    const decided = { result, observed, shadow, line, startedAt, endedAt };
    const counted = metrics(decided);
    log(counted === undefined ? line : merged(line, counted));
    report(decided);
    return respond(result);
  };
}

async function inTime<T>(decide: () => Promise<T>): Promise<T> {
  try {
    return await abandonedAfter(DECISION_DEADLINE, decide());
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "TimeoutError")) throw error;
    const message = `The decision took longer than ${DECISION_DEADLINE} ms`;
    throw new UnavailableError("deadline_exceeded", message, { cause: error });
  }
}

/** Where the event says that it stands, also where no decision comes of it. */
function placeFields(request: AuthorizerRequest | undefined, layout: Layout | null) {
  if (request === undefined || request.resource === null) return {};
  const route = `${request.method} ${request.resource}`;
  return { route, group: layout === null ? undefined : findRoute(layout, route)?.group.name };
}
