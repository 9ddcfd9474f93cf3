import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A running `npx portcullis start` on a copy of the sample folder. */
export interface RunningStack {
  readonly origin: string;
  /** The page's URL. */
  readonly url: string;
  /** Writes a policy file. */
  write(path: string, content: string): void;
  /** Runs a command, such as `grant …`, on the stack's table, and returns its output. */
  command(...args: readonly string[]): Promise<string>;
  /** Sends a request as a caller, or without a token, and returns the status. */
  send(method: string, path: string, caller?: Caller): Promise<number>;
  stop(): Promise<void>;
}

export interface Caller {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject?: string;
  readonly client?: string;
}

/** Starts the stack on a free port. `changes` are added to the sample's files, `flags` to `npx portcullis start`. */
export async function startStack(
  changes: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<RunningStack> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-console-"));
  cpSync("policies", folder, { recursive: true });
  const write = (path: string, content: string) => writeFileSync(join(folder, path), content);
  for (const [path, content] of Object.entries(changes)) write(path, content);
  const args = ["bin/portcullis.mjs", "start", "--policies", folder, "--port", "0", ...flags];
  const child = spawn(process.execPath, args);
  const url = await waitForOutput(child, /^Console: (\S+)$/m);
  await waitForOutput(child, /^Portcullis is listening on/m);
  const { origin } = new URL(url);
  return {
    origin,
    url,
    write,
    command: (...args) => runCommand(origin, args),
    send: (method, path, caller) => send(origin, method, path, caller),
    stop: () => stop(child, folder),
  };
}

/** Runs a verb on the table of a stack. @throws Error if it fails */
async function runCommand(origin: string, args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: origin,
    TABLE: "portcullis-local",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  const { stdout } = await promisify(execFile)(process.execPath, ["bin/portcullis.mjs", ...args], { env });
  return stdout;
}

const outputs = new WeakMap<ChildProcess, { text: string }>();

async function waitForOutput(child: ChildProcess, wanted: RegExp): Promise<string> {
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

async function send(origin: string, method: string, path: string, caller?: Caller): Promise<number> {
  const headers = caller === undefined ? {} : { authorization: `Bearer ${await issueToken(origin, caller)}` };
  const response = await fetch(origin + path, { method, headers });
  await response.text();
  return response.status;
}

async function issueToken(
  origin: string,
  { tenant, roles, subject = "ann", client }: Caller,
): Promise<string> {
  const response = await fetch(`${origin}/_portcullis/issuers/main/token`, {
    method: "POST",
    body: JSON.stringify({ tenants: [tenant], roles, subject, client }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
