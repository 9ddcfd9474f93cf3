import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type ColdStartEnvironment, startColdStartEnvironment } from "../cold-start/environment.ts";
import { makePrograms, type Program } from "../cold-start/programs.ts";
import { findRuntimes, type Runtime } from "../cold-start/runtimes.ts";
import type { Case, Goal, Measurement, Sample } from "../measurement.ts";

const AS_DOCUMENTED = "jose, zod and the SDK as documented";
const OURS = "Portcullis";
/** Largest ratio to the documented way, by Node version. */
const AT_MOST: readonly (readonly [major: number, ratio: number])[] = [
  [20, 0.35],
  [22, 0.55],
  [24, 0.5],
];

/**
 * Measures a process that fetches the keys over TLS, reads catalogue and tenant, and allows one request. The value is
 * its CPU time minus that of an empty process that runs just before it.
 */
export const coldStart: Measurement = {
  name: "cold-start",
  about: "CPU time from the start of a process to its first response, minus the CPU time of an empty process",
  unit: "ms of CPU",
  rounds: 15,
  goals: AT_MOST.flatMap(([major, atMost]): Goal[] => {
    const group = `Node ${major}`;
    return [{ name: OURS, of: AS_DOCUMENTED, atMost, group, optional: true }];
  }),
  async prepare() {
    const environment = await startColdStartEnvironment();
    const { remove, asDocumented, awsJwtVerify, ours, floor } = await makePrograms(environment.layouts);
    return {
      cases: findRuntimes().flatMap((runtime) => {
        const makeCase = caseMaker(runtime, environment);
        return [
          makeCase(AS_DOCUMENTED, "peer", asDocumented),
          makeCase("aws-jwt-verify and the SDK", "peer", awsJwtVerify),
          makeCase("no library at all", "floor", floor),
          makeCase(OURS, "ours", ours),
        ];
      }),
      close() {
        remove();
        environment.close();
      },
    };
  },
};

const caseMaker =
  (runtime: Runtime, environment: ColdStartEnvironment) =>
  (name: string, kind: Case["kind"], program: Program): Case => ({
    name,
    kind,
    group: `Node ${runtime.major}`,
    async round(): Promise<Sample> {
      const empty = await startOnce(runtime, environment);
      const { cpu, wall } = await startOnce(runtime, environment, program);
      return {
        value: cpu - empty.cpu,
        alongside: { "ms of CPU in total": cpu, "ms until the response": wall },
      };
    },
    facts: () => Promise.resolve({ "bundle kB": program.kilobytes }),
  });

const START_ONCE = fileURLToPath(new URL("../cold-start/start-once.cjs", import.meta.url));

/** Starts a process and returns its CPU time and its duration in ms. @throws Error if the process reports no CPU time */
async function startOnce({ path }: Runtime, { env, event }: ColdStartEnvironment, program?: Program) {
  const args = program === undefined ? [] : [program.path, event];
  const since = performance.now();
  const child = spawn(path, [START_ONCE, ...args], { env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const [cpu, log, errors] = await Promise.all([3, 1, 2].map((at) => text(child.stdio[at] as Readable)));
  const wall = performance.now() - since;
  if (!cpu) throw new Error(`A cold start ended without a response: ${log}${errors}`);
  return { cpu: Number(cpu), wall };
}
