import { deepStrictEqual as equal } from "node:assert";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, runCommand } from "./command.ts";
import { startProvider } from "./provider.ts";
import type { Report } from "./report.ts";
import { succeed } from "./terraform.ts";
import type { Workspace } from "./workspace.ts";

const FOLDER = "tests/terraform/mock";
const DIRECTORY = `-test-directory=${FOLDER}`;

/** Checks format and validity, and runs the modules' tests with a mock provider, which calls no service. */
export async function runMockTests(workspace: Workspace, report: Report): Promise<void> {
  const { folder } = workspace;
  const env: NodeJS.ProcessEnv = { ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<CommandResult> =>
    runCommand("terraform", args, { cwd: folder, env: { ...env, ...more }, timeout: 900 });
  const init = ["init", "-backend=false", "-input=false", "-no-color", DIRECTORY];
  await succeed(run(init), init);
  for (const args of [
    ["fmt", "-check", "-recursive", "-diff"],
    ["validate", "-no-color"],
  ])
    await report.check(`terraform ${args[0] ?? ""}`, () => succeed(run(args), args));
  const provider = await startProvider(folder, env);
  try {
    const { status, stdout, stderr } = await run(["test", "-json", DIRECTORY], provider.environment);
    const lines = stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Line);
    const files = readdirSync(join(folder, FOLDER)).filter((name) => name.endsWith(".tftest.hcl"));
    for (const file of files.sort())
      if (countRuns(file, lines, report) === 0)
        report.count(file, `ran nothing\n${diagnose(lines)}\n${stderr}`);
    await report.check("terraform test ends with 0", () => equal(status, 0));
  } finally {
    await provider.stop();
  }
}

interface Line {
  readonly "@testfile"?: string;
  readonly "@testrun"?: string;
  readonly test_run?: {
    readonly path: string;
    readonly run: string;
    readonly progress: string;
    readonly status?: string;
  };
  readonly diagnostic?: { readonly summary: string; readonly detail?: string };
}

function countRuns(file: string, lines: readonly Line[], report: Report): number {
  const path = `${FOLDER}/${file}`;
  const ended = lines.flatMap(({ test_run }) =>
    test_run?.path === path && test_run.progress === "complete" ? [test_run] : [],
  );
  for (const { run, status } of ended) {
    const title = `${file.replace(".tftest.hcl", "")}: ${run.replaceAll("_", " ")}`;
    if (status === "pass") report.count(title);
    else report.count(title, diagnose(linesOf(lines, path, run)) || `ended with ${status ?? "nothing"}`);
  }
  return ended.length;
}

const linesOf = (lines: readonly Line[], path: string, run: string): Line[] =>
  lines.filter((line) => line["@testfile"] === path && line["@testrun"] === run);

const diagnose = (lines: readonly Line[]): string =>
  lines
    .flatMap(({ diagnostic: found }) => (found ? [`${found.summary} ${found.detail ?? ""}`] : []))
    .join("\n");
