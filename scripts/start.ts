import { watch } from "node:fs";
import type { PolicySet } from "../core/files/policy-set.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { TABLE_NAME } from "../local/table.ts";
import type { UsagePer } from "../local/usage-plans.ts";
import { tokenCommand } from "./lib/command-name.ts";
import { exampleRequests } from "./lib/example-requests.ts";
import {
  COMMON,
  cacheFlag,
  LAYOUT_FLAGS,
  layoutOptions,
  portFlag,
  readFlags,
  runCommand,
  UsageError,
  wholeNumber,
} from "./lib/flags.ts";
import { FRONT_FLAGS, FRONT_USAGE, frontFlag } from "./lib/front-flags.ts";
import { loadEnvironments } from "./lib/load-environments.ts";
import { runCandidate } from "./lib/local-candidate.ts";

const USAGE = `npm start -- [--policies DIR] [--environment NAME] [--cache auto|token|route|off] [--ttl SECONDS]
  [--port PORT] [--backend NAME=URL …] [--usage-plans plan|tenant]
  [--validate-bodies] [--max-groups N] [--encoded-paths as_sent|unknown]
  ${FRONT_USAGE}
  [--shadow DIR]

Runs the whole product on this machine: gateway, authorizer, table, identity provider, sample backend.
  --shadow  a folder with the same routes that is decided beside --policies: each decision's line has what it would
            change in "shadow", callers see nothing of it, and policies -- shadow adds it up`;

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    ...COMMON,
    ...LAYOUT_FLAGS,
    ...FRONT_FLAGS,
    ttl: { type: "string", default: "60" },
    port: { type: "string" },
    backend: { type: "string", multiple: true, default: [] },
    "usage-plans": { type: "string" },
    "validate-bodies": { type: "boolean", default: false },
    shadow: { type: "string" },
  });
  if (values.help) return say(USAGE);
  const options = {
    cache: cacheFlag(values.cache),
    layout: layoutOptions(values),
    front: frontFlag(values),
    ttl: wholeNumber("ttl", values.ttl, 0, 3600),
    port: portFlag(values.port),
    backendUrls: new Map(values.backend.map(readBackend)),
    usagePlans: readUsagePlans(values["usage-plans"]),
    validateBodies: values["validate-bodies"],
  };
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  if (options.usagePlans !== undefined && policies[0].plans.size === 0)
    throw new UsageError(`--usage-plans: there is no plans.yaml in ${values.policies}: add one`);
  const shadow = values.shadow;
  const stack = await start({
    ...options,
    policies,
    shadow: shadow !== undefined,
    onAccessLog: (entry) => say(JSON.stringify(entry)),
    onLambdaLog: say,
  });
  if (stack === undefined) return 1;
  introduce(stack, policies[0], options.ttl);
  const folders = { policies: values.policies, environment: values.environment, shadow };
  await decideBeside(folders, stack);
  const stopWatching = [values.policies, ...(shadow === undefined ? [] : [shadow])].map((folder) =>
    reloadOnChange(folder, () => (folder === shadow ? decideBeside(folders, stack) : reload(folders, stack))),
  );
  await interrupted();
  for (const stop of stopWatching) stop();
  await stack.close();
  return 0;
});

function readBackend(text: string): [string, string] {
  const match = /^([^=]+)=(https?:\/\/.+)$/.exec(text);
  if (match === null) throw new UsageError(`--backend: expected NAME=URL, found "${text}"`);
  return [match[1] as string, (match[2] as string).replace(/\/$/, "")];
}

function readUsagePlans(text: string | undefined): UsagePer | undefined {
  if (text === undefined || text === "plan" || text === "tenant") return text;
  throw new UsageError(`--usage-plans: expected plan or tenant, found "${text}"`);
}

async function start(options: Parameters<typeof startStack>[0]): Promise<Stack | undefined> {
  try {
    return await startStack(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    process.stderr.write(`Port ${options.port} is taken: name another with --port, or 0 for any free one\n`);
    return undefined;
  }
}

function introduce(stack: Stack, policies: PolicySet, ttl: number): void {
  const port = new URL(stack.origin).port;
  const staleness = stack.mode === "off" ? 30 : ttl + 30;
  say(
    `Caching mode ${stack.mode}: on AWS an edit holds for everybody after ${staleness} s at the most; here at once.`,
  );
  if (stack.why !== undefined) say(`Not token, for ${stack.why}`);
  say(`Identity providers: ${stack.issuers.map(({ name }) => stack.provider(name)?.url).join(" ")}`);
  say(
    "Table, for every command and, with AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local, the AWS CLI:",
  );
  say(`AWS_ENDPOINT_URL=${stack.origin} TABLE=${TABLE_NAME}`);
  say("");
  for (const line of exampleRequests(policies, stack.origin, `${tokenCommand()} --port ${port}`)) say(line);
  say("");
  say(`Portcullis is listening on ${stack.origin}`);
}

interface Folders {
  readonly policies: string;
  readonly environment: string;
  readonly shadow: string | undefined;
}

/** Deploys a valid state of the folder; an invalid one is told, and the last good one stays. */
async function reload({ policies: folder, environment }: Folders, stack: Stack): Promise<void> {
  const policies = loadEnvironments(folder, environment, { all: false });
  if (policies === undefined)
    return void say("The policy files have errors; the last good ones stay in force");
  await stack.update(policies);
  say("The policy files changed and are in force; all caches are empty");
}

/** Puts the candidate's folder beside what is in force. */
async function decideBeside({ policies, environment, shadow }: Folders, stack: Stack): Promise<void> {
  if (shadow === undefined) return;
  const [live] = loadEnvironments(policies, environment, { all: false }) ?? [];
  const [candidate] = loadEnvironments(shadow, environment, { all: false }) ?? [];
  if (live === undefined || candidate === undefined)
    return void say(`${shadow} is not decided beside: there are errors`);
  const different = await runCandidate(stack, { live, candidate, folder: shadow });
  say(
    different.length === 0
      ? `${shadow} is decided beside ${policies}`
      : `${shadow} is not decided beside: its routes are not those of ${policies}\n${different.join("\n")}`,
  );
}

function reloadOnChange(folder: string, changed: () => Promise<void>): () => void {
  let pending: NodeJS.Timeout | undefined;
  let queue = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      queue = queue
        .then(changed)
        .catch(
          (error: unknown) =>
            void say(`The policy files are not in force; the last good ones stay: ${String(error)}`),
        );
    }, 100);
  });
  return () => {
    clearTimeout(pending);
    watcher.close();
  };
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function say(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}
