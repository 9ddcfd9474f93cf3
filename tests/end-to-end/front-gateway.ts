import type { ApiType } from "../../core/model/layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { startStack } from "../../local/stack.ts";
import type { Outcome, Request, Front as RunningFront, StartFront } from "./front.ts";

interface Answer {
  readonly caller?: Record<string, unknown> | null;
  readonly error?: { readonly reason?: string };
}

/** The whole local stack over HTTP, with a REST API: what a client of the deployed API would see. */
export const startGateway: StartFront = (policies, cache) => start(policies, cache, "rest");

/** The same with an authorizer of type TOKEN. */
export const startTokenGateway: StartFront = (policies, cache) => start(policies, cache, "rest-token");

const start = async (policies: PolicySet, cache: CacheFlag, apiType: ApiType): Promise<RunningFront> => {
  const logs: string[] = [];
  const stack = await startStack({
    policies: [policies],
    cache,
    front: apiType,
    ttl: 60,
    port: 0,
    onAccessLog: (entry) => logs.push(JSON.stringify(entry)),
    onLambdaLog: (line) => logs.push(line),
  });

  async function ask({ method, path, token }: Request): Promise<Outcome> {
    const response = await fetch(`${stack.origin}${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    const body = (await response.json()) as Answer;
    return { status: response.status, reason: body.error?.reason, caller: body.caller };
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
