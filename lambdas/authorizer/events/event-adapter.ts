import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import type { Front } from "../../../core/model/layout.ts";
import type { Answer, AuthorizerResponse } from "../../../core/policy/authorizer-response.ts";
import { httpIamEdge, httpSimpleEdge } from "./http-event.ts";
import { restEdge } from "./rest-event.ts";
import type { SimpleResponse } from "./simple-response.ts";
import { tokenEdge } from "./token-event.ts";

/** An answer in the form that its front takes. */
export interface FrontAnswer {
  readonly response: AuthorizerResponse | SimpleResponse;
  readonly log: Answer["log"];
}

/** How the events of one front are read and answered. */
export interface Edge {
  /** What the event asks, in the core's terms. @throws where it is not one of this front: a 500 */
  toRequest(event: unknown): AuthorizerRequest;
  /** What names the request in the log; undefined where the event does not tell. */
  requestId(event: unknown): string | undefined;
  toFrontAnswer(answer: Answer, event: unknown): FrontAnswer;
}

export const EDGES: Readonly<Record<Front, Edge>> = {
  rest: restEdge,
  "rest-token": tokenEdge,
  "http-iam": httpIamEdge,
  "http-simple": httpSimpleEdge,
};
