import { createResultCache } from "../../local/apigateway/shared/result-cache.ts";
import type { ApiShape } from "./api-shape.ts";
import type { Settings } from "./inputs.ts";
import type { Request } from "./traffic.ts";

/** A call of the authorizer. */
export interface Call {
  /** In seconds. */
  readonly at: number;
  readonly token: number | string;
  readonly tenant: number;
}

export interface Gateway {
  /** Whether the authorizer is called. @returns the age of the answer that is used, in seconds, or undefined for a call */
  ask(request: Request): number | undefined;
}

/**
 * API Gateway's cache, by the local gateway's own: one entry for a token and a group, or for a token and a route. It
 * does not wait for a call under way, so a page's requests may all call. How many entries AWS keeps is not known: all.
 *
 * @param answerSeconds what a call takes until its answer is there
 */
export function gatewayOf(
  { mode, gatewayTtl }: Pick<Settings, "mode" | "gatewayTtl">,
  { groupOf }: Pick<ApiShape, "groupOf">,
  answerSeconds: number,
): Gateway {
  let clock = 0;
  const cache = createResultCache<number>(() => clock * 1_000, Number.POSITIVE_INFINITY);
  const underWay: { readonly key: string; readonly calledAt: number }[] = [];
  let first = 0;
  const settle = (until: number): void => {
    for (
      let call = underWay[first];
      call !== undefined && call.calledAt + answerSeconds <= until;
      call = underWay[++first]
    ) {
      clock = call.calledAt + answerSeconds;
      cache.set(call.key, call.calledAt, gatewayTtl);
    }
    clock = until;
  };
  const off = mode === "off" || gatewayTtl === 0;
  return {
    ask({ at, token, route }) {
      if (off) return undefined;
      settle(at);
      const key = `${token} ${mode === "token" ? groupOf[route] : route}`;
      const calledAt = cache.get(key);
      if (calledAt !== undefined) return at - calledAt;
      underWay.push({ key, calledAt: at });
      return undefined;
    },
  };
}
