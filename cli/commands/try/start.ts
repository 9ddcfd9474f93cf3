import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { CONSOLE_PATH, createConsole } from "../../../local/console/console.ts";
import { type Stack, startStack } from "../../../local/stack.ts";
import { LOCAL_STAGE } from "../../../local/staleness.ts";
import { TABLE_NAME } from "../../../local/table/table.ts";
import { consoleFiles } from "../../../packaging/outputs.ts";
import { API_TYPE_FLAGS, apiTypeFlag } from "../../shared/api-type-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import { exampleRequests } from "../../shared/example-requests.ts";
import { COMMON, type FlagValues, PORT_FLAG, portFlag, UsageError, wholeNumber } from "../../shared/flags.ts";
import { LAYOUT_FLAGS, layoutOptions } from "../../shared/layout-flags.ts";
import { readEnvironments, requireFolder } from "../../shared/load-environments.ts";
import { print, printError } from "../../shared/output.ts";
import { followFolders } from "../../start/follow-folders.ts";
import { shownData } from "../../start/shown-data.ts";
import { readTrustFile } from "../../start/trust-file.ts";
import { folderState } from "../../start/watch-folder.ts";

const FLAGS = {
  ...COMMON,
  port: {
    ...PORT_FLAG,
    about: "The port; 0 is any free port.",
    example: "0",
  },
  ttl: {
    type: "string",
    default: "60",
    value: "SECONDS",
    about: "The TTL of API Gateway's cache of authorizer responses.",
    example: "0",
  },
  backend: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "NAME=URL",
    otherwise: "the sample backend, for each",
    about: "A backend of api.yaml that runs elsewhere.",
    example: "docs=http://127.0.0.1:8080",
  },
  "usage-plans": {
    type: "string",
    values: ["plan", "tenant"],
    otherwise: "no limits",
    about: "Enforces the throttle and quota of plans.yaml, for all tenants of a plan or for each tenant.",
  },
  "validate-bodies": { type: "boolean", about: "Checks request bodies by the schemas of api.yaml." },
  shadow: {
    type: "string",
    value: "DIR",
    about: `A policy folder with the same routes, as a candidate that is evaluated alongside --policies. Callers see nothing of
it. The field "shadow" of each decision line says what it would change, and npx portcullis shadow sums it up.`,
    example: "candidate/policies",
  },
  trust: {
    type: "string",
    value: "FILE",
    about: `Accepts tokens of real identity providers, and mints none for them. FILE is JSON with the fields of Terraform's
issuers by the issuer's name, and optionally jwks, the key set itself, for use without a network:
{"main": {"url": "https://…", "audiences": ["…"], "jwks": {"keys": […]}}}`,
    example: "trust.json",
  },
  ...LAYOUT_FLAGS,
  ...API_TYPE_FLAGS,
} as const;

