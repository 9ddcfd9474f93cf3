import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuthorizerName } from "./definition.ts";
import {
  type EventSeen,
  type Instructions,
  readSeen,
  type StatementWanted,
  writeToken,
} from "./instructions.ts";

/** A request to the throw-away API. */
export interface ProbeRequest {
  /** Sent to the character. */
  readonly path: string;
  /** Of the policy that the authorizer returns. */
  readonly statements: readonly StatementWanted[];
  /** The same nonce, and statements, make the same token; absent: a new one. */
  readonly nonce?: string;
  readonly padTo?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** What came back. */
export interface ProbeResponse {
  readonly status: number;
  /** Of the gateway response, such as ACCESS_DENIED, where no backend answered. */
  readonly type: string | undefined;
  /** The template of the resource that was reached. */
  readonly resource: string | undefined;
  /** What the authorizer was told, now or when the answer was cached. */
  readonly seen: EventSeen | undefined;
  /** Names one run of the authorizer: the same twice is a cached answer. */
  readonly callId: string | undefined;
  /** As they reached the backend. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

export type Send = (request: ProbeRequest) => Promise<ProbeResponse>;

/** The throw-away API, wherever it runs. */
export interface Lab {
  readonly send: Send;
  /** `FlushStageAuthorizersCache`. */
  flushAuthorizers(): Promise<void>;
  setStageVariable(name: string, value: string): Promise<void>;
  /** Waits until a change to the stage is everywhere. */
  settle(): Promise<void>;
  /** Authorizers that API Gateway did not import, with what it said. */
  readonly notImported: ReadonlyMap<AuthorizerName, string>;
}

export const allow = (...patterns: string[]): StatementWanted => ({ effect: "Allow", patterns });
export const deny = (...patterns: string[]): StatementWanted => ({ effect: "Deny", patterns });

const TIMEOUT_MS = 35_000;
const ATTEMPTS = 6;
const PAUSE_MS = 1_000;

/** Sends probes' requests to a stage. `url` is the stage's, without a slash at the end. */
export function sender(url: string, key: string, signal?: AbortSignal): Send {
  return async ({ path, statements, nonce = randomUUID(), padTo, headers = [] }) => {
    const instructions: Instructions = { key, nonce, statements, ...(padTo !== undefined && { padTo }) };
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const { status, body } = await get(url, path, [
        ["Authorization", `Bearer ${writeToken(instructions)}`],
        ...headers,
      ]);
      if (status !== 429 || attempt === ATTEMPTS) return readResponse(status, body);
      await sleep(PAUSE_MS * attempt, undefined, signal === undefined ? {} : { signal });
    }
  };
}

function readResponse(status: number, body: string): ProbeResponse {
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
  try {
    const found: unknown = JSON.parse(body);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}

/** Not fetch: that would resolve dot segments and join headers before they leave. */
function get(
  url: string,
  path: string,
  headers: readonly (readonly [string, string])[],
): Promise<{ status: number; body: string }> {
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
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on("error", reject);
    sent.end();
  });
}
