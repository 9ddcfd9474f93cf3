import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { createAwsLab, NAME_PREFIX } from "../../verify-aws/aws-lab.ts";
import { type ProbeResult, runProbes } from "../../verify-aws/probe.ts";
import { PROBES } from "../../verify-aws/probes.ts";
import { printTable, summary } from "../../verify-aws/table.ts";
import { createUndo, type Undo } from "../../verify-aws/undo.ts";

const USAGE = `npx portcullis verify-aws --region REGION [--yes] [--keep]

Establishes on real AWS what Portcullis does not take for granted of API Gateway, and says what to set.
It creates, in the account of your credentials, and deletes at its end, also when it fails or is interrupted:
  1 REST API with a public stage · 2 Lambda functions · 1 IAM role without permissions
Their names start with ${NAME_PREFIX}. A run sends about 150 requests, takes about five minutes and costs
a few cents at most. The API answers only requests with the run's own key, and holds no data.
--yes does not ask; --keep leaves everything there, to look at, and prints how to delete it.
Exit status 0: nothing is open; 1: something is, or the run failed; 2: wrong use.`;

const FLAGS = {
  region: { type: "string" },
  yes: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

// On Node 20 the SDK tells every time that it will want Node 22 in 2027.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

export const verifyAws: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return say(USAGE);
  const { region, yes, keep } = values;
  if (region === undefined)
    throw new UsageError("--region is missing: name the region to verify, such as eu-central-1");
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw new UsageError(`--region: "${region}" is no AWS region`);
  if (!yes && !(await confirmed(region))) return 1;
  const { answers, left } = await verify(region, keep);
  if (answers === undefined) return 1;
  for (const line of ["", ...printTable(answers), "", summary(answers)]) say(line);
  return left > 0 || answers.some(({ finding }) => finding.verdict === "open") ? 1 : 0;
}

async function confirmed(region: string): Promise<boolean> {
  say(USAGE);
  if (!process.stdin.isTTY) throw new UsageError("there is no terminal to ask on: add --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`\nGo on in ${region}? Only "yes" goes on: `);
  terminal.close();
  if (answer.trim() === "yes") return true;
  say("Nothing was created");
  return false;
}

interface Verified {
  /** Undefined where the run did not come to its end. */
  readonly answers: readonly ProbeResult[] | undefined;
  /** How many things could not be deleted. */
  readonly left: number;
}

/** Creates, probes, and deletes whatever happened in between. */
async function verify(region: string, keep: boolean): Promise<Verified> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (!stop.signal.aborted) say("Interrupted: deleting what was created");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  const undo = createUndo();
  const answers = await probeAll(region, undo, stop.signal);
  const left = await cleanUp(undo, keep);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  return { answers, left };
}

async function probeAll(region: string, undo: Undo, signal: AbortSignal): Promise<ProbeResult[] | undefined> {
  const name = `${NAME_PREFIX}${randomBytes(3).toString("hex")}`;
  try {
    const lab = await createAwsLab({ region, name, undo, signal, say });
    return await runProbes(PROBES, lab, { signal, say });
  } catch (error) {
    if (!signal.aborted)
      process.stderr.write(`Stopped: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

async function cleanUp(undo: Undo, keep: boolean): Promise<number> {
  if (!keep) return undo.all(say);
  for (const line of ["Kept, as asked. To delete it:", ...undo.byHand()]) say(line);
  return 0;
}

function say(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}
