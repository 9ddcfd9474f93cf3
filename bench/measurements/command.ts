import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { compilePackage } from "../../tests/support/compiled-package.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const REPORT_CPU = fileURLToPath(new URL("../command/report-cpu.cjs", import.meta.url));
const EMPTY = "node -e 0";

/** Measures the compiled command as users install it, in this repository, whose policies are the sample. */
export const command: Measurement = {
  name: "command",
  about: "CPU time of the installed command, from the start of the process to its end",
  unit: "ms of CPU",
  rounds: 15,
  goals: [
    { name: "portcullis --version", of: EMPTY, atMost: 1.5 },
    { name: "portcullis check of the sample", of: EMPTY, atMost: 5 },
  ],
  prepare() {
    const folder = compilePackage();
    const program = join(folder, "bin/portcullis.mjs");
    const makeCase = (name: string, kind: Case["kind"], ...args: string[]): Case => ({
      name,
      kind,
      round: () => run(args),
    });
    return Promise.resolve({
      cases: [
        makeCase(EMPTY, "floor", "-e", "0"),
        makeCase("portcullis --version", "ours", program, "--version"),
        makeCase("portcullis --help", "ours", program, "--help"),
        makeCase("portcullis check of the sample", "ours", program, "check"),
      ],
      close: () => rmSync(folder, { recursive: true, force: true }),
    });
  },
};

/** Runs Node once. @throws Error if its exit status is not 0 */
async function run(args: readonly string[]): Promise<Sample> {
  const since = performance.now();
  const child = spawn(process.execPath, ["--require", REPORT_CPU, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const [cpu, errors, [status]] = await Promise.all([
    text(child.stdio[3] as Readable),
    text(child.stderr as Readable),
    once(child, "exit"),
  ]);
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with exit status ${status}: ${errors}`);
  return { value: Number(cpu), alongside: { "ms until the end": performance.now() - since } };
}
