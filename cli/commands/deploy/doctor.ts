import { openAws } from "../../doctor/aws.ts";
import { readBuild } from "../../doctor/build.ts";
import { examine, isSound } from "../../doctor/checks.ts";
import { gather } from "../../doctor/gather.ts";
import { readTarget } from "../../doctor/target.ts";
import { asJson, asLines } from "../../doctor/tell.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { isLocalTable } from "../../table/client.ts";

const USAGE = `npx portcullis doctor [--environment NAME] [--policies DIR] [--token JWT] [--url URL] [--json]
  [--api API_ID --stage STAGE --table NAME --function NAME] [--adopted]

Looks at what is deployed and tells what is wrong, each thing with what it found and what mends it: issuers and
keys, clocks, routes and their authorizers, function and alias, stage, resource policy, gateway responses,
preflight, table, logs. It changes nothing. What is deployed it asks Terraform (terraform output, in this folder),
unless the flags name it; what should be it takes from the policy files and from build/.
  --token    has a token looked at too, also from PORTCULLIS_TOKEN; it is never printed
  --url      where to ask preflights; else Terraform's output url
  --adopted  the API is somebody else's (docs/adopt.md): its gateway responses, preflight and logs are theirs
Region, endpoint and credentials come from AWS's usual environment; docs/operations.md has the permissions.
Exit status 0: nothing is wrong but for warnings, 1: errors, 2: wrong use.`;

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

/** In the folder that the command is run in. */
const BUILD_FOLDER = "build";

export const doctor: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return print(USAGE, 0);
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
    const text = values.json ? asJson(checked, target) : asLines(checked, target).join("\n");
    return print(text, isSound(checked) ? 0 : 1);
  } finally {
    aws.close();
  }
}

function print(text: string, status: number): number {
  process.stdout.write(`${text}\n`);
  return status;
}
