import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  APIGatewayClient,
  BadRequestException,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  FlushStageAuthorizersCacheCommand,
  GetRestApisCommand,
  PutRestApiCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvalidParameterValueException,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { verifyAwsZip } from "../../packaging/bundle.ts";
import { DISPENSABLE, type LabPart, labDefinition, STAGE_VARIABLES } from "./definition.ts";
import { restApiDeletion, unlessGone } from "./import-body.ts";
import { allow, type Lab, type Send, sender } from "./lab.ts";
import type { Undo } from "./undo.ts";

export const NAME_PREFIX = "portcullis-verify-";
const STAGE = "verify";
const SETTLE_MS = 30_000;
const READY_MS = 180_000;
const ROLE_MS = 60_000;

export interface AwsLabOptions {
  readonly region: string;
  /** The name, or the start of the name, of every resource. */
  readonly name: string;
  readonly undo: Undo;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

interface Clients {
  readonly apiGateway: APIGatewayClient;
  readonly lambda: LambdaClient;
  readonly iam: IAMClient;
}

/** Creates the temporary API on AWS. Registers each resource with `undo` before it is created. */
export async function createAwsLab(options: AwsLabOptions): Promise<Lab> {
  const { region, name, print, signal } = options;
  // An account may delete one REST API in 30 seconds.
  const config = { region, maxAttempts: 12, retryMode: "adaptive" } as const;
  const clients = {
    apiGateway: new APIGatewayClient(config),
    lambda: new LambdaClient(config),
    iam: new IAMClient(config),
  };
  // Fails before anything is created if the credentials do not work, because every deletion would fail too.
  await clients.apiGateway.send(new GetRestApisCommand({ limit: 1 }));
  const key = randomBytes(24).toString("base64url");
  const roleArn = await createRole(clients, options);
  const authorizerArn = await createFunction(clients, options, { handler: "authorizer", roleArn, key });
  const echoArn = await createFunction(clients, options, { handler: "echo", roleArn, key });
  const restApiId = await createApi(clients, options);
  const url = `https://${restApiId}.execute-api.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}/${STAGE}`;
  const uris = { authorizerUri: invocationUri(authorizerArn), echoUri: invocationUri(echoArn), selfUrl: url };
  const notImported = await importDefinition(clients, restApiId, uris, options);
  await permit(clients, authorizerArn, restApiId, "authorizers/*");
  await permit(clients, echoArn, restApiId, "*/*/*");
  await clients.apiGateway.send(
    new CreateDeploymentCommand({ restApiId, stageName: STAGE, variables: { ...STAGE_VARIABLES } }),
  );
  const send = sender(url, key, signal);
  print(`waiting until ${name} responds`);
  await untilReady(send, signal);
  return {
    send,
    notImported,
    flushAuthorizers: async () =>
      void (await clients.apiGateway.send(
        new FlushStageAuthorizersCacheCommand({ restApiId, stageName: STAGE }),
      )),
    setStageVariable: async (variable, value) =>
      void (await clients.apiGateway.send(
        new UpdateStageCommand({
          restApiId,
          stageName: STAGE,
          patchOperations: [{ op: "replace", path: `/variables/${variable}`, value }],
        }),
      )),
    settle: () => sleep(SETTLE_MS, undefined, { signal }),
  };
}

async function createRole({ iam }: Clients, { name, undo, signal, print }: AwsLabOptions): Promise<string> {
  signal.throwIfAborted();
  undo.add({
    what: `role ${name}`,
    byHand: `aws iam delete-role --role-name ${shellQuote(name)}`,
    run: async () => void (await unlessGone(() => iam.send(new DeleteRoleCommand({ RoleName: name })))),
  });
  print(`creating role ${name}, without permissions`);
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  return required(Role?.Arn, "the ARN of the role");
}

interface FunctionOptions {
  readonly handler: "authorizer" | "echo";
  readonly roleArn: string;
  readonly key: string;
}

async function createFunction(
  { lambda }: Clients,
  { name, region, undo, signal, print }: AwsLabOptions,
  { handler, roleArn, key }: FunctionOptions,
): Promise<string> {
  signal.throwIfAborted();
  const FunctionName = `${name}-${handler}`;
  undo.add({
    what: `function ${FunctionName}`,
    byHand: `aws lambda delete-function --region ${shellQuote(region)} --function-name ${shellQuote(FunctionName)}`,
    run: async () => void (await unlessGone(() => lambda.send(new DeleteFunctionCommand({ FunctionName })))),
  });
  print(`creating function ${FunctionName}`);
  const command = new CreateFunctionCommand({
    FunctionName,
    Role: roleArn,
    Runtime: "nodejs22.x",
    Architectures: ["arm64"],
    Handler: `index.${handler}`,
    Code: { ZipFile: await verifyAwsZip() },
    Environment: { Variables: { VERIFY_KEY: key } },
    MemorySize: 256,
    Timeout: 10,
  });
  const { FunctionArn } = await retryUntilRoleExists(() => lambda.send(command), signal);
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 120, abortSignal: signal },
    { FunctionName },
  );
  return required(FunctionArn, "the ARN of the function");
}

