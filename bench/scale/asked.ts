import { type Call, gatewayOf } from "./gateway.ts";
import type { Platform } from "./inputs.ts";
import type { Simulated } from "./simulate.ts";

/** What comes of a trace's requests in API Gateway. */
export interface Asked {
  /** All of the trace, also before it is counted. */
  readonly calls: readonly Call[];
  readonly requests: number;
  /** As many requests as called the authorizer. */
  readonly called: number;
  /** Of the answers that requests got, in seconds: added up, and the most. */
  readonly ages: number;
  readonly oldest: number;
}

/** From when a call begins until its answer can be used again. */
export const answerSeconds = ({ decideSeconds, readSeconds }: Platform): number =>
  decideSeconds + readSeconds;

export function throughGateway({ trace, settings, shape, platform }: Simulated): Asked {
  const gateway = gatewayOf(settings, shape, answerSeconds(platform));
  const calls: Call[] = [];
  const asked = { calls, requests: 0, called: 0, ages: 0, oldest: 0 };
  for (const request of trace.requests) {
    const age = gateway.ask(request);
    if (age === undefined) calls.push(request);
    if (request.at < trace.from) continue;
    asked.requests++;
    asked.called += Number(age === undefined);
    asked.ages += age ?? 0;
    asked.oldest = Math.max(asked.oldest, age ?? 0);
  }
  return asked;
}
