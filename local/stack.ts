import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ApiType, CachingMode } from "../core/model/layout.ts";
import {
  DEFAULT_LAYOUT_OPTIONS,
  type LayoutOptions,
  type PolicySets,
} from "../core/policy-files/compile/build-layout.ts";
import { type CacheFlag, compilePolicies } from "../core/policy-files/compile/compile.ts";
import type { IssuerDefinition } from "../core/policy-files/model/issuer-presets.ts";
import { makeArtefacts } from "../packaging/artefacts.ts";
import type { AccessLogEntry } from "./apigateway/rest/gateway.ts";
import { checkOrigin } from "./console/check-origin.ts";
import type { ConsoleServer } from "./console/console.ts";
import { setStrictHeaders } from "./console/strict-headers.ts";
import { deploy, type LocalDeployment, trustedIssuers } from "./deployment.ts";
import { createIdentityProvider, type IdentityProvider } from "./identity-provider/identity-provider.ts";
import {
  handleIdentityRequest,
  ISSUERS_PATH,
  issuerUrl,
  type LocalIssuers,
  type RealIssuers,
  sendJson,
} from "./identity-provider/identity-server.ts";
import { isFlushRequest, type LocalStaleness, STALENESS_PATH } from "./staleness.ts";
import {
  createEmbeddedTable,
  createTable,
  type EmbeddedTable,
  isTableRequest,
  readDirectoryName,
  readRunTime,
  seedTable,
  TABLE_NAME,
} from "./table/table.ts";
import { USAGE_KEY_OWNER, type UsagePer, usageKeyItems } from "./table/usage-plans.ts";

