import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { unzipSync } from "fflate";

/** The output of a process on both of its streams, and the result of each call. */
export interface ProcessOutput {
  readonly output: string;
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly ends: readonly { readonly response?: unknown; readonly thrown?: string }[];
}

/** Unpacks a function's zip with some of its files replaced, or left out if null. */
export function unpackZip(zip: Uint8Array, changes: Readonly<Record<string, string | null>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "attacked-"));
  const files: Record<string, Uint8Array | string | null> = { ...unzipSync(zip), ...changes };
  for (const [name, content] of Object.entries(files))
    if (content !== null) writeFileSync(join(folder, name), content);
  return folder;
}

/** Calls the bundle in a folder in a Node process with exactly this environment, and then deletes the folder. */
export async function callBundle(
  folder: string,
  env: Readonly<Record<string, string>>,
  events: readonly unknown[],
): Promise<ProcessOutput> {
  const code = `const { handler } = require(${JSON.stringify(join(folder, "index.js"))});
    let input = ""; process.stdin.on("data", (part) => (input += part)).on("end", async () => {
      for (const event of JSON.parse(input))
        await handler(event).then((response) => ({ response }), (error) => ({ thrown: String(error.message) }))
          .then((end) => console.log(JSON.stringify({ end })));
      process.exit();
    });`;
  const child = spawn(process.execPath, ["-e", code], { env: { ...env }, stdio: "pipe" });
  child.stdin.end(JSON.stringify(events));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  rmSync(folder, { recursive: true });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    output: stdout + stderr,
    log: lines.filter((line) => !("end" in line)),
    ends: lines.flatMap((line) => ("end" in line ? [line["end"] as ProcessOutput["ends"][number]] : [])),
  };
}
