import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** The product of a team's folder, running. */
export interface Product {
  readonly port: string;
  /** The status of a request for `/notes`. */
  ask(method: string, token: string | undefined): Promise<number>;
  stop(): void;
}

/** `npx portcullis start` on any free port. @throws Error with what it printed, where it does not come up */
export async function startProduct(cwd: string): Promise<Product> {
  // A process group of its own: npx, its shell and the product end together.
  const child = spawn("npx", ["--no-install", "portcullis", "start", "--port", "0"], { cwd, detached: true });
  const stop = (): void => void (child.pid !== undefined && process.kill(-child.pid, "SIGTERM"));
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  for (let tries = 0; tries < 600 && child.exitCode === null; tries++) {
    const origin = /^Portcullis is listening on (\S+)$/m.exec(text)?.[1];
    if (origin !== undefined) return { port: new URL(origin).port, ask: askAt(origin), stop };
    await sleep(100);
  }
  if (child.exitCode === null) stop();
  throw new Error(`The product did not start:\n${text}`);
}

const askAt =
  (origin: string): Product["ask"] =>
  async (method, token) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${origin}/notes`, { method, headers })).status;
  };
