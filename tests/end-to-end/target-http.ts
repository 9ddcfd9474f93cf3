import { setTimeout as sleep } from "node:timers/promises";
import type { ApiType } from "../../core/model/layout.ts";
import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { startStack } from "../../local/stack.ts";
import type { Outcome, Request, StartTarget } from "./target.ts";

/** Starts the local stack with an HTTP API. Bodies contain no reason, so it is read from the access log. */
export const startHttpGateway =
  (apiType: ApiType): StartTarget =>
  async (policies, cache) => {
    const logs: string[] = [];
    const entries = new Map<string, AccessLogEntry>();
    const stack = await startStack({
      policies: [policies],
      cache,
      apiType,
      ttl: 60,
      port: 0,
      onAccessLog: (entry) => {
        logs.push(JSON.stringify(entry));
        entries.set(entry.requestId, entry);
      },
      onLambdaLog: (line) => logs.push(line),
    });

    async function send({ method, path, token }: Request): Promise<Outcome> {
      const response = await fetch(`${stack.origin}${path}`, {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      const body = (await response.json()) as { readonly caller?: Record<string, unknown> | null };
      const entry = await findEntry(response.headers.get("apigw-requestid") ?? "");
      return { status: response.status, reason: entry.reason, caller: body.caller };
    }

    /** Waits for the entry, which is written after the response. */
    async function findEntry(requestId: string): Promise<AccessLogEntry> {
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
      send,
      logs: () => logs,
      close: () => stack.close(),
    };
  };
