import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The memory in use after distinct tokens, measured after a garbage collection. */
export interface MemoryResult {
  readonly tokens: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  readonly points: readonly {
    readonly share: number;
    /** The bytes of the heap that are in use. */
    readonly bytes: number;
    /** The bytes of memory that the process has (RSS). */
    readonly resident: number;
  }[];
  readonly seconds: number;
}

/** The most bytes by which the heap may grow after the first point, where all caches are full. */
export const MAX_GROWTH = 3_000_000;

/** The most bytes by which the process's memory may grow after the first point. The allocator keeps what it freed. */
export const MAX_RESIDENT_GROWTH = 50_000_000;

/** The heap of the measuring process, in MB. A cache without a bound exhausts it. */
const HEAP_MB = 192;

/** Sends distinct tokens through an authorizer in a process of its own. */
export async function measureMemory(tokens: number, seed: number): Promise<MemoryResult> {
  const file = fileURLToPath(new URL("./memory-process.ts", import.meta.url));
  // The arguments of this process contain the TypeScript loader.
  const child = spawn(
    process.execPath,
    [
      "--expose-gc",
      `--max-old-space-size=${HEAP_MB}`,
      ...process.execArgv,
      file,
      String(tokens),
      String(seed),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const [output, status] = await Promise.all([text(child.stdout), ended]);
  if (status !== 0) throw new Error(`The measuring process exited with status ${status}`);
  return JSON.parse(output) as MemoryResult;
}
