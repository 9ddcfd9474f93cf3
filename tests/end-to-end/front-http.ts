import { setTimeout as sleep } from "node:timers/promises";
import type { ApiType } from "../../core/model/layout.ts";
import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { startStack } from "../../local/stack.ts";
import type { Outcome, Request, StartFront } from "./front.ts";

/** The local stack with an HTTP API: bodies tell no reason, so it is read from the access log, as operators do. */
export const startHttpGateway =
  (apiType: ApiType): StartFront =>
  async (policies, cache) => {
    const logs: string[] = [];
    const entries = new Map<string, AccessLogEntry>();
    const stack = await startStack({
      policies: [policies],
      cache,
      front: apiType,
      ttl: 60,
      port: 0,
      onAccessLog: (entry) => {
        logs.push(JSON.stringify(entry));
        entries.set(entry.requestId, entry);
      },
      onLambdaLog: (line) => logs.push(line),
    });

    async function ask({ method, path, token }: Request): Promise<Outcome> {
      const response = await fetch(`${stack.origin}${path}`, {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      const body = (await response.json()) as { readonly caller?: Record<string, unknown> | null };
      const entry = await entryOf(response.headers.get("apigw-requestid") ?? "");
      return { status: response.status, reason: entry.reason, caller: body.caller };
    }

    /** The entry is written after the answer. */
    async function entryOf(requestId: string): Promise<AccessLogEntry> {
      for (let entry = entries.get(requestId); ; entry = entries.get(requestId)) {
        if (entry !== undefined) return entry;
        await sleep(1);
      }
    }

    return {
      providers: (name) => {
        const found = stack.provider(name);
        if (found === undefined) throw new Error(`There is no issuer ${name}`);
        return found;
      },
      ask,
      logs: () => logs,
      close: () => stack.close(),
    };
  };
