import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { IdentityProvider } from "../../local/identity-provider/identity-provider.ts";
import { issuerUrl } from "../../local/identity-provider/identity-server.ts";
import type { Outcome, Request, StartTarget } from "./target.ts";

const POLICIES = fileURLToPath(new URL("../../policies", import.meta.url));

/** Runs `portcullis start` as a user does, in an empty folder, and sends requests over HTTP. */
export const startCommand =
  (program: () => string): StartTarget =>
  async (_, cache) => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-command-"));
    const args = [program(), "start", "--port", "0", "--policies", POLICIES, "--cache", cache];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
    const lines: string[] = [];
    const origin = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on("line", (line) => {
          lines.push(line);
          const listening = /^Portcullis is listening on (\S+)$/.exec(line)?.[1];
          if (listening !== undefined) resolve(listening);
        });
      void ended.then(() => reject(new Error(`The command ended:\n${lines.join("\n")}`)));
    });
    return {
      providers: (name) => remoteProvider(issuerUrl(origin, name)),
      send: (request) => send(origin, request),
      logs: () => lines.filter((line) => line.startsWith("{")),
      async close() {
        child.kill("SIGTERM");
        await ended;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };

/** Speaks with an identity provider of a running stack. */
function remoteProvider(url: string): IdentityProvider {
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> =>
    (await fetch(`${url}/${path}`, init)).json();
  const post = (path: string, body: unknown) => call(path, { method: "POST", body: JSON.stringify(body) });
  return {
    url,
    mint: async (request) => ((await post("token", request)) as { access_token: string }).access_token,
    rotate: async () => ((await post("rotate", {})) as { kid: string }).kid,
    jwks: async () => (await call("jwks.json")) as Awaited<ReturnType<IdentityProvider["jwks"]>>,
    discovery: () => ({ issuer: url }) as unknown as ReturnType<IdentityProvider["discovery"]>,
  };
}

async function send(origin: string, { method, path, token }: Request): Promise<Outcome> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${origin}${path}`, { method, headers });
  const body = (await response.json()) as {
    readonly caller?: Record<string, unknown> | null;
    readonly error?: { readonly reason?: string };
  };
  return { status: response.status, reason: body.error?.reason, caller: body.caller };
}
