import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { runHere } from "../../deploy/run-command.ts";
import { runSteps, type SmokeRequest } from "../../deploy/step.ts";
import { stepsFor } from "../../deploy/steps.ts";
import { API_TYPE_FLAGS, API_TYPE_USAGE, apiTypeFlag } from "../../shared/api-type-flags.ts";
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
import { print } from "../../shared/output.ts";
import { readFileOwnedItems } from "../../table/read-table.ts";

const USAGE = `npx portcullis deploy ENVIRONMENT [--plan] [--yes] [--accept-loss] [--accept NAME …]
  [--canary PERCENT | --promote]
  [--policies DIR] [--cache auto|token|route|off]
  [--max-groups N] [--encoded-paths as_sent|unknown] [--method-arn-base ARN]
  ${API_TYPE_USAGE}

Checks and tests the policy files, builds, prints the access gained and lost, plans, asks for confirmation, applies,
and sends requests to the deployed API.
ENVIRONMENT names environments/ENVIRONMENT.tfvars and environments/ENVIRONMENT.tfbackend.
  --plan         stops after the plan
  --yes          applies without asking
  --accept-loss  accepts that more than 10 % of all access is lost
  --accept       accepts that an explicit operation is gained: name its permission or its route
  --canary       sends PERCENT of the requests to the new version of the authorizer, the rest to the stable one; 0
                 sends all requests to the stable one
  --promote      sends all requests to the canary's version
Terraform finds AWS credentials by itself (AWS_PROFILE, …).
Exit status 0: deployed or planned, 1: a step failed and printed what to do, 2: wrong use.`;

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
  if (values.help) return print(USAGE);
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0)
    throw new UsageError("name one environment, such as npx portcullis deploy dev");
  if (!/^[a-z0-9][a-z0-9-]*$/.test(environment))
    throw new UsageError(
      `"${environment}" is not a valid environment name: expected lower-case letters, digits and "-"`,
    );
  apiTypeFlag(values);
  if (values.canary !== undefined && values.promote)
    throw new UsageError("--canary and --promote exclude each other: use one of them");
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
    print,
    ask: process.stdin.isTTY ? ask : undefined,
    exists: existsSync,
    fetchStatus,
    wait,
  });
}

/** Returns the flags of `build` with the values that this command got. */
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

async function fetchStatus({ method, url, token }: SmokeRequest): Promise<number | undefined> {
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
