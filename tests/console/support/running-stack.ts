import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `npx portcullis start` on a copy of the sample folder. */
export interface RunningStack {
  readonly origin: string;
  /** The page's address. */
  readonly url: string;
  /** Writes a file of the policies. */
  write(path: string, text: string): void;
  /** Sends a request as a caller; without one it has no token. */
  ask(method: string, path: string, caller?: Caller): Promise<number>;
  stop(): Promise<void>;
}

export interface Caller {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject?: string;
}

/** Starts it on a free port. `changes`: files put over the sample's; `flags`: of `npx portcullis start`. */
export async function startStack(
  changes: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<RunningStack> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-console-"));
  cpSync("policies", folder, { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  for (const [path, text] of Object.entries(changes)) write(path, text);
  const args = ["bin/portcullis.mjs", "start", "--policies", folder, "--port", "0", ...flags];
  const child = spawn(process.execPath, args);
  const url = await printed(child, /^Console: (\S+)$/m);
  await printed(child, /^Portcullis is listening on/m);
  const { origin } = new URL(url);
  return {
    origin,
    url,
    write,
    ask: (method, path, caller) => ask(origin, method, path, caller),
    stop: () => stop(child, folder),
  };
}

const outputs = new WeakMap<ChildProcess, { text: string }>();

async function printed(child: ChildProcess, wanted: RegExp): Promise<string> {
  const output = outputs.get(child) ?? collect(child);
  for (let tries = 0; tries < 400; tries++) {
    const match = wanted.exec(output.text);
    if (match !== null) return match[1] ?? "";
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGTERM");
  throw new Error(`npx portcullis start did not print ${wanted}:\n${output.text}`);
}

function collect(child: ChildProcess): { text: string } {
  const output = { text: "" };
  outputs.set(child, output);
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output.text = (output.text + chunk.toString()).slice(-20_000)));
  return output;
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

async function ask(origin: string, method: string, path: string, caller?: Caller): Promise<number> {
  const headers = caller === undefined ? {} : { authorization: `Bearer ${await mint(origin, caller)}` };
  const response = await fetch(origin + path, { method, headers });
  await response.text();
  return response.status;
}

async function mint(origin: string, { tenant, roles, subject = "ann" }: Caller): Promise<string> {
  const response = await fetch(`${origin}/_portcullis/issuers/main/token`, {
    method: "POST",
    body: JSON.stringify({ tenants: [tenant], roles, subject }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
