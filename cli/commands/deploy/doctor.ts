import { openAws } from "../../doctor/aws.ts";
import { readBuild } from "../../doctor/build.ts";
import { examine, isSound } from "../../doctor/checks.ts";
import { gather } from "../../doctor/gather.ts";
import { asJson, asLines, asReport } from "../../doctor/print.ts";
import { readTarget } from "../../doctor/target.ts";
import { printReport, REPORT_FORMAT } from "../../report/print-report.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print } from "../../shared/output.ts";
import { isLocalTable } from "../../table/client.ts";

const FLAGS = {
  ...COMMON,
  token: {
    type: "string",
    value: "JWT",
    otherwise: "PORTCULLIS_TOKEN from the environment",
    about: "Checks this token too; it is never printed.",
    example: '"$(npx portcullis login --user ann@example.com)"',
  },
  url: {
    type: "string",
    value: "URL",
    otherwise: "Terraform's output url",
    about: "The URL to send preflights to.",
    example: "https://api.example.com",
  },
  api: {
    type: "string",
    value: "API_ID",
    otherwise: "Terraform's output api_id",
    about: "The API's id; with --stage, --table and --function instead of Terraform's outputs.",
    example: "a1b2c3d4e5",
  },
  stage: {
    type: "string",
    value: "STAGE",
    otherwise: "Terraform's output stage",
    about: "The API's stage.",
    example: "live",
  },
  table: {
    type: "string",
    value: "NAME",
    otherwise: "Terraform's output table_name",
    about: "The permissions table.",
    example: "portcullis-dev",
  },
  function: {
    type: "string",
    value: "NAME",
    otherwise: "Terraform's output authorizer",
    about: "The authorizer's function.",
    example: "portcullis-dev-authorizer",
  },
  adopted: {
    type: "boolean",
    about: `The API has another owner (docs/adopt.md), who is responsible for its gateway responses, preflight and logs.`,
  },
  ...REPORT_FORMAT,
} as const;

/** Below the working directory. */
const BUILD_FOLDER = "build";

export const doctor = defineCommand({
  name: "doctor",
  about: `Compares a deployment with the policy files and build/ and prints what is wrong, with the evidence and the fix:
issuers and keys, clocks, routes and their authorizers, function and alias, stage, resource policy, gateway
responses, preflight, table and logs. It changes nothing. The deployment is the one of Terraform's outputs in this
directory, unless the flags name it.
Region, endpoint and credentials come from AWS's usual environment; docs/operations.md lists the permissions.`,
  flags: FLAGS,
  examples: ["doctor", "doctor --environment prod --format json"],
  statuses: ["no errors, perhaps warnings", "errors"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const loaded = loadEnvironments(values.policies, values.environment, { all: false });
  if (loaded === undefined) return 2;
  const target = await readTarget(values);
  const build = readBuild(BUILD_FOLDER, values.policies, target.mode);
  const aws = openAws();
  try {
    const token = values.token ?? process.env["PORTCULLIS_TOKEN"];
    const local = isLocalTable();
    const state = await gather(aws, { target, build, policies: loaded[0], token, local });
    const checked = examine(state);
    const status = isSound(checked) ? 0 : 1;
    const { format } = values;
    if (format === "text") return print(asLines(checked, target), status);
    if (format === "json") return print(asJson(checked, target), status);
    return printReport(format, asReport(checked, target, values.policies), status);
  } finally {
    aws.close();
  }
}
