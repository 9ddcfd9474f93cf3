import type { ServerResponse } from "node:http";
import { BY_DIRECTORY } from "../core/model/directory.ts";
import { readLayout, stageVariables } from "../core/model/layout.ts";
import { isHttpApi } from "../core/policy-files/compile/api-types.ts";
import type { IssuerDefinition } from "../core/policy-files/model/issuer-presets.ts";
import { issuerPlaceholder } from "../core/policy-files/model/jwt-routes.ts";
import type { BackendKind } from "../core/policy-files/model/operation.ts";
import type { PolicySet } from "../core/policy-files/model/policy-set.ts";
import { isOurScheme } from "../core/policy-files/openapi/external-auth.ts";
import { INTEGRATION_KEY, placeholderName, UNUSED_KEY } from "../core/policy-files/openapi/integrations.ts";
import { renderTemplate, type TemplateValue } from "../core/policy-files/openapi/render-template.ts";
import { METADATA_PATH } from "../core/policy-files/openapi/resource-metadata.ts";
import type { Artefacts } from "../packaging/artefacts.ts";
import { createHttpGateway } from "./apigateway/http/gateway.ts";
import {
  type AccessLogEntry,
  type ArnDecoding,
  createGateway,
  type Gateway,
  type OpenApiDocument,
} from "./apigateway/rest/gateway.ts";
import { LOCAL_AUDIENCE } from "./identity-provider/identity-provider.ts";
import {
  issuerUrl,
  type LocalIssuers,
  type RealIssuers,
  realIssuerConfig,
} from "./identity-provider/identity-server.ts";
import { createFunction, type LocalFunction } from "./lambda/function.ts";
import { TABLE_NAME } from "./table/table.ts";
import { requireApiKeys, type UsagePer, usageEnvironment, usagePlans } from "./table/usage-plans.ts";

const REGION = "us-east-1";
const ACCOUNT = "000000000000";

/** The artefacts to deploy, and the addresses of the services that they use. */
export interface DeploymentOptions {
  readonly artefacts: Artefacts;
  /** `http://127.0.0.1:PORT` of the server for the whole stack. */
  readonly origin: string;
  readonly issuers: Iterable<IssuerDefinition>;
  /** The issuers that are real identity providers. */
  readonly trust: RealIssuers;
  readonly backends: ReadonlyMap<string, BackendKind>;
  /** The URLs of backends of kind `http`; the sample backend replaces those without one. */
  readonly backendUrls: ReadonlyMap<string, string>;
  /** The TTL of API Gateway's cached authorizer responses, in seconds. */
  readonly ttl: number;
  /** The TTL of the authorizer's cached permissions, in seconds; its own default when undefined. */
  readonly permissionsTtl?: number | undefined;
  /** Whether the authorizer also evaluates the shadow candidate in the table. */
  readonly shadow: boolean;
  /** How AWS was seen to handle encoded slashes. `unknown`: a policy must allow both spellings. */
  readonly encodedPaths: ArnDecoding;
  /** The policies whose plans are enforced, and the owners of the limits; undefined: plans are not enforced. */
  readonly usage: { readonly policies: PolicySet; readonly per: UsagePer } | undefined;
  /** Whether bodies are checked by the models of the API definition. */
  readonly validateBodies: boolean;
  readonly onAccessLog: (entry: AccessLogEntry) => void;
  readonly onLambdaLog: (line: string) => void;
}

