import { generateKeyPairSync } from "node:crypto";
import { type ApiShape, readDocumentShape } from "../../../cli/doctor/api-shape.ts";
import { examine } from "../../../cli/doctor/checks.ts";
import type { Read } from "../../../cli/doctor/read.ts";
import type { ApiReading, State } from "../../../cli/doctor/state.ts";
import { readLayout, stageVariables } from "../../../core/model/layout.ts";
import { renderTemplate } from "../../../core/policy-files/openapi/render-template.ts";
import { readConfig } from "../../../lambdas/authorizer/configuration.ts";
import { buildOf } from "../../support/compiled.ts";
import { authorizerEnvironment } from "../../support/configuration.ts";
import { API, BASE, policiesOf } from "../../support/policy-files.ts";

const SCHEMES = `components:
  securitySchemes:
    partners: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }
`;
const EXTERNAL = `  /partners:
    get: { x-portcullis: { backend: docs, auth: external }, security: [{ partners: [] }] }
`;

/** The policies of a small API with public, guarded and external routes, in two groups, and an access route. */
export const policies = policiesOf({
  ...BASE,
  "api.yaml":
    API.replace("x-portcullis:\n", "x-portcullis:\n  access: { path: /access }\n") + EXTERNAL + SCHEMES,
  "issuers.yaml": 'main: { preset: generic, tenants: "*", advertised: true }\n',
});
const { compiled, items } = buildOf(policies, "token");
const layout = compiled.layouts.token;
if (layout === undefined) throw new Error("The API has a layout for token");
const definition = compiled.definitions.token as Record<string, unknown>;

export const ALIAS_ARN = `arn:aws:lambda:eu-central-1:111122223333:function:quill-authorizer:layout-${layout.hash}`;
export const API_ARN = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234";
const CODE = "wDlx5gBq8Gc4n0pkGRuVbTZ1q7lqYt7Jcs8GkLmR4yE=";

