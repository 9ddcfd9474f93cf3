import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import type { AuthorizerResponse, LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import type { AuthorizerContext } from "../../../core/policy/context.ts";

/** A response in the format of an API type, and the log fields that describe it. */
export interface AdaptedResponse {
  readonly response: AuthorizerResponse | SimpleResponse;
  readonly log: LoggedResponse["log"];
}

/** Translates the events and responses of one API type. */
export interface EventAdapter {
  /** Translates an event to the core's request. @throws Error when the event is of another API type: a 500 */
  toRequest(event: unknown): AuthorizerRequest;
  /** Returns the request's id for the log; undefined when the event has none. */
  requestId(event: unknown): string | undefined;
  /** Translates the core's response to the API type's format. */
  toResponse(response: LoggedResponse, event: unknown): AdaptedResponse;
}

/** The response of an HTTP API's authorizer with simple responses enabled. */
export interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context: AuthorizerContext;
}