/** Lambda can assume a new role only after some seconds. */
async function retryUntilRoleExists<T>(create: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const start = Date.now(); ; ) {
    try {
      return await create();
    } catch (error) {
      if (!(error instanceof InvalidParameterValueException) || Date.now() - start > ROLE_MS) throw error;
      await sleep(3_000, undefined, { signal });
    }
  }
}

async function createApi(
  { apiGateway }: Clients,
  { name, region, undo, signal, print }: AwsLabOptions,
): Promise<string> {
  signal.throwIfAborted();
  undo.add(restApiDeletion({ apiGateway }, name, region));
  print(`creating REST API ${name}`);
  const { id } = await apiGateway.send(
    new CreateRestApiCommand({ name, endpointConfiguration: { types: ["REGIONAL"] } }),
  );
  return required(id, "the id of the API");
}

/** Imports the definition, without the parts that API Gateway rejects. Returns those with the error messages. */
async function importDefinition(
  { apiGateway }: Clients,
  restApiId: string,
  uris: { authorizerUri: string; echoUri: string; selfUrl: string },
  { signal, print }: AwsLabOptions,
): Promise<Map<LabPart, string>> {
  const rejected = new Map<LabPart, string>();
  const attempt = async (without: ReadonlySet<LabPart>): Promise<string | undefined> => {
    signal.throwIfAborted();
    const definition = labDefinition({ ...uris, without });
    const body = new TextEncoder().encode(JSON.stringify(definition));
    try {
      await apiGateway.send(new PutRestApiCommand({ restApiId, mode: "overwrite", body }));
      return undefined;
    } catch (error) {
      if (error instanceof BadRequestException) return error.message;
      throw error;
    }
  };
  if ((await attempt(new Set())) === undefined) return rejected;
  print("API Gateway does not import the whole definition: trying without some parts");
  for (const name of DISPENSABLE) {
    const others = DISPENSABLE.filter((other) => other !== name);
    const message = await attempt(new Set(others));
    if (message !== undefined) rejected.set(name, message);
  }
  const message = await attempt(new Set(rejected.keys()));
  if (message !== undefined) throw new Error(`API Gateway does not import the temporary API: ${message}`);
  return rejected;
}

async function permit(
  { lambda }: Clients,
  functionArn: string,
  restApiId: string,
  part: string,
): Promise<void> {
  const [, partition, , region, account] = functionArn.split(":");
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: functionArn,
      StatementId: "api-gateway",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
      SourceArn: `arn:${partition}:execute-api:${region}:${account}:${restApiId}/${part}`,
    }),
  );
}

function invocationUri(functionArn: string): string {
  const [, partition, , region] = functionArn.split(":");
  return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
}

/** A new stage responds in some places before it responds everywhere, so several responses in a row must succeed. */
async function untilReady(send: Send, signal: AbortSignal): Promise<void> {
  let inRow = 0;
  for (const start = Date.now(); inRow < 5; ) {
    const status = await send({ path: "/p/ready", statements: [allow("*")] }).then(
      (response) => response.status,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    inRow = status === 200 ? inRow + 1 : 0;
    if (Date.now() - start > READY_MS)
      throw new Error(`The temporary API does not respond: expected 200, found ${status}`);
    await sleep(1_000, undefined, { signal });
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`AWS did not return ${what}`);
  return value;
}
