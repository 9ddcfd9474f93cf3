import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, runCommand } from "./command.ts";
import type { Report } from "./report.ts";
import { succeed } from "./terraform.ts";
import type { Workspace } from "./workspace.ts";

const FOLDER = "tests/terraform/mock";
const DIRECTORY = `-test-directory=${FOLDER}`;

/** Checks format and validity, and runs the modules' tests with a mock provider, which calls no service. */
export async function runMockTests(workspace: Workspace, report: Report): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  const run = (...args: string[]): Promise<CommandResult> =>
    runCommand("terraform", args, { cwd: workspace.folder, env, timeout: 900 });
  const init = ["init", "-backend=false", "-input=false", "-no-color", DIRECTORY];
  await succeed(run(...init), init);
  for (const args of [
    ["fmt", "-check", "-recursive", "-diff"],
    ["validate", "-no-color"],
  ])
    await report.check(`terraform ${args[0] ?? ""}`, () => succeed(run(...args), args));
  const files = readdirSync(join(workspace.folder, FOLDER)).filter((name) => name.endsWith(".tftest.hcl"));
  for (const file of files.sort()) {
    const { status, stdout, stderr } = await run("test", "-json", DIRECTORY, `-filter=${FOLDER}/${file}`);
    const runs = countRuns(file, stdout, report);
    if (runs === 0)
      report.count(file, `terraform test ended with ${String(status)} and ran nothing\n${stderr}`);
  }
}

interface Line {
  readonly type?: string;
  readonly "@message"?: string;
  readonly "@testrun"?: string;
  readonly test_run?: { readonly run: string; readonly progress: string; readonly status?: string };
  readonly diagnostic?: { readonly summary: string; readonly detail?: string };
}

function countRuns(file: string, output: string, report: Report): number {
  const lines = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
  const ended = lines.flatMap(({ test_run }) => (test_run?.progress === "complete" ? [test_run] : []));
  for (const { run, status } of ended) {
    const why = lines
      .filter((line) => line["@testrun"] === run && line.diagnostic !== undefined)
      .map(({ diagnostic }) => `${diagnostic?.summary ?? ""} ${diagnostic?.detail ?? ""}`);
    const title = `${file.replace(".tftest.hcl", "")}: ${run.replaceAll("_", " ")}`;
    if (status === "pass") report.count(title);
    else report.count(title, why.join("\n") || `ended with ${status ?? "nothing"}`);
  }
  return ended.length;
}
