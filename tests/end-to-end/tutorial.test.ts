import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compilePackage } from "../support/compiled-package.ts";

/** These need a packed package, or an account at AWS. */
const NOT_RUN = ["1. Install", "6. Deploy to AWS"];
const START = "npx portcullis start\n";

/** A block of shell commands, and the lines that the page shows as its output. */
interface Block {
  readonly section: string;
  readonly commands: string;
  readonly output: readonly string[];
}

/** Returns the shell blocks of a page in order. */
function readBlocks(page: string): Block[] {
  return page.split(/^## /m).flatMap((text) => {
    const section = text.split("\n", 1)[0] ?? "";
    const found = text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm);
    return [...found].map(([, commands = "", output = ""]) => ({
      section,
      commands,
      output: output.split("\n").filter((line) => line !== ""),
    }));
  });
}

const BLOCKS = readBlocks(readFileSync("docs/tutorial.md", "utf8")).filter(
  ({ section }) => !NOT_RUN.includes(section),
);

let compiled = "";
let folder = "";
let stack: ChildProcess | undefined;
let port = "";

beforeAll(() => {
  compiled = compilePackage();
  folder = mkdtempSync(join(tmpdir(), "portcullis-tutorial-"));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(compiled, join(folder, "node_modules/portcullis"));
  symlinkSync("../portcullis/bin/portcullis.mjs", join(folder, "node_modules/.bin/portcullis"));
});

afterAll(async () => {
  await stop();
  for (const path of [folder, compiled]) rmSync(path, { recursive: true, force: true });
});

it("has blocks to run, and one that starts the product", () => {
  expect(BLOCKS.length).toBeGreaterThan(6);
  expect(BLOCKS.filter(({ commands }) => commands === START)).toHaveLength(1);
});

it.each(BLOCKS)("$section: $commands", async ({ commands, output }) => {
  if (commands === START) return start();
  if (output.length === 0) return void (await run(commands));
  // The running stack reads an edit soon, not at once.
  const deadline = Date.now() + 60_000;
  let printed = await run(commands);
  while (!hasLines(printed, output) && Date.now() < deadline && commands.includes("curl"))
    printed = await run(commands);
  expect(printed.split("\n")).toEqual(expect.arrayContaining([...output]));
});

const hasLines = (printed: string, lines: readonly string[]): boolean =>
  lines.every((line) => printed.split("\n").includes(line));

/** Runs a block in bash, as the page has it, except for the port. Returns what it prints. */
async function run(commands: string): Promise<string> {
  const written = commands.replaceAll("127.0.0.1:3000", `127.0.0.1:${port}`);
  const env = { ...process.env, PORT: port };
  const args = ["-e", "-o", "pipefail", "-c", written];
  return (await promisify(execFile)("bash", args, { cwd: folder, env })).stdout;
}

/** Starts the product on any free port, and waits until it listens. */
async function start(): Promise<void> {
  // A group of its own, so that npx, its shell and the product end together.
  const child = spawn("bash", ["-c", START], {
    cwd: folder,
    env: { ...process.env, PORT: "0" },
    detached: true,
  });
  stack = child;
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  while (port === "") {
    if (child.exitCode !== null) throw new Error(`The product did not start:\n${text}`);
    port = /^Portcullis is listening on \S+:(\d+)$/m.exec(text)?.[1] ?? "";
    await sleep(100);
  }
}

async function stop(): Promise<void> {
  if (stack?.pid === undefined || stack.exitCode !== null) return;
  const ended = new Promise((resolve) => stack?.once("exit", resolve));
  process.kill(-stack.pid, "SIGTERM");
  await ended;
}
