import type { Context } from "aws-lambda";
import { type AccessDocument, type AccessRequest, describeAccess } from "../../core/decision/access.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import type { AccessSettings } from "../../core/model/access-settings.ts";
import { InternalError } from "../../core/model/errors.ts";
import type { Layout } from "../../core/model/layout.ts";
import { encodeValue } from "../../core/policy/context.ts";
import { rejectAfter } from "../../runtime/deadline.ts";
import type { EnvironmentReader } from "../../runtime/environment.ts";
import { type Failure, isFailure, toFailure } from "../../runtime/telemetry/failure.ts";
import { type Fields, failureFields, type Log, printLogLine } from "../../runtime/telemetry/log.ts";
import { accessResponse, type ProxyResponse, type ResponseSettings } from "./access-response.ts";
import type { Decider } from "./create-decider.ts";
import { isProxyEvent, type ProxyEvent, proxyRequestId, toAccessRequest } from "./events/proxy-event.ts";

/** Answers the requests of the access route. It never throws, because API Gateway would make a 502 of that. */
export type AccessHandler = (event: ProxyEvent, context: LambdaContext) => Promise<ProxyResponse>;

/** The part of Lambda's context that is read. */
export type LambdaContext = Pick<Context, "invokedFunctionArn">;

/** Reads the origins whose pages may read a REST API's responses; null if the variable is absent, as for an HTTP API. */
export const readOrigins = (read: EnvironmentReader): ResponseSettings["origins"] =>
  read.optional("ACCESS_ORIGINS")?.split(",") ?? null;

/** What answering a request needs. */
export interface AccessHandling {
  /** Returns what the caller of a request may do, or its denial. */
  readonly describe: (request: AccessRequest) => Promise<AccessDocument | Denial>;
  readonly settings: Pick<AccessSettings, "path" | "errors">;
  readonly origins: ResponseSettings["origins"];
  readonly tenantSelector: Layout["tenantSelector"];
  /** In ms. A request that takes longer is a failure. */
  readonly deadline: number;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Creates the handler of the access route, with the authorizer's own verifier, table and caches. */
export const createAccess = (
  { layout, now, log }: { readonly layout: Layout; readonly now: () => number; readonly log: Log },
  { depsFor, extras, deadline }: Decider,
  settings: AccessSettings,
  origins: ResponseSettings["origins"],
): AccessHandler =>
  handleAccess({
    describe: (request) =>
      describeAccess(request, { layout, settings, roleSets: extras.roleSets, ...depsFor({ steps: {} }) }),
    settings,
    origins,
    tenantSelector: layout.tenantSelector,
    deadline,
    now,
    log,
  });

/** Creates a handler that answers an event and writes one log line. */
export function handleAccess(handling: AccessHandling): AccessHandler {
  const { describe, settings, origins, tenantSelector, deadline, now, log } = handling;
  const late = (): Error =>
    new InternalError("deadline_exceeded", `The access document took longer than ${deadline} ms`);
  return async (event, context) => {
    const startedAt = now();
    let request: AccessRequest | undefined;
    let result: AccessDocument | Denial | Failure;
    try {
      request = toAccessRequest(event, context, settings.path);
      result = await rejectAfter(deadline, describe(request), late);
    } catch (error) {
      result = toFailure(error);
    }
    const answered = { headers: request?.headers ?? new Map(), requestId: proxyRequestId(event) };
    const response = accessResponse(result, answered, {
      errors: settings.errors,
      tenantSelector,
      origins,
    });
    const { statusCode: status } = response;
    const head = { level: status === 500 ? "error" : "info", message: "access", status };
    const { requestId } = answered;
    log(printLogLine({ ...head, requestId, durationMs: now() - startedAt, ...describeResult(result) }));
    return response;
  };
}

/** Returns log fields that name the caller as a decision's line does, and why the answer is an error. */
function describeResult(result: AccessDocument | Denial | Failure): Fields {
  if (isFailure(result)) return failureFields(result);
  const [userId, tenantId] = isDenial(result)
    ? [result.subject, result.tenant]
    : [result.userId, result.tenantId];
  return {
    userId: encodeValue(userId ?? ""),
    ...(tenantId != null && { tenantId: encodeValue(tenantId) }),
    ...(isDenial(result) && { issuer: result.issuer, reason: result.reason }),
  };
}

/** Passes the events of a proxy integration to the access route's handler, and all others to the authorizer. */
export const withAccess =
  (authorizer: (event: unknown) => Promise<unknown>, access: AccessHandler | undefined) =>
  (event: unknown, context: LambdaContext): Promise<unknown> =>
    access !== undefined && isProxyEvent(event) ? access(event, context) : authorizer(event);
