import { openAws } from "../../doctor/aws.ts";
import { readBuild } from "../../doctor/build.ts";
import { examine, isSound } from "../../doctor/checks.ts";
import { gather } from "../../doctor/gather.ts";
import { asJson, asLines } from "../../doctor/print.ts";
import { readTarget } from "../../doctor/target.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print } from "../../shared/output.ts";
import { isLocalTable } from "../../table/client.ts";

const USAGE = `npx portcullis doctor [--environment NAME] [--policies DIR] [--token JWT] [--url URL] [--json]
  [--api API_ID --stage STAGE --table NAME --function NAME] [--adopted]

Compares a deployment with the policy files and build/ and prints what is wrong, with the evidence and the fix:
issuers and keys, clocks, routes and their authorizers, function and alias, stage, resource policy, gateway
responses, preflight, table and logs. It changes nothing. The deployment is the one of Terraform's outputs in this
directory, unless the flags name it.
  --token    checks a token too, by default the one in PORTCULLIS_TOKEN; it is never printed
  --url      the URL to send preflights to, by default Terraform's output url
  --adopted  the API has another owner (docs/adopt.md), who is responsible for its gateway responses, preflight and
             logs
Region, endpoint and credentials come from AWS's usual environment; docs/operations.md lists the permissions.
Exit status 0: no errors, perhaps warnings; 1: errors; 2: wrong use.`;

const FLAGS = {
  ...COMMON,
  api: { type: "string" },
  stage: { type: "string" },
  table: { type: "string" },
  function: { type: "string" },
  url: { type: "string" },
  token: { type: "string" },
  adopted: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

/** Below the working directory. */
const BUILD_FOLDER = "build";

export const doctor: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return print(USAGE);
  const loaded = loadEnvironments(values.policies, values.environment, { all: false });
  if (loaded === undefined) return 1;
  const target = await readTarget(values);
  const build = readBuild(BUILD_FOLDER, values.policies, target.mode);
  const aws = openAws();
  try {
    const token = values.token ?? process.env["PORTCULLIS_TOKEN"];
    const local = isLocalTable();
    const state = await gather(aws, { target, build, policies: loaded[0], token, local });
    const checked = examine(state);
    return print(values.json ? asJson(checked, target) : asLines(checked, target), isSound(checked) ? 0 : 1);
  } finally {
    aws.close();
  }
}
