import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { makePrograms, type Program } from "../cold-start/programs.ts";
import { type Runtime, runtimes } from "../cold-start/runtimes.ts";
import { type ColdWorld, startColdWorld } from "../cold-start/world.ts";
import type { Case, Measurement, Reach, Sample } from "../measurement.ts";

const BY_THE_BOOK = "jose, zod and the SDK by the book";
const OURS = "Portcullis";
const PREPARED = "Portcullis, keys stored";
const AT_MOST: readonly (readonly [major: number, ratio: number])[] = [
  [20, 0.35],
  [22, 0.55],
  [24, 0.5],
];

/**
 * A process of its own that fetches the keys over TLS, reads catalogue and tenant, and allows one request: its time on
 * the processor less that of a process that does nothing, which runs before it.
 */
export const coldStart: Measurement = {
  name: "cold-start",
  about:
    "the processor's time from a process's start to its first answer, over that of a process that does nothing",
  unit: "ms of CPU",
  rounds: 15,
  reaches: AT_MOST.flatMap(([major, atMost]): Reach[] => {
    const group = `Node ${major}`;
    return [
      { name: OURS, of: BY_THE_BOOK, atMost, group, optional: true },
      { name: PREPARED, of: OURS, atMost: 1, group, optional: true },
    ];
  }),
  async prepare() {
    const world = await startColdWorld();
    const { remove, byTheBook, awsJwtVerify, ours, floor } = await makePrograms(world.layouts);
    return {
      cases: runtimes().flatMap((runtime) => {
        const start = starts(runtime, world);
        return [
          start(BY_THE_BOOK, "peer", byTheBook),
          start("aws-jwt-verify and the SDK", "peer", awsJwtVerify),
          start("no library at all", "floor", floor),
          start(OURS, "ours", ours),
          start(PREPARED, "ours", ours, { STORED_KEYS_SECONDS: "86400" }),
        ];
      }),
      close() {
        remove();
        world.close();
      },
    };
  },
};

const starts =
  (runtime: Runtime, world: ColdWorld) =>
  (
    name: string,
    kind: Case["kind"],
    program: Program,
    settings: Readonly<Record<string, string>> = {},
  ): Case => ({
    name,
    kind,
    group: `Node ${runtime.major}`,
    async round(): Promise<Sample> {
      const empty = await startOnce(runtime, world);
      const env = { ...world.env, ...settings };
      const { cpu, wall } = await startOnce(runtime, { ...world, env }, program);
      return { value: cpu - empty.cpu, beside: { "ms of CPU in all": cpu, "ms until the answer": wall } };
    },
    facts: () => Promise.resolve({ "bundle kB": program.kilobytes }),
  });

const START_ONCE = fileURLToPath(new URL("../cold-start/start-once.cjs", import.meta.url));

/** Starts a process and waits for what it tells, in ms. @throws where it did not answer */
async function startOnce({ path }: Runtime, { env, event }: ColdWorld, program?: Program) {
  const args = program === undefined ? [] : [program.path, event];
  const since = performance.now();
  const child = spawn(path, [START_ONCE, ...args], { env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const [cpu, log, errors] = await Promise.all([3, 1, 2].map((at) => text(child.stdio[at] as Readable)));
  const wall = performance.now() - since;
  if (!cpu) throw new Error(`A cold start gave no answer: ${log}${errors}`);
  return { cpu: Number(cpu), wall };
}