export interface StackOptions {
  /** The environment that runs, then the others: all of them have the same layout. */
  readonly policies: PolicySets;
  readonly cache: CacheFlag;
  readonly layout?: LayoutOptions;
  /** The API type; a REST API by default. */
  readonly apiType?: ApiType;
  /** The TTL of API Gateway's cached authorizer responses, in seconds. */
  readonly ttl: number;
  /** The TTL of the authorizer's cached permissions, in seconds; its own default when absent. */
  readonly permissionsTtl?: number;
  /** Whether the authorizer also evaluates the shadow candidate in the table. */
  readonly shadow?: boolean;
  /** The port; 0 for any free one. */
  readonly port: number;
  readonly backendUrls?: ReadonlyMap<string, string>;
  /** The issuers that are real identity providers, by name. The stack mints tokens for all others. */
  readonly trust?: RealIssuers | undefined;
  /** Enforces plans, with limits for each plan or each tenant; absent: plans are not enforced. */
  readonly usagePlans?: UsagePer | undefined;
  /** Whether bodies are checked by their schemas. */
  readonly validateBodies?: boolean;
  readonly onAccessLog?: (entry: AccessLogEntry) => void;
  readonly onLambdaLog?: (line: string) => void;
  /** The console, which is served below `/_portcullis/`, gets all log entries, and is closed with the stack. */
  readonly console?: ConsoleServer;
  /** Gets each request first. Returns true if it responded itself, for example to simulate an outage. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** The whole product on one port of loopback. */
export interface Stack {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly mode: CachingMode;
  /** Why `auto` did not select `token`. */
  readonly why: string | undefined;
  readonly issuers: readonly IssuerDefinition[];
  /** Deploys a new state of the files: table, definition and bundles. All caches start empty. */
  update(policies: PolicySets): Promise<void>;
  provider(issuer: string): IdentityProvider | undefined;
  readonly dynamodb: DynamoDBClient;
  /** Kills the authorizer's workers, as crashes would: running invocations fail. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** The authorizer's own default. */
const PERMISSIONS_TTL_SECONDS = 30;

/** Starts table, identity provider, gateway and Lambdas. @throws if the port is taken */
export async function startStack(options: StackOptions): Promise<Stack> {
  // On Node 20 the SDK warns at every start that it will need Node 22 in 2027.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const table = createEmbeddedTable();
  const trust = options.trust ?? new Map();
  const providers = new Map<string, IdentityProvider>();
  let deployment: LocalDeployment | undefined;
  const retiring = new Set<Promise<void>>();
  const layoutOptions = options.layout ?? DEFAULT_LAYOUT_OPTIONS;
  const compileAll = (policies: PolicySets) =>
    compile(policies, options.cache, layoutOptions, options.apiType ?? "rest");
  let current = await compileAll(options.policies);

  // Node's own limit of 16 kB would reject a request before the gateway can.
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    if (options.intercept?.(request, response)) return undefined;
    if (isTableRequest(request)) return handleTableRequest(request, response, table);
    if (isFlushRequest(request)) return flushCache(request, response, deployment);
    if (request.url?.startsWith("/_portcullis"))
      return void handleOwnPath(request, response, {
        console: options.console,
        providers,
        trust,
        staleness: () => ({
          gatewaySeconds: current.artefacts.compiled.mode === "off" ? 0 : options.ttl,
          lambdaSeconds: options.permissionsTtl ?? PERMISSIONS_TTL_SECONDS,
        }),
        issuers: () => trustedIssuers(origin, current.issuers, trust),
      });
    if (deployment === undefined) return sendJson(response, 503, { error: "starting" });
    return deployment.gateway.handle(request, response);
  });
  const origin = await listen(server, options.port);
  const dynamodb = new DynamoDBClient({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await createTable(dynamodb, TABLE_NAME);
  options.console?.readRunTimeWith((scanned) => readRunTime(dynamodb, TABLE_NAME, scanned));

  const deployState = async (next: Compiled): Promise<void> => {
    const { policies } = next;
    for (const name of trust.keys())
      if (!policies.issuers.has(name))
        throw new Error(`--trust names the issuer ${name}, but issuers.yaml has no issuer of this name`);
    const per = options.usagePlans;
    const items = next.artefacts.compiled.items.get(policies.environment) ?? [];
    await seedTable(dynamodb, TABLE_NAME, items);
    if (per !== undefined)
      await seedTable(dynamodb, TABLE_NAME, usageKeyItems(policies, per), USAGE_KEY_OWNER);
    const names = new Set(next.issuers.map(({ name }) => name));
    for (const name of providers.keys()) if (!names.has(name)) providers.delete(name);
    for (const issuer of next.issuers)
      if (!providers.has(issuer.name) && !trust.has(issuer.name))
        providers.set(
          issuer.name,
          createIdentityProvider(
            issuerUrl(origin, issuer.name),
            () => current.issuers.find(({ name }) => name === issuer.name) ?? issuer,
            (tenant, name) => readDirectoryName(dynamodb, TABLE_NAME, tenant, name),
          ),
        );
    const previous = deployment;
    deployment = deploy({
      artefacts: next.artefacts,
      origin,
      issuers: next.issuers,
      trust,
      backends: next.policies.api.backends,
      backendUrls: options.backendUrls ?? new Map(),
      ttl: options.ttl,
      permissionsTtl: options.permissionsTtl,
      shadow: options.shadow ?? false,
      encodedPaths: layoutOptions.encodedPaths,
      validateBodies: options.validateBodies ?? false,
      usage: per && { policies, per },
      onAccessLog(entry) {
        options.console?.accessLog(entry);
        options.onAccessLog?.(entry);
      },
      onLambdaLog(line) {
        options.console?.lambdaLog(line);
        options.onLambdaLog?.(line);
      },
    });
    current = next;
    if (previous === undefined) return;
    const retired = previous.retire().finally(() => retiring.delete(retired));
    retiring.add(retired);
  };
  await deployState(current);

  return {
    origin,
    dynamodb,
    get mode() {
      return current.artefacts.compiled.mode;
    },
    get why() {
      return current.artefacts.compiled.why;
    },
    get issuers() {
      return current.issuers;
    },
    update: async (policies) => deployState(await compileAll(policies)),
    provider: (issuer) => providers.get(issuer),
    interrupt: async () => deployment?.interrupt(),
    close: async () => {
      dynamodb.destroy();
      options.console?.close();
      await close(server);
      await Promise.all([deployment?.close(), ...retiring]);
    },
  };
}

type Compiled = Awaited<ReturnType<typeof compile>>;

async function compile(policies: PolicySets, cache: CacheFlag, layout: LayoutOptions, apiType: ApiType) {
  const artefacts = await makeArtefacts(compilePolicies(withLocalIssuers(policies), cache, layout, apiType));
  return { policies: policies[0], artefacts, issuers: [...policies[0].issuers.values()] };
}

/** Removes the issuers' URLs: locally every issuer is a local one, or one of `--trust`. */
function withLocalIssuers([first, ...others]: PolicySets): PolicySets {
  const localize = (policies: PolicySets[0]): PolicySets[0] => ({
    ...policies,
    issuers: new Map([...policies.issuers].map(([name, issuer]) => [name, { ...issuer, trust: undefined }])),
  });
  return [localize(first), ...others.map(localize)];
}

interface OwnParts {
  readonly console: ConsoleServer | undefined;
  readonly providers: ReadonlyMap<string, IdentityProvider>;
  readonly trust: RealIssuers;
  readonly staleness: () => LocalStaleness;
  readonly issuers: () => LocalIssuers;
}

/** Passes a request to the table, unless a page of another site sent it: what can write the table can grant access. */
function handleTableRequest(request: IncomingMessage, response: ServerResponse, table: EmbeddedTable): void {
  const denial = checkOrigin(request);
  if (denial === undefined) {
    table.handle(request, response);
    return;
  }
  setStrictHeaders(response);
  sendJson(response, 403, { error: denial });
}

/** Flushes as API Gateway does, unless a page of another site asks for it. */
function flushCache(
  request: IncomingMessage,
  response: ServerResponse,
  deployment: LocalDeployment | undefined,
): void {
  setStrictHeaders(response);
  const denial = checkOrigin(request);
  if (denial === undefined) {
    deployment?.gateway.flushAuthorizerCache();
    response.writeHead(202).end();
  } else sendJson(response, 403, { error: denial });
}

async function handleOwnPath(
  request: IncomingMessage,
  response: ServerResponse,
  { console, providers, trust, staleness, issuers }: OwnParts,
): Promise<void> {
  setStrictHeaders(response);
  const denial = checkOrigin(request);
  if (denial !== undefined) return sendJson(response, 403, { error: denial });
  try {
    if (request.url === STALENESS_PATH) return sendJson(response, 200, staleness());
    if (request.url === ISSUERS_PATH) return sendJson(response, 200, issuers());
    if (request.url?.startsWith(`${ISSUERS_PATH}/`))
      return await handleIdentityRequest(request, response, (name) => trust.get(name) ?? providers.get(name));
    if (await console?.handle(request, response)) return;
    return sendJson(response, 404, {
      error: `Not found. Use ${ISSUERS_PATH} or ${ISSUERS_PATH}/<name>/.well-known/openid-configuration`,
    });
  } catch (error) {
    return sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Node's own backlog of 511 makes further clients repeat their connection after a second.
    server.listen({ port, host: "127.0.0.1", backlog: 4_096 }, () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(force);
}
