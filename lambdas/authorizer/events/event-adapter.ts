import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import type { AuthorizerResponse, LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import type { AuthorizerContext } from "../../../core/policy/context.ts";

/** An answer in the form that its front takes. */
export interface AdaptedResponse {
  readonly response: AuthorizerResponse | SimpleResponse;
  readonly log: LoggedResponse["log"];
}

/** How the events of one front are read and answered. */
export interface EventAdapter {
  /** What the event asks, in the core's terms. @throws where it is not one of this front: a 500 */
  toRequest(event: unknown): AuthorizerRequest;
  /** What names the request in the log; undefined where the event does not tell. */
  requestId(event: unknown): string | undefined;
  toResponse(answer: LoggedResponse, event: unknown): AdaptedResponse;
}

/** What an authorizer of an HTTP API returns where simple responses are enabled. */
export interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context: AuthorizerContext;
}
