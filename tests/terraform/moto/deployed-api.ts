import { ok } from "node:assert";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { GetStageCommand } from "@aws-sdk/client-api-gateway";
import { type FunctionConfiguration, GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import {
  createGateway,
  type OpenApiDocument,
  type UsagePlanSettings,
} from "../../../local/apigateway/rest/gateway.ts";
import {
  createIdentityProvider,
  type IdentityProvider,
} from "../../../local/identity-provider/identity-provider.ts";
import { createFunction, type LocalFunction } from "../../../local/lambda/function.ts";
import type { Deployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import { httpBackend } from "./support/http-backend.ts";
import { type Moto, REGION } from "./support/moto.ts";

export interface ApiResponse {
  readonly status: number;
  readonly reason: string | undefined;
  /** The caller that the backend received; null if it received none, undefined if the backend was not called. */
  readonly caller: Readonly<Record<string, unknown>> | null | undefined;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The deployed API, running: with the deployed definition, stage variables and environments, and moto's table. */
export interface DeployedApi {
  /** The API's origin on this machine. */
  readonly origin: string;
  /** Returns a function's variables, with each issuer's keys on loopback. */
  withLocalKeys(variables: Readonly<Record<string, string>>): Record<string, string>;
  provider(issuer: string): IdentityProvider;
  send(request: ApiRequest): Promise<ApiResponse>;
  /** Returns the lines of the functions' logs and of the access log. */
  logs(): readonly string[];
  close(): Promise<void>;
}

/**
 * Runs the deployed API on this machine. Three things differ: each issuer's keys and each HTTP backend are on loopback,
 * and the functions call moto instead of AWS.
 *
 * @param keyUrls the URL of an issuer's keys, by the issuer's name; other issuers sign with keys that are made here
 * @throws Error if a deployed function's code is not the build's
 */
export async function startDeployed(
  deployed: Deployed,
  account: Account,
  moto: Moto,
  {
    usagePlans = [],
    keyUrls = {},
  }: {
    readonly usagePlans?: readonly UsagePlanSettings[];
    readonly keyUrls?: Readonly<Record<string, string>>;
  } = {},
): Promise<DeployedApi> {
  const logs: string[] = [];
  const providers = await identityProviders(deployed, account);
  const issuers = await listen((request, response) => {
    const provider = providers.get(decodeURIComponent(request.url?.slice(1) ?? ""));
    if (provider === undefined) return void response.writeHead(404).end();
    void provider.jwks().then((keys) => response.end(JSON.stringify(keys)));
  });
  const backend = await listen(httpBackend);
  const keyUrl = (name: string): string => keyUrls[name] ?? `${issuers.origin}/${encodeURIComponent(name)}`;
  const functions = await startFunctions(
    deployed,
    account,
    (found) => functionEnvironment(found, moto, keyUrl),
    (line) => logs.push(line),
  );
  const { variables = {} } = await account.apiGateway.send(
    new GetStageCommand({ restApiId: deployed.outputs.api_id, stageName: deployed.outputs.stage }),
  );
  const gateway = createGateway({
    definition: withLocalBackend(deployed.body, backend.origin),
    functions,
    stage: { name: deployed.outputs.stage, variables, usagePlans },
    region: REGION,
    accountId: "123456789012",
    apiId: deployed.outputs.api_id,
    onAccessLog: (entry) => logs.push(JSON.stringify(entry)),
  });
  const api = await listen((request, response) => gateway.handle(request, response), 65_536);

  return {
    origin: api.origin,
    withLocalKeys: (variables) => withLocalKeys(variables, keyUrl),
    provider(issuer) {
      const found = providers.get(issuer);
      if (found === undefined) throw new Error(`The deployment has no issuer ${issuer}`);
      return found;
    },
    logs: () => logs,
    async send({ method, path, token, headers = {} }) {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const ask = (): Promise<Response> =>
        fetch(`${api.origin}${path}`, { method, headers: { ...headers, ...authorization } });
      const response = await repeatOutages(ask);
      const body = (await response.json()) as { caller?: ApiResponse["caller"]; error?: { reason?: string } };
      return { status: response.status, reason: body.error?.reason, caller: body.caller };
    },
    async close() {
      await Promise.all([api, issuers, backend].map(({ server }) => stop(server)));
      await Promise.all(Array.from(functions.values(), (one) => one.close()));
    },
  };
}

/** Repeats a request whose response is 500, because on a busy machine moto may respond too late for the function. */
async function repeatOutages(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask();
    if (response.status !== 500 || attempt === 5) return response;
    await response.body?.cancel();
  }
}

type Issuers = Readonly<Record<string, { readonly url: string }>>;

const readIssuers = ({ Environment }: FunctionConfiguration): Issuers =>
  JSON.parse(Environment?.Variables?.["ISSUERS"] ?? "{}") as Issuers;

/** Creates an identity provider for each deployed issuer, with the deployed URL. */
async function identityProviders(
  { outputs, policies }: Deployed,
  { lambda }: Account,
): Promise<Map<string, IdentityProvider>> {
  const { function: FunctionName, alias: Qualifier } = outputs.authorizer;
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
  return new Map(
    Object.entries(readIssuers(found)).map(([name, { url }]) => {
      const definition = policies.issuers.get(name);
      if (definition === undefined) throw new Error(`The policy files have no issuer ${name}`);
      return [name, createIdentityProvider(url, () => definition)];
    }),
  );
}

/** Returns the variables that Lambda sets for every function, with moto instead of AWS. */
export const lambdaVariables = ({ endpoint }: Moto): Record<string, string> => ({
  AWS_REGION: REGION,
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
});

/** Returns the deployed variables, with local keys and Lambda's own variables. */
function functionEnvironment(
  found: FunctionConfiguration,
  moto: Moto,
  keyUrl: (issuer: string) => string,
): Record<string, string> {
  return {
    ...withLocalKeys(found.Environment?.Variables ?? {}, keyUrl),
    ...lambdaVariables(moto),
  };
}

function withLocalKeys(
  variables: Readonly<Record<string, string>>,
  keyUrl: (issuer: string) => string,
): Record<string, string> {
  const { ISSUERS } = variables;
  const issuers = Object.entries(JSON.parse(ISSUERS ?? "{}") as Issuers).map(([name, issuer]) => [
    name,
    { ...issuer, jwksUri: keyUrl(name) },
  ]);
  return {
    ...variables,
    ...(ISSUERS !== undefined && { ISSUERS: JSON.stringify(Object.fromEntries(issuers)) }),
    PORTCULLIS_LOCAL: "1",
  };
}

/** Starts a function for every ARN that the deployed definition invokes, from the build's zip with the deployed hash. */
async function startFunctions(
  { body, workspace }: Deployed,
  { lambda }: Account,
  buildEnvironment: (found: FunctionConfiguration) => Record<string, string>,
  onLog: (line: string) => void,
): Promise<Map<string, LocalFunction>> {
  const zips = ["authorizer", "sample-backend"].map((name) =>
    readFileSync(`${workspace.folder}/build/${name}.zip`),
  );
  const byHash = new Map(zips.map((zip) => [createHash("sha256").update(zip).digest("base64"), zip]));
  const arns = new Set(
    Array.from(JSON.stringify(body).matchAll(/functions\/(arn:[^/]+)\/invocations/g), ([, arn = ""]) => arn),
  );
  const functions = new Map<string, LocalFunction>();
  for (const arn of arns) {
    const [FunctionName = "", Qualifier] = arn.split(":function:")[1]?.split(":") ?? [];
    const found = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName, ...(Qualifier !== undefined && { Qualifier }) }),
    );
    const zip = byHash.get(found.CodeSha256 ?? "");
    if (zip === undefined) throw new Error(`The code of ${arn} is not from the build`);
    const timeoutMs = (found.Timeout ?? 3) * 1_000;
    functions.set(
      arn,
      createFunction({
        name: FunctionName,
        zip,
        environment: buildEnvironment(found),
        timeoutMs,
        memoryMb: found.MemorySize ?? 128,
        onLog,
      }),
    );
  }
  return functions;
}

/** Replaces the host of the HTTP backend's URLs, if there is one, by a host on loopback. */
function withLocalBackend(body: Deployed["body"], origin: string): OpenApiDocument {
  const text = JSON.stringify(body);
  const uris = new Set(Array.from(text.matchAll(/"uri":"(https:\/\/[^/"]+)/g), ([, found]) => found ?? ""));
  ok(uris.size <= 1, "The deployed definition has several HTTP backends");
  const [host] = uris;
  if (host === undefined) return body;
  return JSON.parse(text.replaceAll(`"uri":"${host}`, `"uri":"${origin}`)) as OpenApiDocument;
}

interface Listening {
  readonly origin: string;
  readonly server: Server;
}

async function listen(listener: RequestListener, maxHeaderSize = 16_384): Promise<Listening> {
  const server = createServer({ maxHeaderSize }, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
