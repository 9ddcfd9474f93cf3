import type { Authorizer } from "./handle-request.ts";

/** What a schedule sends to keep an execution environment warm. An event of API Gateway has a `methodArn`, so none is this. */
export const PING = { portcullis: "ping" } as const;

/** No answer that API Gateway would take for a policy. */
const PONG = { portcullis: "pong" } as const;

/** What Lambda calls. */
export type Handler = (
  ...of: Parameters<Authorizer>
) => Promise<Awaited<ReturnType<Authorizer>> | typeof PONG>;

export function isPing(event: unknown): boolean {
  if (typeof event !== "object" || event === null) return false;
  const [[name, value] = [], ...others] = Object.entries(event);
  return name === "portcullis" && value === PING.portcullis && others.length === 0;
}

/**
 * Answers pings without deciding or logging anything.
 *
 * @param warm reads what a start reads; its failure is the next request's to tell
 */
export function withPings(authorizer: Authorizer, warm: () => Promise<unknown>): Handler {
  return async (event) => {
    if (!isPing(event)) return authorizer(event);
    await warm().catch(() => undefined);
    return PONG;
  };
}
