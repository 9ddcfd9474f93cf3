import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createTable } from "../../local/table/table.ts";
import { createTenantFolder, type TenantFolder } from "../fixtures/tenant-files.ts";
import { type Case, type Measurement, median } from "../measurement.ts";
import { type BenchTable, startBenchTable } from "../table/table.ts";

const SIZES = [100, 1_000, 10_000];
const VERBS = ["check", "build", "publish"] as const;
type Verb = (typeof VERBS)[number];

const PORTCULLIS = fileURLToPath(new URL("../../bin/portcullis.mjs", import.meta.url));

/** Measures the commands as processes, as a shell runs them. `publish` writes into an empty table on loopback. */
export const files: Measurement = {
  name: "files",
  about: "duration of check, build and publish by the number of tenant files",
  unit: "ms",
  warmUps: 0,
  async prepare(quick) {
    const sizes = quick ? SIZES.slice(0, 1) : SIZES;
    const table = await startBenchTable();
    const folders = sizes.map((size) => ({ size, ...createTenantFolder(size) }));
    return {
      cases: VERBS.flatMap((verb) => makeCases(verb, folders, table)),
      close() {
        table.close();
        for (const { remove } of folders) remove();
      },
    };
  },
};

type Folder = TenantFolder & { readonly size: number };

function makeCases(verb: Verb, folders: readonly Folder[], table: BenchTable): Case[] {
  const curve = folders.map(({ size }) => ({ size, rounds: [] as number[] }));
  return folders.map((folder, index) => ({
    name: `${folder.size.toLocaleString("en")} tenants`,
    group: verb,
    at: folder.size,
    kind: "ours",
    async round() {
      const ms = await run(verb, folder, table);
      curve[index]?.rounds.push(ms);
      return ms;
    },
    facts: async () =>
      growthAt(
        index,
        curve.map(({ size, rounds }) => [size, median(rounds)]),
      ),
  }));
}

/**
 * Returns the cost of one more tenant between a size and the previous size, and the exponent of growth: 1 is linear, 2
 * is quadratic. The command's constant start-up time affects neither.
 */
export function growthAt(
  index: number,
  curve: readonly (readonly [size: number, ms: number])[],
): Record<string, number> {
  const slope = (at: number): number | undefined => {
    const [start, end] = [curve[at - 1], curve[at]];
    return start && end && (end[1] - start[1]) / (end[0] - start[0]);
  };
  const [current, previous] = [slope(index), slope(index - 1)];
  if (current === undefined) return {};
  const factor = (curve[index]?.[0] ?? 1) / (curve[index - 1]?.[0] ?? 1);
  return {
    "ms per extra tenant": current,
    ...(previous !== undefined && { exponent: 1 + Math.log(current / previous) / Math.log(factor) }),
  };
}

let tables = 0;

/** Runs a command and returns its duration in ms. @throws Error if its exit status is not 0 */
async function run(verb: Verb, { path }: TenantFolder, { client, origin }: BenchTable): Promise<number> {
  const tableName = `files-${++tables}`;
  if (verb === "publish") await createTable(client, tableName);
  const args = verb !== "publish" ? [verb] : [verb, "--table", tableName, "--settle", "0"];
  const started = performance.now();
  const child = spawn(process.execPath, [PORTCULLIS, ...args], {
    cwd: path,
    env: { ...process.env, AWS_ENDPOINT_URL: origin },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (status !== 0) throw new Error(`portcullis ${verb} ended with exit status ${status}: ${stderr}`);
  return performance.now() - started;
}
