import type { Authorizer } from "./handle-request.ts";

/** The event that a schedule sends to keep an execution environment warm. API Gateway's events have a `methodArn`. */
export const PING = { portcullis: "ping" } as const;

/** The response to a ping, which API Gateway would not accept as a policy. */
const PONG = { portcullis: "pong" } as const;

/** The function that Lambda calls. */
export type Handler = (
  ...args: Parameters<Authorizer>
) => Promise<Awaited<ReturnType<Authorizer>> | typeof PONG>;

/** Returns whether an event is exactly a ping. */
function isPing(event: unknown): boolean {
  if (typeof event !== "object" || event === null) return false;
  const [[name, value] = [], ...others] = Object.entries(event);
  return name === "portcullis" && value === PING.portcullis && others.length === 0;
}

/**
 * Creates a handler that responds to pings without a decision and without a log line, and passes every other event to
 * the authorizer.
 *
 * @param warm reads what a cold start reads; its failure is ignored, because the next request reads again
 */
export function withPings(authorizer: Authorizer, warm: () => Promise<unknown>): Handler {
  return async (event) => {
    if (!isPing(event)) return authorizer(event);
    await warm().catch(() => undefined);
    return PONG;
  };
}
