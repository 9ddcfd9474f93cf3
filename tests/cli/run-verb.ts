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

/** Runs a verb in this process and keeps what it prints. */
export async function runVerb(verb: Command, ...args: string[]): Promise<VerbResult> {
  const kept = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      kept[name] += String(chunk);
      return true;
    }),
  );
  try {
    const status = await verb.run(args);
    return { status, ...kept };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** A copy of the sample folder with some files changed; a text of null removes a file. */
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
