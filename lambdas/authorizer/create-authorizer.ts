import { type AuthorizeDeps, authorize, parseRequest } from "../../core/decision/authorize.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { Shadow } from "../../runtime/shadow/shadow.ts";
import type { Log } from "../../runtime/telemetry/log.ts";
import type { MetricFields } from "../../runtime/telemetry/metrics.ts";
import type { TelemetrySink } from "../../runtime/telemetry/telemetry.ts";
import { readCorrelationId, withCorrelationId } from "./correlation.ts";
import { createDecider, type Decider, type DeciderParts } from "./create-decider.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";

/** The parts of an authorizer. None of them reads an environment variable. */
export interface AuthorizerParts extends DeciderParts {
  readonly layout: Layout;
  readonly log: Log;
  /** Returns the fields of a decision's line that CloudWatch counts; none by default. */
  readonly metrics?: MetricFields;
  /** Receives every completed decision, in addition to the log. */
  readonly telemetrySink?: TelemetrySink;
  /** Evaluates the candidate's items alongside, without changing the response. */
  readonly shadow?: Shadow | undefined;
}

/**
 * Creates an authorizer from its parts.
 *
 * @param decider shared with the access route, if the API has one
 * @example
 * import { type AuthorizerParts, createAuthorizer } from "./create-authorizer.ts";
 *
 * export const authorizeEvent = (parts: AuthorizerParts, event: unknown) => createAuthorizer(parts)(event);
 */
export function createAuthorizer(
  parts: AuthorizerParts,
  { extras, depsFor, deadline }: Decider = createDecider(parts),
): Authorizer {
  const { layout, now, log, shadow, metrics = () => undefined, telemetrySink = () => undefined } = parts;
  return handleRequests({
    layout,
    deadline,
    now,
    log,
    metrics,
    telemetrySink,
    async decide(request, telemetry) {
      telemetry.correlationId = readCorrelationId(request.headers);
      const live: AuthorizeDeps = { layout, extras, ...depsFor(telemetry) };
      const response = await authorize(
        parseRequest(request, layout),
        shadow?.(request, live, telemetry) ?? live,
      );
      return withCorrelationId(response, telemetry.correlationId, layout);
    },
  });
}
