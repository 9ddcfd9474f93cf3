import { setTimeout as wait } from "node:timers/promises";
import { parseTemplate } from "../../../core/model/route.ts";
import { isAlwaysDeployed } from "../../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import type { Read } from "../read.ts";
import type { PreflightReading } from "../state.ts";

const TIMEOUT_MS = 5_000;
/** A rate that any stage allows. */
const PAUSE_MS = 20;

/** Returns the paths without an OPTIONS operation of their own, where the API itself responds to preflights. */
export function preflightPaths({ api }: PolicySet): string[] {
  const declared = new Set(
    api.operations.filter(({ route }) => route.method === "OPTIONS").map(({ route }) => route.path),
  );
  const paths = api.operations.filter(isAlwaysDeployed).map(({ route }) => route.path);
  return [...new Set(paths)].filter((path) => !declared.has(path));
}

/** Sends a preflight to each path, like a browser, without a token. Stops at the first failure. */
export async function readPreflights(
  url: string,
  policies: PolicySet,
): Promise<Read<readonly PreflightReading[]>> {
  const found: PreflightReading[] = [];
  try {
    for (const path of preflightPaths(policies)) {
      found.push(await sendPreflight(url, path));
      await wait(PAUSE_MS);
    }
    return { value: found };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    return {
      failure: {
        why: `${url} does not respond: ${why}`,
        fix: "check the domain's DNS record (output domain_target) and that this machine can reach it, or name another URL with --url",
      },
    };
  }
}

async function sendPreflight(url: string, path: string): Promise<PreflightReading> {
  const { status, headers } = await fetch(`${url.replace(/\/+$/, "")}${examplePath(path)}`, {
    method: "OPTIONS",
    headers: { Origin: "https://example.com", "Access-Control-Request-Method": "GET" },
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const methods = headers.get("access-control-allow-methods") ?? "";
  return { path, status, methods: methods.split(",").map((method) => method.trim()) };
}

const examplePath = (path: string): string =>
  `/${parseTemplate(path)
    .map((segment) => (segment.kind === "literal" ? segment.text : "42"))
    .join("/")}`;
