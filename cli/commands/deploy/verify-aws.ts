import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { parse } from "yaml";
import { isObject } from "../../../core/model/is-object.ts";
import { plural } from "../../../core/model/plural.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";
import { requireFile } from "../../shared/require-file.ts";
import { createAwsLab, NAME_PREFIX } from "../../verify-aws/aws-lab.ts";
import { type Body, fillBody } from "../../verify-aws/body.ts";
import { type ImportedBody, importBody } from "../../verify-aws/import-body.ts";
import { type ProbeResult, runProbes } from "../../verify-aws/probe.ts";
import { PROBES } from "../../verify-aws/probes.ts";
import { printReport, type VerifyReport } from "../../verify-aws/report.ts";
import { printTable, summary } from "../../verify-aws/table.ts";
import { createUndo, type Undo } from "../../verify-aws/undo.ts";

const FLAGS = {
  region: {
    type: "string",
    value: "REGION",
    about: "The region to verify; required.",
    example: "eu-central-1",
  },
  body: {
    type: "string",
    value: "FILE",
    otherwise: "the probes run",
    about: `Only imports an API definition into a REST or HTTP API that it deletes again, and prints API Gateway's
warnings, and the routes that the API lacks. It sends no requests.`,
    example: "build/api/token.json",
  },
  report: {
    type: "string",
    value: "FILE",
    otherwise: "no file",
    about: "Also writes the findings to FILE, as JSON without ids of accounts, APIs and requests.",
    example: "verified.json",
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
  examples: [
    "verify-aws --region eu-central-1",
    "verify-aws --region eu-central-1 --body build/api/token.json",
  ],
  statuses: [
    "nothing is open, and the body is imported whole",
    "something is open or lost, or the run failed",
  ],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const { region, yes, keep } = values;
  if (region === undefined)
    throw new UsageError("--region is missing: name the region to verify, such as eu-central-1");
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`--region: "${region}" is not an AWS region`);
  const body = values.body === undefined ? undefined : readBodyFile(values.body, region);
  if (!yes && !(await confirmed(region))) return 1;
  const { found, left } =
    body === undefined
      ? await whileUndoing(keep, async (run) => ({ probes: await probeAll(region, run) }))
      : await whileUndoing(keep, async (run) => ({ body: await importInto(region, body, run) }));
  if (found === undefined) return 1;
  if (values.report !== undefined)
    writeFileSync(values.report, printReport({ region, time: new Date().toISOString(), ...found }));
  return print(["", ...printFound(found)], left === 0 && isFine(found) ? 0 : 1);
}

type Found = Pick<VerifyReport, "probes" | "body">;

const isFine = ({ probes = [], body }: Found): boolean =>
  probes.every(({ finding }) => finding.verdict !== "open") &&
  (body === undefined || (body.warnings.length === 0 && body.lost.length === 0));

function printFound({ probes, body }: Found): string[] {
  if (probes !== undefined) return [...printTable(probes), "", summary(probes)];
  const { apiType, warnings, lost } = body ?? { apiType: "rest", warnings: [], lost: [] };
  if (warnings.length + lost.length === 0) return [`API Gateway imports it whole, as a ${apiType} API`];
  return [
    ...warnings.map((text) => `warning: ${text}`),
    ...lost.map((text) => `lost: ${text}`),
    `API Gateway imports it as a ${apiType} API with ${plural(warnings.length, "warning")}; ${plural(lost.length, "route")} lost`,
  ];
}

/** @throws UsageError for a file that is missing, is not an OpenAPI document, or cannot be filled in */
function readBodyFile(file: string, region: string): Body {
  requireFile("body", file, "run npx portcullis build");
  try {
    const document: unknown = parse(readFileSync(file, "utf8"));
    if (isObject(document) && isObject(document["paths"])) return fillBody(document, region);
  } catch (error) {
    throw new UsageError(`--body: ${file}: ${(error as Error).message}`);
  }
  throw new UsageError(`--body: ${file} is not an OpenAPI document: expected openapi, info and paths`);
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

/** What a run needs to create resources. */
interface Run {
  readonly name: string;
  readonly undo: Undo;
  readonly signal: AbortSignal;
}

/**
 * Runs what creates resources, and deletes these also after a failure.
 *
 * @returns what was found, or undefined if the run did not finish; and the number of resources that could not be deleted
 */
async function whileUndoing(
  keep: boolean,
  work: (run: Run) => Promise<Found>,
): Promise<{ readonly found: Found | undefined; readonly left: number }> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (!stop.signal.aborted) print("Interrupted: deleting what was created");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  const undo = createUndo();
  const name = `${NAME_PREFIX}${randomBytes(3).toString("hex")}`;
  const found = await work({ name, undo, signal: stop.signal }).catch((error: unknown) => {
    if (!stop.signal.aborted)
      printError(`Stopped: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const left = await cleanUp(undo, keep);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  return { found, left };
}

async function probeAll(region: string, { name, undo, signal }: Run): Promise<ProbeResult[]> {
  const lab = await createAwsLab({ region, name, undo, signal, print });
  return await runProbes(PROBES, lab, { signal, print });
}

async function importInto(region: string, body: Body, { name, undo, signal }: Run): Promise<ImportedBody> {
  const config = { region, maxAttempts: 12, retryMode: "adaptive" } as const;
  const clients = { apiGateway: new APIGatewayClient(config), apiGatewayV2: new ApiGatewayV2Client(config) };
  signal.throwIfAborted();
  print(`importing into ${body.http ? "HTTP" : "REST"} API ${name}`);
  return await importBody(clients, body, { name, region, undo });
}

async function cleanUp(undo: Undo, keep: boolean): Promise<number> {
  if (!keep) return undo.all(print);
  return print(["Nothing was deleted. To delete it by hand:", ...undo.byHand()]);
}
