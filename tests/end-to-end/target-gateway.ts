import type { ApiType } from "../../core/model/layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { startStack } from "../../local/stack.ts";
import type { Outcome, Request, StartTarget, Target } from "./target.ts";

interface ResponseBody {
  readonly caller?: Record<string, unknown> | null;
  readonly error?: { readonly reason?: string };
}

/** Starts the whole local stack with a REST API, and sends requests over HTTP like a client of the deployed API. */
export const startGateway: StartTarget = (policies, cache) => start(policies, cache, "rest");

/** Starts the same with an authorizer of type TOKEN. */
export const startTokenGateway: StartTarget = (policies, cache) => start(policies, cache, "rest-token");

const start = async (policies: PolicySet, cache: CacheFlag, apiType: ApiType): Promise<Target> => {
  const logs: string[] = [];
  const stack = await startStack({
    policies: [policies],
    cache,
    apiType,
    ttl: 60,
    port: 0,
    onAccessLog: (entry) => logs.push(JSON.stringify(entry)),
    onLambdaLog: (line) => logs.push(line),
  });

  async function send({ method, path, token, headers }: Request): Promise<Outcome> {
    const response = await fetch(`${stack.origin}${path}`, {
      method,
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    const body = (await response.json()) as ResponseBody;
    return { status: response.status, reason: body.error?.reason, caller: body.caller };
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
