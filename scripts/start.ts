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

const USAGE = `npm start -- [--policies DIR] [--environment NAME] [--cache auto|token|route|off] [--ttl SECONDS]
  [--port PORT] [--backend NAME=URL …] [--usage-plans plan|tenant]
  [--validate-bodies] [--max-groups N] [--encoded-paths as_sent|unknown]
  ${FRONT_USAGE}

Runs the whole product on this machine: gateway, authorizer, table, identity provider, sample backend.`;

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
  const stack = await start({
    ...options,
    policies,
    onAccessLog: (entry) => say(JSON.stringify(entry)),
    onLambdaLog: say,
  });
  if (stack === undefined) return 1;
  introduce(stack, policies[0], options.ttl);
  const stopWatching = reloadOnChange(values.policies, values.environment, stack);
  await interrupted();
  stopWatching();
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

/** Deploys each valid state of the folder; an invalid one is told, and the last good one stays. */
function reloadOnChange(folder: string, environment: string, stack: Stack): () => void {
  let pending: NodeJS.Timeout | undefined;
  let queue = Promise.resolve();
  const reload = async (): Promise<void> => {
    const policies = loadEnvironments(folder, environment, { all: false });
    if (policies === undefined)
      return void say("The policy files have errors; the last good ones stay in force");
    await stack.update(policies);
    say("The policy files changed and are in force; all caches are empty");
  };
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      queue = queue
        .then(reload)
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
