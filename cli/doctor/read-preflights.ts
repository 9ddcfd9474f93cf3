import { setTimeout as wait } from "node:timers/promises";
import { parseTemplate } from "../../core/model/route.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { Read } from "./read.ts";
import type { PreflightReading } from "./state.ts";

const TIMEOUT_MS = 5_000;
/** Below what any stage should take. */
const PAUSE_MS = 20;

/** The paths whose preflight is the API's own: no operation of the policy files is OPTIONS there. */
export function preflightPaths({ api }: PolicySet): string[] {
  const declared = new Set(
    api.operations.filter(({ route }) => route.method === "OPTIONS").map(({ route }) => route.path),
  );
  return [...new Set(api.operations.map(({ route }) => route.path))].filter((path) => !declared.has(path));
}

/** Asks each path as a browser would before it sends a token. The first that cannot be reached ends it. */
export async function readPreflights(
  url: string,
  policies: PolicySet,
): Promise<Read<readonly PreflightReading[]>> {
  const found: PreflightReading[] = [];
  try {
    for (const path of preflightPaths(policies)) {
      found.push(await ask(url, path));
      await wait(PAUSE_MS);
    }
    return { value: found };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    return {
      failure: {
        why: `${url} does not answer: ${why}`,
        fix: "check the domain's DNS record (output domain_target) and that this machine may reach it, or name another with --url",
      },
    };
  }
}

async function ask(url: string, path: string): Promise<PreflightReading> {
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
