import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTrustFile } from "../../cli/start/trust-file.ts";
import { BY_DIRECTORY } from "../../core/model/directory.ts";
import type { ApiType } from "../../core/model/layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { LOCAL_AUDIENCE } from "../../local/identity-provider/identity-provider.ts";
import type { RealIssuers } from "../../local/identity-provider/identity-server.ts";
import { startStack } from "../../local/stack.ts";
import { createProviders } from "./issuers.ts";
import type { Outcome, Request, StartTarget, Target } from "./target.ts";

interface ResponseBody {
  readonly caller?: Record<string, unknown> | null;
  readonly error?: { readonly reason?: string };
}

/** Starts the whole local stack with a REST API, and sends requests over HTTP like a client of the deployed API. */
export const startGateway: StartTarget = (policies, cache) => start(policies, cache, "rest");

/** Starts the same with an authorizer of type TOKEN. */
export const startTokenGateway: StartTarget = (policies, cache) => start(policies, cache, "rest-token");

/**
 * Starts the local stack with `--trust`: every issuer is a real identity provider, whose URL and keys a file has. Its
 * tokens do not come from the stack.
 */
export const startWithRealIssuers: StartTarget = async (policies, cache) => {
  const providers = createProviders(policies, "https://id.example.com");
  const folder = mkdtempSync(join(tmpdir(), "portcullis-trust-"));
  const settings = [...policies.issuers.values()].map(async ({ name, tenants }) => {
    const { url, jwks } = providers(name);
    const variable = tenants === BY_DIRECTORY ? "/{pool}" : "";
    return [name, { url: url + variable, audiences: [LOCAL_AUDIENCE], jwks: await jwks() }] as const;
  });
  try {
    const file = join(folder, "trust.json");
    writeFileSync(file, JSON.stringify(Object.fromEntries(await Promise.all(settings))));
    const trust = readTrustFile(file, policies.issuers.keys());
    return { ...(await start(policies, cache, "rest", trust)), providers };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const start = async (
  policies: PolicySet,
  cache: CacheFlag,
  apiType: ApiType,
  trust?: RealIssuers,
): Promise<Target> => {
  const logs: string[] = [];
  const stack = await startStack({
    policies: [policies],
    cache,
    apiType,
    ttl: 60,
    port: 0,
    trust,
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
