import type { CacheFlag } from "../../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import type { AccessLogEntry } from "../../../local/apigateway/rest/gateway.ts";
import type { TokenRequest } from "../../../local/identity-provider/identity-provider.ts";
import { type Stack, startStack } from "../../../local/stack.ts";
import { type RawRequest, type RawResponse, sendRaw } from "./raw-request.ts";

/** The local stack for an attacker with a valid token of the issuer `main`. */
export interface Running {
  readonly stack: Stack;
  readonly access: readonly AccessLogEntry[];
  readonly lambda: readonly string[];
  token(request: TokenRequest): Promise<string>;
  send(request: RawRequest & { readonly token?: string }): Promise<RawResponse>;
}

export async function runStack(
  policies: PolicySet,
  cache: CacheFlag,
  backendUrls: ReadonlyMap<string, string> = new Map(),
): Promise<Running> {
  const access: AccessLogEntry[] = [];
  const lambda: string[] = [];
  const stack = await startStack({
    policies: [policies],
    cache,
    ttl: 60,
    port: 0,
    backendUrls,
    onAccessLog: (entry) => access.push(entry),
    onLambdaLog: (line) => lambda.push(line),
  });
  return {
    stack,
    access,
    lambda,
    async token(request) {
      const provider = stack.provider("main");
      if (provider === undefined) throw new Error("There is no issuer main");
      return provider.mint(request);
    },
    send: ({ token, headers = [], ...request }) =>
      sendRaw(stack.origin, {
        ...request,
        headers: [...(token === undefined ? [] : [`Authorization: Bearer ${token}`]), ...headers],
      }),
  };
}
