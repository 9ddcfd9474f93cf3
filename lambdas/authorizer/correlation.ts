import type { Headers } from "../../core/decision/bearer-token.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { LoggedResponse } from "../../core/policy/authorizer-response.ts";
import { fitsContext } from "../../core/policy/context.ts";

const HEADER = "x-correlation-id";
/** What may stand in logs and contexts as it is; too short for a token. */
const SHAPE = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that a client sent, once, for following its call; undefined for none, and for one of another shape. */
export function correlationIdIn(headers: Headers): string | undefined {
  const [only = "", ...others] = headers.get(HEADER) ?? [];
  return others.length === 0 && SHAPE.test(only) ? only : undefined;
}

/**
 * Hands the id on to the backend where nothing is cached: a cached answer is that of many requests, and its
 * context would tell each of them the first one's id. A context that is full goes without: the id refuses nobody.
 */
export function withCorrelationId(
  answer: LoggedResponse,
  id: string | undefined,
  { mode }: Layout,
): LoggedResponse {
  if (id === undefined || mode !== "off") return answer;
  const context = { ...answer.response.context, correlationId: id };
  return fitsContext(context) ? { ...answer, response: { ...answer.response, context } } : answer;
}
