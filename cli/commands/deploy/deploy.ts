import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { runHere } from "../../deploy/run-command.ts";
import { runSteps, type SmokeRequest } from "../../deploy/step.ts";
import { stepsFor } from "../../deploy/steps.ts";
import type { Command } from "../../shared/command.ts";
import {
  COMMON,
  cacheFlag,
  LAYOUT_FLAGS,
  layoutOptions,
  readFlags,
  UsageError,
  wholeNumber,
} from "../../shared/flags.ts";
import { API_TYPE_FLAGS, API_TYPE_USAGE, apiTypeFlag } from "../../shared/front-flags.ts";
import { readFileOwnedItems } from "../../table/read-table.ts";

const USAGE = `npx portcullis deploy ENVIRONMENT [--plan] [--yes] [--accept-loss] [--accept NAME …]
  [--canary PERCENT | --promote]
  [--policies DIR] [--cache auto|token|route|off]
  [--max-groups N] [--encoded-paths as_sent|unknown] [--method-arn-base ARN]
  ${API_TYPE_USAGE}

Checks and tests the policy files, builds, tells what access is gained and lost, plans, asks, applies, and makes
a request to what was deployed. It stops where more than 10 % of access is lost (--accept-loss), and where an
explicit operation is gained (--accept, with its permission or its route).
ENVIRONMENT names environments/ENVIRONMENT.tfvars and environments/ENVIRONMENT.tfbackend.
--canary gives a new version of the authorizer that part of the requests, and the version before the rest; 0 takes
it back, --promote gives it all.
--plan stops at the plan; --yes does not ask. AWS credentials are Terraform's own business (AWS_PROFILE, …).
Exit status 0: deployed, or planned; 1: a step failed, and says what to do; 2: wrong use.`;

const FLAGS = {
  policies: COMMON.policies,
  help: COMMON.help,
  ...LAYOUT_FLAGS,
  ...API_TYPE_FLAGS,
  canary: { type: "string" },
  promote: { type: "boolean", default: false },
  plan: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  "accept-loss": { type: "boolean", default: false },
  accept: { type: "string", multiple: true, default: [] as string[] },
} as const;

export const deploy: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(args, FLAGS, true);
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0)
    throw new UsageError("name one environment, such as npx portcullis deploy dev");
  if (!/^[a-z0-9][a-z0-9-]*$/.test(environment))
    throw new UsageError(
      `"${environment}" is no environment's name: expected lower-case letters, digits and "-"`,
    );
  apiTypeFlag(values);
  if (values.canary !== undefined && values.promote)
    throw new UsageError("--canary and --promote are two ways: take one");
  return runSteps(stepsFor({ planOnly: values.plan, yes: values.yes }), {
    environment,
    policyFolder: values.policies,
    cache: cacheFlag(values.cache),
    layout: layoutOptions(values),
    buildFlags: buildFlags(environment, values),
    readTable: readFileOwnedItems,
    canary: values.canary === undefined ? undefined : wholeNumber("canary", values.canary, 0, 100),
    promote: values.promote,
    acceptLoss: values["accept-loss"],
    accept: values.accept,
    run: runHere,
    say,
    ask: process.stdin.isTTY ? ask : undefined,
    exists: existsSync,
    statusOf,
    wait,
  });
}

/** The build's own flags, as they are or as they default to. */
function buildFlags(environment: string, values: Readonly<Record<string, unknown>>): string[] {
  const names = ["policies", ...Object.keys(LAYOUT_FLAGS), ...Object.keys(API_TYPE_FLAGS)];
  const given = names.flatMap((name) => {
    const value = values[name];
    return typeof value === "string" ? [`--${name}`, value] : [];
  });
  return ["--environment", environment, ...given];
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

async function statusOf({ method, url, token }: SmokeRequest): Promise<number | undefined> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    });
    return response.status;
  } catch {
    return undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
