import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { isHttpApi } from "../../../core/policy-files/compile/api-types.ts";
import { countWeights, readLiveHttpApi, readLogRole } from "../../deploy/read-aws.ts";
import { runHere } from "../../deploy/run-command.ts";
import { fetchStatus, resolves } from "../../deploy/send-request.ts";
import { runSteps } from "../../deploy/step.ts";
import { stepsFor } from "../../deploy/steps.ts";
import { API_TYPE_FLAGS, apiTypeFlag } from "../../shared/api-type-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, UsageError, wholeNumber } from "../../shared/flags.ts";
import { LAYOUT_FLAGS, layoutOptions } from "../../shared/layout-flags.ts";
import { print } from "../../shared/output.ts";
import { QUOTA_FLAGS } from "../../shared/quota-flags.ts";
import { readFileOwnedItems } from "../../table/read-table.ts";

const FLAGS = {
  plan: { type: "boolean", about: "Stops after the plan." },
  yes: { type: "boolean", about: "Applies without asking." },
  "accept-loss": { type: "boolean", about: "Accepts that more than 10 % of all access is lost." },
  accept: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "NAME",
    about: "Accepts that an explicit operation is gained: name its permission or its route.",
    example: "documents.purge",
  },
  canary: {
    type: "string",
    value: "PERCENT",
    about: `Sends PERCENT of the requests to the new version of the authorizer, the rest to the stable one; 0 sends all
requests to the stable one.`,
    example: "10",
  },
  promote: { type: "boolean", about: "Sends all requests to the canary's version." },
  policies: COMMON.policies,
  ...LAYOUT_FLAGS,
  ...QUOTA_FLAGS,
  ...API_TYPE_FLAGS,
} as const;

export const deploy = defineCommand({
  name: "deploy",
  forms: ["ENVIRONMENT"],
  about: `Checks and tests the policy files, builds, prints the access gained and lost, plans, asks for confirmation, applies,
publishes if publish keeps the table's items, and sends requests to the deployed API.
ENVIRONMENT names environments/ENVIRONMENT.tfvars and environments/ENVIRONMENT.tfbackend.
Terraform finds AWS credentials by itself (AWS_PROFILE, …).`,
  flags: FLAGS,
  examples: ["deploy dev --plan", "deploy prod --canary 10", "deploy prod --promote"],
  statuses: ["deployed or planned", "a step failed, and printed what to do"],
  positionals: true,
  run,
});

async function run(values: FlagValues<typeof FLAGS>, positionals: readonly string[]): Promise<number> {
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0)
    throw new UsageError("name one environment, such as npx portcullis deploy dev");
  if (!/^[a-z0-9][a-z0-9-]*$/.test(environment))
    throw new UsageError(
      `"${environment}" is not a valid environment name: expected lower-case letters, digits and "-"`,
    );
  const http = isHttpApi(apiTypeFlag(values));
  if (values.canary !== undefined && values.promote)
    throw new UsageError("--canary and --promote exclude each other: use one of them");
  return runSteps(stepsFor({ planOnly: values.plan, yes: values.yes, http }), {
    environment,
    policyFolder: values.policies,
    buildFolder: "build",
    cache: values.cache,
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
    resolves,
    readLogRole,
    countWeights,
    readHttpApi: readLiveHttpApi,
    wait,
  });
}

/** Returns the flags of `build` with the values that this command got. */
function buildFlags(environment: string, values: Readonly<Record<string, unknown>>): string[] {
  const names = ["policies", ...Object.keys({ ...LAYOUT_FLAGS, ...QUOTA_FLAGS, ...API_TYPE_FLAGS })];
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
