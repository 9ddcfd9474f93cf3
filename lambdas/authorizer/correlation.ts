import type { Headers } from "../../core/decision/bearer-token.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { LoggedResponse } from "../../core/policy/authorizer-response.ts";
import { fitsContext } from "../../core/policy/context.ts";

const HEADER = "x-correlation-id";
/** The ids that need no escaping in logs and contexts. They are too short for a token. */
const SHAPE = /^[A-Za-z0-9._-]{1,64}$/;

/** Returns the client's correlation id; undefined when it sent none, several, or one of another shape. */
export function readCorrelationId(headers: Headers): string | undefined {
  const [only = "", ...others] = headers.get(HEADER) ?? [];
  return others.length === 0 && SHAPE.test(only) ? only : undefined;
}

/**
 * Adds the correlation id to the backend's context, but only when responses are not cached: many requests share a
 * cached response, and each of them would get the id of the first one. Leaves the id out when the context is full, so
 * that the id never causes a denial.
 */
export function withCorrelationId(
  logged: LoggedResponse,
  id: string | undefined,
  { mode }: Layout,
): LoggedResponse {
  if (id === undefined || mode !== "off") return logged;
  const context = { ...logged.response.context, correlationId: id };
  return fitsContext(context) ? { ...logged, response: { ...logged.response, context } } : logged;
}