/** The running artefacts of a build. */
export interface LocalDeployment {
  readonly gateway: Gateway;
  /** Kills the authorizer's workers, as crashes would. */
  interrupt(): Promise<void>;
  /** Closes when all running requests have their responses, after another deployment has replaced this one. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

const functionArn = (name: string, alias: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}:${alias}`;
const invocationUri = (arn: string): string =>
  `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${arn}/invocations`;

const METADATA_ARN = functionArn("portcullis-resource-metadata", "live");

/** Starts the build's Lambdas and a gateway that serves its API definition. */
export function deploy(options: DeploymentOptions): LocalDeployment {
  const { artefacts, onLambdaLog } = options;
  const { mode } = artefacts.compiled;
  const layout = artefacts.compiled.layouts[mode];
  if (layout === undefined) throw new Error(`The build has no layout for ${mode}`);
  const authorizer = createFunction({
    name: "portcullis-authorizer",
    zip: artefacts.authorizer,
    environment: authorizerEnvironment(options),
    timeoutMs: 5_000,
    memoryMb: 512,
    onLog: onLambdaLog,
  });
  const sample = createFunction({
    name: "portcullis-sample-backend",
    zip: artefacts.sampleBackend,
    environment: {},
    timeoutMs: 3_000,
    onLog: onLambdaLog,
  });
  const metadata =
    artefacts.resourceMetadata &&
    createFunction({
      name: "portcullis-resource-metadata",
      zip: artefacts.resourceMetadata,
      environment: { RESOURCE_METADATA: String(metadataValues(options)["resource_metadata"]) },
      timeoutMs: 3_000,
      onLog: onLambdaLog,
    });
  const authorizerArn = functionArn("portcullis-authorizer", `layout-${layout.hash}`);
  const sampleArn = functionArn("portcullis-sample-backend", "live");
  const { usage } = options;
  const definition = renderTemplate(
    artefacts.compiled.definitions[mode],
    templateValues(options, authorizerArn, sampleArn),
  ) as OpenApiDocument;
  const apiType = artefacts.compiled.apiType;
  const create = isHttpApi(apiType) ? createHttpGateway : createGateway;
  const gateway = create({
    definition: usage === undefined ? definition : requireApiKeys(definition),
    notRunHere: foreignSchemes(definition),
    jwksUris: jwksUris(trustedIssuers(options.origin, options.issuers, options.trust)),
    functions: new Map<string, LocalFunction>([
      [authorizerArn, authorizer],
      [sampleArn, sample],
      ...(metadata ? [[METADATA_ARN, metadata] as const] : []),
    ]),
    stage: {
      name: isHttpApi(apiType) ? "$default" : "local",
      variables: stageVariables(readLayout(layout)),
      throttle: { rate: 10_000, burst: 5_000 },
      ...(usage && { usagePlans: usagePlans(usage.policies, usage.per) }),
    },
    region: REGION,
    accountId: ACCOUNT,
    apiId: "portcullis",
    encodedPaths: options.encodedPaths,
    onAccessLog: options.onAccessLog,
  });
  const close = async (): Promise<void> =>
    void (await Promise.all([authorizer, sample, metadata].map((one) => one?.close())));
  const counted = countRequests(gateway);
  return {
    gateway: counted.gateway,
    interrupt: () => authorizer.interrupt(),
    retire: () => counted.idle().then(close),
    close,
  };
}

/** Counts the running requests; `idle` waits until there are none. */
function countRequests(gateway: Gateway): { gateway: Gateway; idle(): Promise<void> } {
  const running = new Set<ServerResponse>();
  let waiting: (() => void)[] = [];
  const handle: Gateway["handle"] = (request, response) => {
    running.add(response);
    response.once("close", () => {
      running.delete(response);
      if (running.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
    gateway.handle(request, response);
  };
  const idle = (): Promise<void> =>
    running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
  return { gateway: { ...gateway, handle }, idle };
}

/** Returns the security schemes that are not Portcullis' own, which cannot be run here. */
export function foreignSchemes({ components }: OpenApiDocument): ReadonlySet<string> {
  const { securitySchemes = {} } = (components ?? {}) as { readonly securitySchemes?: object };
  return new Set(Object.keys(securitySchemes).filter((name) => !isOurScheme(name)));
}

/** Builds the configuration of the trusted issuers, as Terraform does. */
export function trustedIssuers(
  origin: string,
  issuers: Iterable<IssuerDefinition>,
  real: RealIssuers = new Map(),
): LocalIssuers {
  const trusted = [...issuers].map(({ name, tenants }) => {
    const found = real.get(name);
    const url = issuerUrl(origin, name) + (tenants === BY_DIRECTORY ? "/{directory}" : "");
    const minted = { url, audiences: [LOCAL_AUDIENCE], algorithms: ["RS256"] };
    return [name, found === undefined ? minted : realIssuerConfig(origin, name, found)];
  });
  return Object.fromEntries(trusted);
}

/** Returns the URLs of the keys that discovery does not find, by the issuer's URL. */
const jwksUris = (issuers: LocalIssuers): ReadonlyMap<string, string> =>
  new Map(
    Object.values(issuers).flatMap(({ url, jwksUri }) => (jwksUri === undefined ? [] : [[url, jwksUri]])),
  );

function authorizerEnvironment(options: DeploymentOptions): Record<string, string> {
  const { artefacts, origin, issuers, trust, permissionsTtl, usage } = options;
  return {
    ...(permissionsTtl !== undefined && { PERMISSIONS_TTL_SECONDS: String(permissionsTtl) }),
    TABLE_NAME,
    CACHING_MODE: artefacts.compiled.mode,
    ISSUERS: JSON.stringify(trustedIssuers(origin, issuers, trust)),
    SHADOW: options.shadow ? "on" : "off",
    PORTCULLIS_LOCAL: "1",
    AWS_ENDPOINT_URL_DYNAMODB: origin,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    ...(usage && usageEnvironment(usage.per)),
    ...accessEnvironment(options),
  };
}

/** Builds the origins of pages that may read a REST API's access route, to whose responses API Gateway adds no header. */
function accessEnvironment({ artefacts }: DeploymentOptions): Record<string, string> {
  const { access, apiType } = artefacts.compiled;
  if (access === undefined || isHttpApi(apiType)) return {};
  return { ACCESS_ORIGINS: REST_CORS.cors_error_origin };
}

const REST_CORS = {
  cors_allowed_origins: "'*'",
  cors_error_origin: "*",
  cors_allowed_headers: "Authorization,Content-Type",
  cors_max_age: "600",
};
const HTTP_CORS = {
  cors_allowed_origins: ["*"],
  cors_allowed_headers: ["authorization", "content-type"],
  cors_max_age: 600,
};

/** Builds the values for routes that use API Gateway's own JWT authorizer. */
function issuerValues({ origin, issuers, trust }: DeploymentOptions): Record<string, TemplateValue> {
  return Object.fromEntries(
    Object.entries(trustedIssuers(origin, issuers, trust)).flatMap(([name, { url, audiences }]) => [
      [`issuer_${issuerPlaceholder(name)}_url`, url],
      [`issuer_${issuerPlaceholder(name)}_audiences`, audiences],
    ]),
  );
}

/** Builds the values of the metadata document and of the challenge that names it, whatever host a request names. */
function metadataValues(options: DeploymentOptions): Record<string, string> {
  const { origin, artefacts } = options;
  const { metadata } = artefacts.compiled;
  if (metadata === undefined) return {};
  const values = { ...issuerValues(options), resource_url: origin };
  return {
    resource_metadata: String(renderTemplate(metadata.template, values)),
    resource_metadata_uri: invocationUri(METADATA_ARN),
    challenge: `Bearer resource_metadata="${origin}${METADATA_PATH}"`,
  };
}

function templateValues(
  options: DeploymentOptions,
  authorizerArn: string,
  sampleArn: string,
): Record<string, TemplateValue> {
  const { artefacts, ttl, backends, backendUrls, validateBodies } = options;
  const { apiType, mode } = artefacts.compiled;
  const perBackend = [...backends].flatMap(([backend, kind]): [string, string][] => {
    const name = placeholderName(backend);
    if (kind === "lambda") return [[`backend_${name}_uri`, invocationUri(sampleArn)]];
    const url = backendUrls.get(backend);
    return [
      [`backend_${name}_url`, url ?? "http://127.0.0.1"],
      [`backend_${name}_connection_type`, ""],
      [`backend_${name}_connection_id`, ""],
      [`backend_${name}_http_key`, url === undefined ? UNUSED_KEY : INTEGRATION_KEY],
      [`backend_${name}_sample_key`, url === undefined ? INTEGRATION_KEY : UNUSED_KEY],
    ];
  });
  return {
    authorizer_uri: invocationUri(authorizerArn),
    authorizer_ttl: mode === "off" ? 0 : ttl,
    sample_backend_uri: invocationUri(sampleArn),
    request_validator: validateBodies ? "parameters_and_bodies" : "parameters",
    ...(isHttpApi(apiType) ? HTTP_CORS : REST_CORS),
    ...issuerValues(options),
    ...metadataValues(options),
    ...Object.fromEntries(perBackend),
  };
}