export const start = defineCommand({
  name: "start",
  about:
    "Runs the whole product on this machine: gateway, authorizer, table, identity provider and sample backend.",
  flags: FLAGS,
  examples: ["start", "start --port 0 --backend docs=http://127.0.0.1:8080"],
  statuses: ["stopped by Ctrl-C"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const options = {
    cache: values.cache,
    layout: layoutOptions(values),
    apiType: apiTypeFlag(values),
    ttl: wholeNumber("ttl", values.ttl, 0, 3600),
    port: portFlag(values.port),
    backendUrls: new Map(values.backend.map(parseBackend)),
    usagePlans: values["usage-plans"],
    validateBodies: values["validate-bodies"],
  };
  requireFolder(values.policies);
  const deployed = folderState(values.policies);
  const { policies, files } = readEnvironments(values.policies, values.environment);
  if (policies === undefined) return 2;
  if (options.usagePlans !== undefined && policies[0].plans.size === 0)
    throw new UsageError(`--usage-plans: ${values.policies} has no plans.yaml: add one`);
  for (const name of options.backendUrls.keys()) checkBackend(name, policies[0]);
  if (values.shadow !== undefined) requireFolder(values.shadow, "shadow");
  const trust =
    values.trust === undefined ? undefined : readTrustFile(values.trust, policies[0].issuers.keys());
  const { shadow } = values;
  const console = createConsole({
    files: consoleFiles,
    serialise: (shown) => shownData(shown, { ...options, shadow }),
    shown: { inForce: { policies, files } },
    about: { tokenCommand: tokenCommand(), realIssuers: [...(trust?.keys() ?? [])] },
  });
  const stack = await startOnPort({
    ...options,
    policies,
    trust,
    shadow: shadow !== undefined,
    console,
    onAccessLog: (entry) => print(JSON.stringify(entry)),
    onLambdaLog: (line) => print(line),
  });
  if (stack === undefined) return 2;
  print(startLines(stack, policies[0], options.ttl));
  const folders = { policies: values.policies, environment: values.environment, shadow };
  const stopFollowing = await followFolders(folders, deployed, { stack, console, print });
  await interruption();
  await stopFollowing();
  await stack.close();
  return 0;
}

function parseBackend(text: string): [string, string] {
  const match = /^([^=]+)=(https?:\/\/.+)$/.exec(text);
  if (match === null) throw new UsageError(`--backend: expected NAME=URL, found "${text}"`);
  return [match[1] as string, (match[2] as string).replace(/\/$/, "")];
}

function checkBackend(name: string, { api: { backends } }: PolicySet): void {
  if (!backends.has(name))
    throw new UsageError(`--backend: api.yaml has no backend "${name}"${suggestion(name, backends.keys())}`);
}

const PORT_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  EACCES: "needs more rights than this user has",
};

async function startOnPort(options: Parameters<typeof startStack>[0]): Promise<Stack | undefined> {
  try {
    return await startStack(options);
  } catch (error) {
    const fault = PORT_FAULTS[(error as NodeJS.ErrnoException).code ?? ""];
    if (fault === undefined) throw error;
    printError(`Port ${options.port} ${fault}: choose another with --port, or 0 for any free port`);
    return undefined;
  }
}

function startLines(stack: Stack, policies: PolicySet, ttl: number): string[] {
  const port = new URL(stack.origin).port;
  const staleness = stack.mode === "off" ? 30 : ttl + 30;
  return [
    `Caching mode ${stack.mode}: on AWS an edit is in effect after at most ${staleness} s, here immediately.`,
    ...(stack.why === undefined ? [] : [`Not mode token, because ${stack.why}`]),
    `Console: ${stack.origin}${CONSOLE_PATH}`,
    ...issuerLines(stack),
    "Table, for every command and, with AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local, the AWS CLI:",
    `AWS_ENDPOINT_URL=${stack.origin} TABLE=${TABLE_NAME}`,
    ...(stack.mode === "off"
      ? []
      : [`Its cache of authorizer responses is emptied by --flush ${LOCAL_STAGE}`]),
    "",
    ...exampleRequests(policies, mintedIn(stack), stack.origin, `${tokenCommand()} --port ${port}`),
    "",
    `Portcullis is listening on ${stack.origin}`,
  ];
}

const mintedIn = ({ issuers, provider }: Stack): string[] =>
  issuers.map(({ name }) => name).filter((name) => provider(name) !== undefined);

function issuerLines(stack: Stack): string[] {
  const minted = mintedIn(stack);
  const real = stack.issuers.map(({ name }) => name).filter((name) => !minted.includes(name));
  const urls = minted.map((name) => stack.provider(name)?.url);
  return [
    ...(urls.length === 0 ? [] : [`Identity providers: ${urls.join(" ")}`]),
    ...(real.length === 0 ? [] : [`Accepts tokens of the real ${real.join(", ")}`]),
  ];
}

function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** Returns the command that prints a token, in a form that works in any directory. */
const tokenCommand = (): string => `npx --prefix ${shellQuote(process.cwd())} portcullis token`;
