import { randomUUID } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { parseJson } from "../../core/model/parse-json.ts";
import type { LabPart } from "./definition.ts";
import {
  type EventSeen,
  type Instructions,
  readSeen,
  type StatementSpec,
  writeToken,
} from "./instructions.ts";

/** A request to the temporary API. */
export interface ProbeRequest {
  /** The path, which is sent without any normalization. */
  readonly path: string;
  /** The statements of the policy that the authorizer returns. */
  readonly statements: readonly StatementSpec[];
  /** The same nonce and statements give the same token. Without it, each request has a new nonce. */
  readonly nonce?: string;
  readonly padTo?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** The response of the temporary API. */
export interface ProbeResponse {
  readonly status: number;
  /** The type of the gateway response, such as ACCESS_DENIED, if no backend responded. */
  readonly type: string | undefined;
  /** The path template of the resource that was reached. */
  readonly resource: string | undefined;
  /** The event that the authorizer got, for this request or for the one whose response was cached. */
  readonly seen: EventSeen | undefined;
  /** The id of the authorizer's call. The same id twice means a cached response. */
  readonly callId: string | undefined;
  /** The request headers that the backend got. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The response headers that the client got, by name in lower case. */
  readonly received: IncomingHttpHeaders;
}

export type Send = (request: ProbeRequest) => Promise<ProbeResponse>;

/** The temporary API, on AWS or in the local gateway. */
export interface Lab {
  readonly send: Send;
  /** Calls `FlushStageAuthorizersCache`. */
  flushAuthorizers(): Promise<void>;
  setStageVariable(name: string, value: string): Promise<void>;
  /** Waits until a change to the stage is in effect everywhere. */
  settle(): Promise<void>;
  /** The parts that API Gateway did not import, with its error messages. */
  readonly notImported: ReadonlyMap<LabPart, string>;
}

export const allow = (...patterns: string[]): StatementSpec => ({ effect: "Allow", patterns });
export const deny = (...patterns: string[]): StatementSpec => ({ effect: "Deny", patterns });

const TIMEOUT_MS = 35_000;
const ATTEMPTS = 6;
const PAUSE_MS = 1_000;

/** Returns a function that sends requests to a stage and retries them after 429. */
export function sender(url: string, key: string, signal?: AbortSignal): Send {
  return async ({ path, statements, nonce = randomUUID(), padTo, headers = [] }) => {
    const instructions: Instructions = { key, nonce, statements, ...(padTo !== undefined && { padTo }) };
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const { status, body, received } = await get(url, path, [
        ["Authorization", `Bearer ${writeToken(instructions)}`],
        ...headers,
      ]);
      if (status !== 429 || attempt === ATTEMPTS) return { ...readResponse(status, body), received };
      await sleep(PAUSE_MS * attempt, undefined, signal === undefined ? {} : { signal });
    }
  };
}

function readResponse(status: number, body: string): Omit<ProbeResponse, "received"> {
  const found = parse(body) as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => {
    const value = found[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    status,
    type: text("type"),
    resource: text("resource"),
    seen: readSeen(found["seen"]),
    callId: text("callId"),
    headers: (found["headers"] ?? {}) as ProbeResponse["headers"],
  };
}

function parse(body: string): object {
  const found = parseJson(body);
  return typeof found === "object" && found !== null ? found : {};
}

/** Sends a GET request without fetch, because fetch resolves dot segments and joins headers. */
function get(
  url: string,
  path: string,
  headers: readonly (readonly [string, string])[],
): Promise<{ status: number; body: string; received: IncomingHttpHeaders }> {
  const { protocol, hostname, port, host, pathname } = new URL(url);
  const request = protocol === "https:" ? httpsRequest : httpRequest;
  const prefix = pathname.replace(/\/$/, "");
  return new Promise((resolve, reject) => {
    const options = {
      hostname,
      port,
      path: `${prefix}${path}`,
      agent: false,
      timeout: TIMEOUT_MS,
      headers: ["Host", host, ...headers.flat()],
    };
    const sent = request(options, async (response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
        const body = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, body, received: response.headers });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("timeout", () => sent.destroy(new Error(`no response within ${TIMEOUT_MS} ms`)));
    sent.on("error", reject);
    sent.end();
  });
}
