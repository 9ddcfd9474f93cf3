import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The memory in use after distinct tokens, measured after a garbage collection. */
export interface MemoryResult {
  readonly tokens: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  readonly points: readonly { readonly share: number; readonly bytes: number }[];
  readonly seconds: number;
}

/** The most bytes by which the heap may grow after the first point, where all caches are full. */
export const MAX_GROWTH = 3_000_000;

/** Sends distinct tokens through an authorizer in a process of its own. */
export async function measureMemory(tokens: number, seed: number): Promise<MemoryResult> {
  const file = fileURLToPath(new URL("./memory-process.ts", import.meta.url));
  // The arguments of this process contain the TypeScript loader.
  const child = spawn(
    process.execPath,
    ["--expose-gc", ...process.execArgv, file, String(tokens), String(seed)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const [output, status] = await Promise.all([text(child.stdout), ended]);
  if (status !== 0) throw new Error(`The measuring process exited with status ${status}`);
  return JSON.parse(output) as MemoryResult;
}
