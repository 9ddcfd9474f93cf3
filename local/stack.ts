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
import { MAIN_ISSUER } from "../core/policy-files/model/issuers.ts";
import type { PolicySet } from "../core/policy-files/model/policy-set.ts";
import { makeArtefacts } from "../packaging/artefacts.ts";
import type { AccessLogEntry } from "./apigateway/rest/gateway.ts";
import type { ConsoleServer } from "./console/console.ts";
import { foreign } from "./console/own-requests.ts";
import { setStrictHeaders } from "./console/strict-headers.ts";
import { deploy, type LocalDeployment, trustedIssuers } from "./deployment.ts";
import { createIdentityProvider, type IdentityProvider } from "./identity-provider/identity-provider.ts";
import {
  answer,
  handleIdentityRequest,
  ISSUERS_PATH,
  issuerUrl,
  type LocalIssuers,
} from "./identity-provider/identity-server.ts";
import { createEmbeddedTable, createTable, isTableRequest, seedTable, TABLE_NAME } from "./table/table.ts";
import { USAGE_KEY_OWNER, type UsagePer, usageKeyItems } from "./table/usage-plans.ts";

export interface StackOptions {
  /** The environment that runs, and the others: the layout is one for all of them. */
  readonly policies: PolicySets;
  readonly cache: CacheFlag;
  readonly layout?: LayoutOptions;
  /** What kind of API runs; a REST API by default. */
  readonly front?: ApiType;
  /** Of API Gateway's cached answers, in seconds. */
  readonly ttl: number;
  /** Of the permissions that the authorizer remembers, in seconds; absent: its own default. */
  readonly permissionsTtl?: number;
  /** Decides by the candidate in the table too. */
  readonly shadow?: boolean;
  /** 0: any free one. */
  readonly port: number;
  readonly backendUrls?: ReadonlyMap<string, string>;
  /** Whether plans are enforced, and for whom each by itself; absent: they are not. */
  readonly usagePlans?: UsagePer | undefined;
  /** Whether bodies are checked by their schemas. */
  readonly validateBodies?: boolean;
  readonly onAccessLog?: (entry: AccessLogEntry) => void;
  readonly onLambdaLog?: (line: string) => void;
  /** Is served below `/_portcullis/`, and told of all that happens; it ends with the stack. */
  readonly console?: ConsoleServer;
  /** Sees each request first, and may answer it in the stack's place (true): how outages are made. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** The whole product on one port of loopback. */
export interface Stack {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly mode: CachingMode;
  /** Why `auto` does not take `token`. */
  readonly why: string | undefined;
  readonly issuers: readonly IssuerDefinition[];
  /** Deploys another state of the files: table, definition and bundles; all caches start empty. */
  update(policies: PolicySets): Promise<void>;
  provider(issuer: string): IdentityProvider | undefined;
  readonly dynamodb: DynamoDBClient;
  /** Kills the authorizer's workers, as crashes would: what was under way fails. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** Starts table, identity provider, gateway and Lambdas. @throws where the port is taken */
export async function startStack(options: StackOptions): Promise<Stack> {
  // On Node 20 the SDK tells every time that it will want Node 22 in 2027.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const table = createEmbeddedTable();
  const providers = new Map<string, IdentityProvider>();
  let deployment: LocalDeployment | undefined;
  const retiring = new Set<Promise<void>>();
  const layoutOptions = options.layout ?? DEFAULT_LAYOUT_OPTIONS;
  const compileAll = (policies: PolicySets) =>
    compile(policies, options.cache, layoutOptions, options.front ?? "rest");
  let current = await compileAll(options.policies);

  // Node's own limit of 16 kB would answer before the gateway can.
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    if (options.intercept?.(request, response)) return undefined;
    if (isTableRequest(request)) return table.handle(request, response);
    if (request.url?.startsWith("/_portcullis"))
      return void handleOwn(request, response, {
        console: options.console,
        providers,
        issuers: () => trustedIssuers(origin, current.issuers),
      });
    if (deployment === undefined) return answer(response, 503, { error: "starting" });
    return deployment.gateway.handle(request, response);
  });
  const origin = await listen(server, options.port);
  const dynamodb = new DynamoDBClient({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await createTable(dynamodb, TABLE_NAME);

  const put = async (next: Compiled): Promise<void> => {
    const { policies } = next;
    const per = options.usagePlans;
    const items = next.artefacts.compiled.items.get(policies.environment) ?? [];
    await seedTable(dynamodb, TABLE_NAME, items);
    if (per !== undefined)
      await seedTable(dynamodb, TABLE_NAME, usageKeyItems(policies, per), USAGE_KEY_OWNER);
    for (const { name } of next.issuers)
      if (!providers.has(name))
        providers.set(
          name,
          createIdentityProvider(
            issuerUrl(origin, name),
            () => current.issuers.find((issuer) => issuer.name === name) ?? MAIN_ISSUER,
          ),
        );
    const previous = deployment;
    deployment = deploy({
      artefacts: next.artefacts,
      origin,
      issuers: next.issuers,
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
  await put(current);

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
    update: async (policies) => put(await compileAll(policies)),
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

/** The local stack always has the issuer `main`, so that every folder can be tried with tokens of its own. */
export function withMainIssuer(policies: PolicySet): PolicySet {
  const { issuers } = policies;
  return issuers.has(MAIN_ISSUER.name)
    ? policies
    : { ...policies, issuers: new Map([...issuers, [MAIN_ISSUER.name, MAIN_ISSUER]]) };
}

async function compile(
  [policies, ...others]: PolicySets,
  cache: CacheFlag,
  layout: LayoutOptions,
  apiType: ApiType,
) {
  const own = withMainIssuer(policies);
  const artefacts = await makeArtefacts(compilePolicies([own, ...others], cache, layout, apiType));
  return { policies, artefacts, issuers: [...own.issuers.values()] };
}

interface OwnParts {
  readonly console: ConsoleServer | undefined;
  readonly providers: ReadonlyMap<string, IdentityProvider>;
  readonly issuers: () => LocalIssuers;
}

async function handleOwn(
  request: IncomingMessage,
  response: ServerResponse,
  { console, providers, issuers }: OwnParts,
): Promise<void> {
  setStrictHeaders(response);
  const refused = foreign(request);
  if (refused !== undefined) return answer(response, 403, { error: refused });
  try {
    if (request.url === ISSUERS_PATH) return answer(response, 200, issuers());
    if (request.url?.startsWith(`${ISSUERS_PATH}/`))
      return await handleIdentityRequest(request, response, (name) => providers.get(name));
    if (await console?.handle(request, response)) return;
    return answer(response, 404, {
      error: `There is ${ISSUERS_PATH} and ${ISSUERS_PATH}/<name>/.well-known/openid-configuration`,
    });
  } catch (error) {
    return answer(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () =>
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
