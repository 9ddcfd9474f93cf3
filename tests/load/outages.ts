import type { IncomingMessage, ServerResponse } from "node:http";
import { ISSUERS_PATH, sendJson } from "../../local/identity-provider/identity-server.ts";
import { isTableRequest } from "../../local/table/table.ts";
import type { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

export const OUTAGES = [
  "the identity provider answers 500",
  "the identity provider hangs",
  "the table throttles",
  "the table drops connections",
] as const;
export type Outage = (typeof OUTAGES)[number];

/** Intercepts requests to parts of the stack and makes them fail. */
export interface Outages {
  readonly intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Undefined if there is no outage. */
  current: Outage | undefined;
}

/** The share of the table's reads that fail. For the identity provider all requests fail. */
const TABLE_SHARE = 0.8;

export function createOutages(random: Random, tally: Tally): Outages {
  const outages: Outages = {
    current: undefined,
    intercept(request, response) {
      const { current } = outages;
      if (current === undefined || !concerns(current, request)) return false;
      if (isTableRead(request) && !random.chance(TABLE_SHARE)) return false;
      tally.count(`hit: ${current}`);
      FAILURES[current](request, response);
      return true;
    },
  };
  return outages;
}

const isTableRead = (request: IncomingMessage): boolean =>
  isTableRequest(request) && /\.(BatchGetItem|Query)$/.test(String(request.headers["x-amz-target"]));

const concerns = (outage: Outage, request: IncomingMessage): boolean =>
  outage.startsWith("the table") ? isTableRead(request) : (request.url ?? "").startsWith(ISSUERS_PATH);

const FAILURES: Readonly<Record<Outage, (request: IncomingMessage, response: ServerResponse) => void>> = {
  "the identity provider answers 500": (_, response) => sendJson(response, 500, { error: "out of order" }),
  "the identity provider hangs": () => undefined,
  "the table throttles": (_, response) =>
    sendJson(response, 400, {
      __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
      message: "Slow down",
    }),
  "the table drops connections": (request) => void request.socket.destroy(),
};
