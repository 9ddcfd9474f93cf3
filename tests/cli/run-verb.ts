import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { Command } from "../../cli/shared/command.ts";

export interface VerbResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb in this process and returns its status and output. */
export async function runVerb(verb: Command, ...args: string[]): Promise<VerbResult> {
  const output = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      output[name] += String(chunk);
      return true;
    }),
  );
  try {
    const status = await verb.run(args);
    return { status, ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Copies the sample folder and changes some of its files. */
export function sampleWith(changes: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-policies-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(new URL("../../policies", import.meta.url), folder, { recursive: true });
  for (const [path, text] of Object.entries(changes)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
