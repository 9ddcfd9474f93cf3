import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";
import { createAwsLab, NAME_PREFIX } from "../../verify-aws/aws-lab.ts";
import { type ProbeResult, runProbes } from "../../verify-aws/probe.ts";
import { PROBES } from "../../verify-aws/probes.ts";
import { printTable, summary } from "../../verify-aws/table.ts";
import { createUndo, type Undo } from "../../verify-aws/undo.ts";

const FLAGS = {
  region: {
    type: "string",
    value: "REGION",
    about: "The region to verify; required.",
    example: "eu-central-1",
  },
  yes: { type: "boolean", about: "Starts without asking." },
  keep: { type: "boolean", about: "Deletes nothing, and prints how to delete it." },
} as const;

// On Node 20 the SDK warns on every run that it will need Node 22 in 2027.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const ABOUT = `Tests on real AWS how API Gateway behaves where its documentation leaves it open, and prints what to set.
It creates the following in the account of your credentials, and deletes it at the end, also if the run fails or is
interrupted:
  1 REST API with a public stage · 2 Lambda functions · 1 IAM role without permissions
Their names start with ${NAME_PREFIX}. A run sends about 150 requests, takes about five minutes and costs
a few cents at most. The API accepts only requests with the key of the run, and holds no data.`;

export const verifyAws = defineCommand({
  name: "verify-aws",
  about: ABOUT,
  flags: FLAGS,
  examples: ["verify-aws --region eu-central-1"],
  statuses: ["nothing is open", "something is open, or the run failed"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const { region, yes, keep } = values;
  if (region === undefined)
    throw new UsageError("--region is missing: name the region to verify, such as eu-central-1");
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`--region: "${region}" is not an AWS region`);
  if (!yes && !(await confirmed(region))) return 1;
  const { results, left } = await verify(region, keep);
  if (results === undefined) return 1;
  const isFine = left === 0 && results.every(({ finding }) => finding.verdict !== "open");
  return print(["", ...printTable(results), "", summary(results)], isFine ? 0 : 1);
}

async function confirmed(region: string): Promise<boolean> {
  print(ABOUT);
  if (!process.stdin.isTTY) throw new UsageError("there is no terminal to ask for confirmation: add --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const reply = await terminal.question(`\nCreate this in ${region}? Only "yes" continues: `);
  terminal.close();
  if (reply.trim() === "yes") return true;
  print("Nothing was created");
  return false;
}

interface Verified {
  /** Undefined if the run did not finish. */
  readonly results: readonly ProbeResult[] | undefined;
  /** The number of resources that could not be deleted. */
  readonly left: number;
}

/** Creates the resources, runs the probes, and deletes the resources also after a failure. */
async function verify(region: string, keep: boolean): Promise<Verified> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (!stop.signal.aborted) print("Interrupted: deleting what was created");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  const undo = createUndo();
  const results = await probeAll(region, undo, stop.signal);
  const left = await cleanUp(undo, keep);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  return { results, left };
}

async function probeAll(region: string, undo: Undo, signal: AbortSignal): Promise<ProbeResult[] | undefined> {
  const name = `${NAME_PREFIX}${randomBytes(3).toString("hex")}`;
  try {
    const lab = await createAwsLab({ region, name, undo, signal, print });
    return await runProbes(PROBES, lab, { signal, print });
  } catch (error) {
    if (!signal.aborted) printError(`Stopped: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function cleanUp(undo: Undo, keep: boolean): Promise<number> {
  if (!keep) return undo.all(print);
  return print(["Nothing was deleted. To delete it by hand:", ...undo.byHand()]);
}
