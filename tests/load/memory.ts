import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What distinct tokens left in memory, after a garbage collection, in bytes. */
export interface MemoryResult {
  readonly tokens: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  readonly points: readonly { readonly share: number; readonly bytes: number }[];
  readonly seconds: number;
}

/** Of the heap, from the first point on, by which all caches are full. */
export const MOST_GROWTH = 3_000_000;

/** Sends distinct tokens through an authorizer in a process of its own. */
export async function measureMemory(tokens: number, seed: number): Promise<MemoryResult> {
  const file = fileURLToPath(new URL("./memory-process.ts", import.meta.url));
  // The loader of TypeScript is among this process's own arguments.
  const child = spawn(
    process.execPath,
    ["--expose-gc", ...process.execArgv, file, String(tokens), String(seed)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const [output, status] = await Promise.all([text(child.stdout), ended]);
  if (status !== 0) throw new Error(`The process that measures ended with status ${status}`);
  return JSON.parse(output) as MemoryResult;
}
