import { headerSpellings } from "../../core/policy-files/openapi/integrations.ts";
import type { OpenApiDocument } from "../../local/apigateway/rest/gateway.ts";
import { CHALLENGE } from "./lambdas.ts";

/** The stage variables that are identity sources of the definition's authorizers. */
export const STAGE_VARIABLES: Readonly<Record<string, string>> = { verify_a: "a-1", verify_b: "b-1" };

const TOKEN = "method.request.header.Authorization";

/** Identity sources by authorizer. `plain` and `twin` have the same ones on purpose. `verify_unset` is not set. */
const AUTHORIZERS = {
  plain: TOKEN,
  twin: TOKEN,
  stage_a: `stageVariables.verify_a, ${TOKEN}`,
  stage_b: `stageVariables.verify_b, ${TOKEN}`,
  stage_unset: `stageVariables.verify_unset, ${TOKEN}`,
  by_route: `${TOKEN}, context.httpMethod, context.resourcePath`,
} as const;

export type AuthorizerName = keyof typeof AUTHORIZERS;
export const AUTHORIZER_NAMES = Object.keys(AUTHORIZERS) as readonly AuthorizerName[];

/** A part that can be left out: an authorizer with its routes, or the challenge in the header of a 403. */
export type LabPart = AuthorizerName | "challenge";

/** Parts that are left out if API Gateway does not import their identity sources or mappings. */
export const DISPENSABLE: readonly LabPart[] = ["by_route", "stage_a", "stage_b", "stage_unset", "challenge"];

/** The authorizer of each method, by path. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, AuthorizerName>>>> = {
  "/p/{one}": { get: "plain" },
  "/q/{one}": { get: "plain" },
  "/g/{proxy+}": { get: "plain" },
  "/twin": { get: "twin" },
  "/stage/a": { get: "stage_a" },
  "/stage/b": { get: "stage_b" },
  "/stage/unset": { get: "stage_unset" },
  "/keyed": { get: "by_route" },
  "/keyed/{one}": { get: "by_route" },
  "/t/lit/deep": { get: "plain" },
  "/t/{one}/other": { get: "plain" },
  "/u/lit": { patch: "plain" },
  "/u/{proxy+}": { get: "plain" },
  "/v/lit": { "x-amazon-apigateway-any-method": "plain" },
  "/v/{proxy+}": { get: "plain" },
  "/w/me": { patch: "plain" },
  "/w/{one}": { get: "plain" },
};

const RESPONSES = { default: { description: "Any response" } };

export interface DefinitionOptions {
  readonly authorizerUri: string;
  readonly echoUri: string;
  /** The URL of the stage itself, where an HTTP integration requests `/echo`. */
  readonly selfUrl: string;
  /** Parts to leave out. */
  readonly without: ReadonlySet<LabPart>;
}

/** Returns the OpenAPI definition of the temporary API. */
export function labDefinition({
  authorizerUri,
  echoUri,
  selfUrl,
  without,
}: DefinitionOptions): OpenApiDocument {
  const lambda = { type: "aws_proxy", httpMethod: "POST", uri: echoUri };
  const guarded = (path: string, authorizer: AuthorizerName, integration: object = lambda): object => ({
    parameters: pathParameters(path),
    responses: RESPONSES,
    security: [{ [authorizer]: [] }],
    "x-amazon-apigateway-integration": integration,
  });
  const routes = Object.entries(ROUTES).map(([path, methods]) => {
    const included = Object.entries(methods).filter(([, authorizer]) => !without.has(authorizer));
    return [
      path,
      Object.fromEntries(included.map(([method, name]) => [method, guarded(path, name)])),
    ] as const;
  });
  return {
    openapi: "3.0.3",
    info: { title: "portcullis-verify", version: "1" },
    paths: {
      ...Object.fromEntries(routes.filter(([, methods]) => Object.keys(methods).length > 0)),
      "/echo": { get: { responses: RESPONSES, "x-amazon-apigateway-integration": lambda } },
      "/headers": { get: guarded("/headers", "plain", httpIntegration(selfUrl)) },
    },
    components: {
      securitySchemes: Object.fromEntries(
        AUTHORIZER_NAMES.filter((name) => !without.has(name)).map((name) => [
          name,
          securityScheme(name, authorizerUri),
        ]),
      ),
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses(without),
  };
}

const securityScheme = (name: AuthorizerName, authorizerUri: string): object => ({
  type: "apiKey",
  name: "Unused",
  in: "header",
  "x-amazon-apigateway-authtype": "custom",
  "x-amazon-apigateway-authorizer": {
    type: "request",
    authorizerUri,
    identitySource: AUTHORIZERS[name],
    authorizerResultTtlInSeconds: 300,
  },
});

/** Maps the tenant to a header in the same way as Portcullis does for HTTP backends. */
const httpIntegration = (selfUrl: string): object => ({
  type: "http_proxy",
  httpMethod: "GET",
  uri: `${selfUrl}/echo`,
  requestParameters: Object.fromEntries(
    headerSpellings("X-Tenant-Id").map((name) => [
      `integration.request.header.${name}`,
      "context.authorizer.tenantId",
    ]),
  ),
});

function pathParameters(path: string): object[] {
  const names = [...path.matchAll(/\{([a-z]+)\+?\}/g)].map(([, name = ""]) => name);
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

/** Error bodies with the type of the response, and for a denial also the authorizer's context. */
function gatewayResponses(without: ReadonlySet<LabPart>): object {
  const type = '"type":"$context.error.responseType"';
  const context = '"callId":"$context.authorizer.callId","seen":"$context.authorizer.seen"';
  const response = (body: string): object => ({ responseTemplates: { "application/json": `{${body}}` } });
  const header = (value: string): object => ({
    responseParameters: { "gatewayresponse.header.WWW-Authenticate": value },
  });
  return {
    ACCESS_DENIED: {
      ...response(`${type},${context}`),
      ...(!without.has("challenge") && header("context.authorizer.challenge")),
    },
    UNAUTHORIZED: { ...response(type), ...header(`'${CHALLENGE}'`) },
    DEFAULT_4XX: response(type),
    DEFAULT_5XX: response(type),
  };
}
