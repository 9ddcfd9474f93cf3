import { spawn } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { install, npm, pack } from "../../package/package.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Packs portcullis and portcullis-caller into a folder. Returns the tarballs' paths. */
export const packBoth = async (folder: string): Promise<string[]> => [
  await pack(folder),
  await pack(folder, join(ROOT, "packages/caller")),
];

/** Copies a backend into the folder, and installs its packages and the tarballs. Returns the copy's folder. */
export async function installBackend(
  name: string,
  tarballs: readonly string[],
  folder: string,
): Promise<string> {
  const copy = await installExample(name, folder);
  await install(copy, ...tarballs);
  return copy;
}

/** Copies an example into the folder and installs the exact versions of its lock file. Returns the copy's folder. */
export async function installExample(name: string, folder: string): Promise<string> {
  const copy = join(folder, "examples", name);
  const filter = (path: string): boolean => !/[\\/](node_modules|build|\.gen|cdktf\.out)$/.test(path);
  cpSync(join(ROOT, "examples", name), copy, { recursive: true, filter });
  if (!existsSync(join(copy, "package-lock.json"))) throw new Error(`examples/${name} has no lock file`);
  await npm(["ci", "--prefer-offline", "--no-audit", "--no-fund"], copy);
  return copy;
}

/** A running backend. */
export interface Backend {
  readonly origin: string;
  /** Returns its output, from both streams. */
  log(): string;
  stop(): void;
}

/** Starts an example on a free loopback port. @throws Error with its output, if it does not start */
export async function startBackend(folder: string): Promise<Backend> {
  const env = { ...process.env, PORT: "0", HOST: "127.0.0.1" };
  const child = spawn(process.execPath, ["server.js"], { cwd: folder, env });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  for (let tries = 0; tries < 600 && child.exitCode === null; tries++) {
    const port = /^Listening on port (\d+)$/m.exec(text)?.[1];
    if (port !== undefined)
      return { origin: `http://127.0.0.1:${port}`, log: () => text, stop: () => void child.kill() };
    await sleep(100);
  }
  child.kill();
  throw new Error(`The backend did not start:\n${text}`);
}