const VALUES: Record<string, string | number> = {
  authorizer_uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${ALIAS_ARN}/invocations`,
  authorizer_ttl: 60,
  request_validator: "parameters",
  cors_error_origin: "*",
  cors_allowed_origins: "'*'",
  cors_allowed_headers: "Authorization",
  cors_max_age: "600",
  resource_metadata: "{}",
  challenge: "Bearer",
  sample_backend_uri: "arn:aws:sample",
  backend_docs_uri: "arn:aws:docs",
  backend_billing_url: "https://billing.example.com",
  backend_billing_connection_type: "",
  backend_billing_connection_id: "",
  backend_billing_http_key: "x-amazon-apigateway-integration",
  backend_billing_sample_key: "x-unused",
};

const deployedShape = (): ApiShape =>
  readDocumentShape(renderTemplate(definition, VALUES) as Record<string, unknown>);

const paths = [...new Set(policies.api.operations.map(({ route }) => route.path))];
const preflights = new Map(
  paths.map((path) => [
    path,
    {
      mock: true,
      methods: [
        ...policies.api.operations
          .filter(({ route }) => route.path === path)
          .map(({ route }) => String(route.method)),
        "OPTIONS",
      ],
    },
  ]),
);

export const VARIABLES: Readonly<Record<string, string>> = {
  TABLE_NAME: "quill-permissions",
  CACHING_MODE: "token",
  ISSUERS: JSON.stringify({ main: { url: "https://login.example.com", audiences: ["quill-api"] } }),
  PERMISSIONS_TTL_SECONDS: "30",
};
const config = readConfig(authorizerEnvironment(VARIABLES));

const key = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey.export({ format: "jwk" });

/** Returns the gathered state of a deployment without errors. */
export function soundState(): State {
  const [issuer] = config.trust.issuers;
  if (issuer === undefined) throw new Error("There is an issuer");
  const authorizerNames = [...deployedShape().authorizers.keys()];
  return {
    target: {
      ...{ environment: "dev", api: "abcdef1234", stage: "dev", table: "quill-permissions" },
      ...{ function: "quill-authorizer", url: undefined, adopted: false, mode: "token" },
      ...{ stalenessSeconds: 90, buildDigest: "d1", keeper: "publish" },
    },
    build: {
      mode: "token",
      http: false,
      alias: `layout-${layout?.hash}`,
      stageVariables: layout === undefined ? {} : stageVariables(readLayout(layout)),
      shape: readDocumentShape(definition),
      openMethods: compiled.openMethods.resources,
      codeSha256: CODE,
      digest: "d1",
      edited: [],
      environments: ["dev"],
    },
    policies,
    api: {
      value: {
        shape: deployedShape(),
        authorizerIds: new Map(authorizerNames.map((name, index) => [name, `id${index + 1}`])),
        preflights,
        keySource: "HEADER",
        keyed: [],
        policy: undefined,
      },
    },
    deployed: { value: deployedShape() },
    stage: {
      value: {
        variables: layout === undefined ? {} : stageVariables(readLayout(layout)),
        cacheCluster: false,
        methods: [{ name: "*/*", caching: false, dataTrace: false }],
        accessLog: true,
      },
    },
    authorizer: {
      value: {
        alias: {
          value: {
            arn: ALIAS_ARN,
            version: "7",
            otherVersions: [],
            codeSha256: CODE,
            variables: VARIABLES,
          },
        },
        newest: 7,
        policy: permissionFor(`${API_ARN}/authorizers/*`, `${API_ARN}/dev/GET/access`),
      },
    },
    logRole: { value: "arn:aws:iam::111122223333:role/quill-api-logs" },
    table: {
      value: {
        content: { ours: items, changedByHand: [], others: [], movable: [], hasRules: false, switches: [] },
        runTime: { items: [], generations: new Map(), switches: [], directories: [] },
        deletionProtection: true,
        pointInTimeRecovery: true,
        ttlAttribute: "expiresAt",
      },
    },
    config: { value: config },
    issuers: { value: [{ issuer, keys: { value: [key] }, discovery: undefined, clock: 0.2 }] },
    awsClock: { value: -0.4 },
    token: null,
    preflights: null,
  };
}

/** Returns a function policy with one statement for each source, for calls of API Gateway from there. */
export const permissionFor = (...sources: (string | undefined)[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: sources.map((source) => ({
      Sid: "quill-authorizes",
      Effect: "Allow",
      Principal: { Service: "apigateway.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: ALIAS_ARN,
      ...(source !== undefined && { Condition: { ArnLike: { "AWS:SourceArn": source } } }),
    })),
  });

/** Returns the value of a read. @throws if the read failed */
export function unwrap<T>(read: Read<T>): T {
  if ("failure" in read) throw new Error(read.failure.why);
  return read.value;
}

/** Returns the sound state with a change to the API, both live and deployed. */
export function withApi(
  change: (api: ApiReading) => Partial<ApiReading>,
  target: Partial<State["target"]> = {},
): State {
  const state = soundState();
  const api = unwrap(state.api);
  const changed = { ...api, ...change(api) };
  return {
    ...state,
    target: { ...state.target, ...target },
    api: { value: changed },
    deployed: { value: changed.shape },
  };
}

/** Returns the sound state with changed guards; null removes a route. */
export const withGuards = (changes: Readonly<Record<string, string | null>>): State =>
  withApi(({ shape }) => {
    const guards = new Map(shape.guards);
    for (const [route, guard] of Object.entries(changes))
      if (guard === null) guards.delete(route);
      else guards.set(route, guard);
    return { shape: { ...shape, guards } };
  });

/** Returns the sound state with one authorizer changed; null removes it. */
export const withAuthorizer = (name: string, change: object | null): State =>
  withApi(({ shape }) => {
    const authorizers = new Map(shape.authorizers);
    const found = authorizers.get(name);
    if (found === undefined) throw new Error(`There is no authorizer ${name}`);
    if (change === null) authorizers.delete(name);
    else authorizers.set(name, { ...found, ...change });
    return { shape: { ...shape, authorizers } };
  });

/** Returns the findings except notes and what was not checked, as `check severity: evidence → fix`. */
export const findingLines = (state: State): string[] =>
  examine(state).flatMap(({ check, findings }) =>
    findings
      .filter(({ severity }) => severity !== "note" && severity !== "unchecked")
      .map(({ severity, evidence, fix }) => `${check} ${severity}: ${evidence} → ${fix}`),
  );
