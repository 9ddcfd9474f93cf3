import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createTable } from "../../local/table/table.ts";
import { type Case, type Measurement, median } from "../measurement.ts";
import { type BenchTable, startBenchTable } from "../table/table.ts";
import { type TenantFolder, tenantFolder } from "../tenant-files.ts";

const SIZES = [100, 1_000, 10_000];
const VERBS = ["check", "build", "publish"] as const;
type Verb = (typeof VERBS)[number];

const PORTCULLIS = fileURLToPath(new URL("../../bin/portcullis.mjs", import.meta.url));

/** The commands themselves, each as a process, as a shell runs them; `publish` into an empty table on loopback. */
export const files: Measurement = {
  name: "files",
  about: "what check, build and publish take by the number of tenants' files",
  unit: "ms",
  warmUps: 0,
  async prepare(quick) {
    const sizes = quick ? SIZES.slice(0, 1) : SIZES;
    const table = await startBenchTable();
    const folders = sizes.map((size) => ({ size, ...tenantFolder(size) }));
    return {
      cases: VERBS.flatMap((verb) => casesOf(verb, folders, table)),
      close() {
        table.close();
        for (const { remove } of folders) remove();
      },
    };
  },
};

type Folder = TenantFolder & { readonly size: number };

function casesOf(verb: Verb, folders: readonly Folder[], table: BenchTable): Case[] {
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
      slopeAt(
        index,
        curve.map(({ size, rounds }) => [size, median(rounds)]),
      ),
  }));
}

/**
 * What a tenant more costs between a size and the one before, and by how much faster than the tenants that grows:
 * 1 is linear. The commands' start, the same for all, is in neither.
 */
export function slopeAt(
  index: number,
  curve: readonly (readonly [size: number, ms: number])[],
): Record<string, number> {
  const slope = (at: number): number | undefined => {
    const [before, here] = [curve[at - 1], curve[at]];
    return before && here && (here[1] - before[1]) / (here[0] - before[0]);
  };
  const [own, before] = [slope(index), slope(index - 1)];
  if (own === undefined) return {};
  const times = (curve[index]?.[0] ?? 1) / (curve[index - 1]?.[0] ?? 1);
  return {
    "ms a tenant more": own,
    ...(before !== undefined && { exponent: 1 + Math.log(own / before) / Math.log(times) }),
  };
}

let tables = 0;

/** How long a command took, in ms. @throws where it does not end well */
async function run(verb: Verb, { path }: TenantFolder, { client, origin }: BenchTable): Promise<number> {
  const into = `files-${++tables}`;
  if (verb === "publish") await createTable(client, into);
  const args = verb !== "publish" ? [verb] : [verb, "--table", into, "--settle", "0"];
  const started = performance.now();
  const child = spawn(process.execPath, [PORTCULLIS, ...args], {
    cwd: path,
    env: { ...process.env, AWS_ENDPOINT_URL: origin },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [complaint, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (status !== 0) throw new Error(`${verb} ended with ${status}: ${complaint}`);
  return performance.now() - started;
}
