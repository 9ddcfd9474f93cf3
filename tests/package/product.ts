import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** A running `npx portcullis start`. */
export interface Product {
  readonly port: string;
  /** Sends a request for `/notes` and returns the status of the response. */
  request(method: string, token: string | undefined): Promise<number>;
  stop(): void;
}

/** Runs `npx portcullis start` on any free port. @throws Error with the output if it exits before it listens */
export async function startProduct(cwd: string, ...flags: string[]): Promise<Product> {
  // A separate process group, so that npx, its shell and the product end together.
  const args = ["--no-install", "portcullis", "start", "--port", "0", ...flags];
  const child = spawn("npx", args, { cwd, detached: true });
  const stop = (): void => void (child.pid !== undefined && process.kill(-child.pid, "SIGTERM"));
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  while (child.exitCode === null) {
    const origin = /^Portcullis is listening on (\S+)$/m.exec(text)?.[1];
    if (origin !== undefined) return { port: new URL(origin).port, request: requestAt(origin), stop };
    await sleep(100);
  }
  throw new Error(`The product did not start:\n${text}`);
}

const requestAt =
  (origin: string): Product["request"] =>
  async (method, token) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${origin}/notes`, { method, headers })).status;
  };
