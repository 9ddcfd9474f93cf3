import type { Answer } from "../../core/answer.ts";
import { findRoute, type Layout } from "../../core/layout.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import { EDGES, type FrontAnswer } from "./edge.ts";
import { decisionFields, type Log } from "./log.ts";
import { respond, toFailure } from "./respond.ts";

/** The Lambda's handler: returns an answer, or throws what API Gateway answers with 401 or 500. */
export type Authorizer = (event: unknown) => Promise<FrontAnswer["response"]>;

/** What the log says beside the decision; filled in on the way. */
interface Observed {
  tokenCached?: boolean;
}

export interface RequestHandling {
  readonly decide: (request: AuthorizerRequest, observed: Observed) => Promise<Answer>;
  /** Null where there is no configuration to read it by. */
  readonly layout: Layout | null;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** The edge: event in, one line of the log, answer or error out. */
export function handleRequests({ decide, layout, now, log }: RequestHandling): Authorizer {
  const edge = EDGES[layout?.front ?? "rest"];
  let coldStart = true;
  return async (event) => {
    const startedAt = now();
    const observed: Observed = {};
    const started = { requestId: edge.requestId(event), coldStart };
    coldStart = false;
    let placed = {};
    const result = await attempt(async () => {
      const request = edge.toRequest(event);
      placed = placeFields(request, layout);
      return edge.toFrontAnswer(await decide(request, observed), event);
    }).catch(toFailure);
    log({ ...placed, ...decisionFields(result), ...started, ...observed, durationMs: now() - startedAt });
    return respond(result);
  };
}

/** What throws before its first await rejects too. */
const attempt = async <T>(work: () => Promise<T>): Promise<T> => work();

/** Where the event says that it stands, also where no decision comes of it. */
function placeFields({ method, resource }: AuthorizerRequest, layout: Layout | null) {
  if (resource === null) return {};
  const route = `${method} ${resource}`;
  return { route, group: layout === null ? undefined : findRoute(layout, route)?.group.name };
}
