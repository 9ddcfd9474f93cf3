import type { BackendKind } from "../core/files/api.ts";
import { isOurScheme } from "../core/files/external-auth.ts";
import { INTEGRATION_KEY, placeholderName, UNUSED_KEY } from "../core/files/integrations.ts";
import type { IssuerDefinition } from "../core/files/issuers.ts";
import { renderTemplate } from "../core/files/render-template.ts";
import { readLayout, stageVariables } from "../core/layout.ts";
import type { Artefacts } from "../scripts/build/artefacts.ts";
import {
  type AccessLogEntry,
  createGateway,
  type EncodedPaths,
  type Gateway,
  type OpenApiDocument,
} from "./gateway/gateway.ts";
import { LOCAL_AUDIENCE } from "./identity-provider.ts";
import { issuerUrl, type LocalIssuers } from "./identity-server.ts";
import { createFunction, type LocalFunction } from "./lambda/function.ts";
import { TABLE_NAME } from "./table.ts";

const REGION = "us-east-1";
const ACCOUNT = "000000000000";

/** What is deployed, and where the things that it talks to are. */
export interface DeploymentOptions {
  readonly artefacts: Artefacts;
  /** `http://127.0.0.1:PORT` of the server that all of the stack is behind. */
  readonly origin: string;
  readonly issuers: Iterable<IssuerDefinition>;
  readonly backends: ReadonlyMap<string, BackendKind>;
  /** URLs of backends of kind `http`; the sample backend answers for those that have none. */
  readonly backendUrls: ReadonlyMap<string, string>;
  /** Of API Gateway's cached answers, in seconds. */
  readonly ttl: number;
  /** Of the permissions that the authorizer remembers, in seconds; undefined: its own default. */
  readonly permissionsTtl?: number | undefined;
  /** Whether the authorizer decides by the candidate in the table too. */
  readonly shadow: boolean;
  /** What AWS was seen to make of encoded slashes; `unknown`: the gateway lets through what holds either way. */
  readonly encodedPaths: EncodedPaths;
  readonly onAccessLog: (entry: AccessLogEntry) => void;
  readonly onLambdaLog: (line: string) => void;
}

/** The build's artefacts, running. */
export interface Deployment {
  readonly gateway: Gateway;
  /** Kills the authorizer's workers, as crashes would. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

const functionArn = (name: string, alias: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}:${alias}`;
const invocationUri = (arn: string): string =>
  `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${arn}/invocations`;

/** Starts the build's Lambdas and a gateway that serves its API definition. */
export function deploy(options: DeploymentOptions): Deployment {
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
  const authorizerArn = functionArn("portcullis-authorizer", `layout-${layout.hash}`);
  const sampleArn = functionArn("portcullis-sample-backend", "live");
  const definition = renderTemplate(
    artefacts.compiled.definitions[mode],
    templateValues(options, authorizerArn, sampleArn),
  ) as OpenApiDocument;
  const gateway = createGateway({
    definition,
    notRunHere: schemesOfOthers(definition),
    functions: new Map<string, LocalFunction>([
      [authorizerArn, authorizer],
      [sampleArn, sample],
    ]),
    stage: {
      name: "local",
      variables: stageVariables(readLayout(layout)),
      throttle: { rate: 10_000, burst: 5_000 },
    },
    region: REGION,
    accountId: ACCOUNT,
    apiId: "portcullis",
    encodedPaths: options.encodedPaths,
    onAccessLog: options.onAccessLog,
  });
  return {
    gateway,
    interrupt: () => authorizer.interrupt(),
    close: async () => void (await Promise.all([authorizer.close(), sample.close()])),
  };
}

/** Security schemes that are not ours: what guards by them is not known here. */
export function schemesOfOthers({ components }: OpenApiDocument): ReadonlySet<string> {
  const { securitySchemes = {} } = (components ?? {}) as { readonly securitySchemes?: object };
  return new Set(Object.keys(securitySchemes).filter((name) => !isOurScheme(name)));
}

/** The configuration of the trusted issuers, as Terraform would give it. */
export function trustedIssuers(origin: string, issuers: Iterable<IssuerDefinition>): LocalIssuers {
  const trusted = [...issuers].map(({ name }) => [
    name,
    { url: issuerUrl(origin, name), audiences: [LOCAL_AUDIENCE], algorithms: ["RS256"] },
  ]);
  return Object.fromEntries(trusted);
}

function authorizerEnvironment(options: DeploymentOptions): Record<string, string> {
  const { artefacts, origin, issuers, permissionsTtl } = options;
  return {
    ...(permissionsTtl !== undefined && { PERMISSIONS_TTL_SECONDS: String(permissionsTtl) }),
    TABLE_NAME,
    CACHING_MODE: artefacts.compiled.mode,
    ISSUERS: JSON.stringify(trustedIssuers(origin, issuers)),
    SHADOW: options.shadow ? "on" : "off",
    PORTCULLIS_LOCAL: "1",
    AWS_ENDPOINT_URL_DYNAMODB: origin,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
}

function templateValues(
  { ttl, backends, backendUrls }: DeploymentOptions,
  authorizerArn: string,
  sampleArn: string,
): Record<string, string | number> {
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
    authorizer_ttl: ttl,
    sample_backend_uri: invocationUri(sampleArn),
    cors_allowed_origins: "'*'",
    cors_error_origin: "*",
    cors_allowed_headers: "Authorization,Content-Type",
    cors_max_age: "600",
    ...Object.fromEntries(perBackend),
  };
}
