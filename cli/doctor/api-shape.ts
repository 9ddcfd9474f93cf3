import type { Authorizer, GatewayResponse, Resource } from "@aws-sdk/client-api-gateway";
import type { Authorizer as HttpAuthorizer, Route as HttpRoute } from "@aws-sdk/client-apigatewayv2";
import { METHODS } from "../../core/model/route.ts";
import { ANY_METHOD } from "../../core/policy-files/model/operation.ts";
import { isOurScheme } from "../../core/policy-files/openapi/external-auth.ts";

type Json = Readonly<Record<string, unknown>>;

/** The parts of an API that decide about access. The build, the live API and a stage's export all have this form. */
export interface ApiShape {
  /** The authorizer's name, `AWS_IAM`, or `NONE`, by `METHOD /path`. `ANY` is expanded to its methods. */
  readonly guards: ReadonlyMap<string, string>;
  readonly authorizers: ReadonlyMap<string, AuthorizerShape>;
  /** The customised gateway responses by type. */
  readonly responses: ReadonlyMap<string, ResponseShape>;
}

export interface AuthorizerShape {
  readonly type: string;
  readonly uri: string;
  /** The identity sources in order, because they are the key of the cache. */
  readonly sources: readonly string[];
  /** In seconds, or the build's placeholder. */
  readonly ttl: number | string;
  /** The role that calls the function; undefined if the function's policy allows the call. */
  readonly credentials: string | undefined;
}

export interface ResponseShape {
  readonly template: string;
  readonly headers: Json;
}

export const OPEN = "NONE";
/** API Gateway's default, in seconds. */
const DEFAULT_TTL = 300;

/** Reads the shape from an OpenAPI document: the build's template, or a stage's export. */
export function readDocumentShape(document: Json): ApiShape {
  const schemes = readObject(readObject(document, "components"), "securitySchemes") as Record<string, Json>;
  const guards = Object.entries(readObject(document, "paths")).flatMap(([path, item]) => {
    const operations = Object.entries(item as Json).filter(([key]) => key === ANY_METHOD || isMethod(key));
    const methods = operations.map(
      ([key, operation]) =>
        [key === ANY_METHOD ? "ANY" : key.toUpperCase(), readGuard(operation as Json, schemes)] as const,
    );
    return expandAny(path, methods);
  });
  return {
    guards: new Map(guards),
    authorizers: new Map(
      Object.entries(schemes).flatMap(([name, scheme]) => {
        const settings = scheme["x-amazon-apigateway-authorizer"];
        return settings === undefined ? [] : [[name, readAuthorizer(settings as Json)] as const];
      }),
    ),
    responses: new Map(
      Object.entries(readObject(document, "x-amazon-apigateway-gateway-responses")).map(
        ([type, response]) => [type, readResponse(response as Json)],
      ),
    ),
  };
}

const isMethod = (key: string): boolean => (METHODS as readonly string[]).includes(key.toUpperCase());

const readObject = (value: Json, name: string): Json => (value[name] ?? {}) as Json;

/**
 * In a REST API only schemes with an authtype have an authorizer. Any other, such as one for API keys, allows all
 * requests.
 */
function readGuard(operation: Json, schemes: Readonly<Record<string, Json>>): string {
  const requirements = (operation["security"] ?? []) as readonly Json[];
  const names = requirements.flatMap((requirement) => Object.keys(requirement));
  const name = names.find(
    (one) =>
      typeof schemes[one]?.["x-amazon-apigateway-authtype"] === "string" || isHttpScheme(schemes[one] ?? {}),
  );
  if (name === undefined) return OPEN;
  return schemes[name]?.["x-amazon-apigateway-authtype"] === "awsSigv4" ? "AWS_IAM" : name;
}

/** Only authorizers of HTTP APIs have the type JWT or a payload format. */
function isHttpScheme(scheme: Json): boolean {
  const settings = readObject(scheme, "x-amazon-apigateway-authorizer");
  return settings["type"] === "jwt" || settings["authorizerPayloadFormatVersion"] !== undefined;
}

const readAuthorizer = (settings: Json): AuthorizerShape => ({
  type: String(settings["type"] ?? "").toUpperCase(),
  uri: String(settings["authorizerUri"] ?? ""),
  sources: splitSources(settings["identitySource"]),
  ttl: (settings["authorizerResultTtlInSeconds"] ?? DEFAULT_TTL) as number | string,
  credentials: settings["authorizerCredentials"] as string | undefined,
});

const splitSources = (text: unknown): string[] =>
  typeof text !== "string" || text.trim() === "" ? [] : text.split(",").map((source) => source.trim());

const readResponse = (response: Json): ResponseShape => ({
  template: String(readObject(response, "responseTemplates")["application/json"] ?? ""),
  headers: readObject(response, "responseParameters"),
});

/** Expands `ANY` to every method that the path does not declare. */
function expandAny(path: string, methods: readonly (readonly [string, string])[]): [string, string][] {
  const declared = new Set(methods.map(([method]) => method));
  return methods.flatMap(([method, guard]) => {
    const expanded = method === "ANY" ? METHODS.filter((one) => !declared.has(one)) : [method];
    return expanded.map((one): [string, string] => [`${one} ${path}`, guard]);
  });
}

/** Reads the shape of the live API, which the next deployment of a stage would have. */
export function readLiveShape(
  resources: readonly Resource[],
  authorizers: readonly Authorizer[],
  responses: readonly GatewayResponse[],
): ApiShape {
  const namesById = new Map(authorizers.map(({ id, name = "" }) => [id, name]));
  return {
    guards: new Map(
      resources.flatMap(({ path = "", resourceMethods = {} }) => {
        const methods = Object.entries(resourceMethods).map(
          ([method, { authorizationType = OPEN, authorizerId }]) =>
            [method, namesById.get(authorizerId) ?? describeGuard(authorizationType, authorizerId)] as const,
        );
        return expandAny(path, methods);
      }),
    ),
    authorizers: new Map(
      authorizers.map((one) => [
        one.name ?? "",
        {
          type: one.type ?? "",
          uri: one.authorizerUri ?? "",
          sources: splitSources(one.identitySource),
          ttl: one.authorizerResultTtlInSeconds ?? DEFAULT_TTL,
          credentials: one.authorizerCredentials,
        },
      ]),
    ),
    responses: new Map(
      responses
        .filter(({ defaultResponse }) => defaultResponse !== true)
        .map((one) => [one.responseType ?? "", readResponse(one as unknown as Json)]),
    ),
  };
}

/** Reads the shape of a live HTTP API. */
export function readHttpShape(
  routes: readonly HttpRoute[],
  authorizers: readonly HttpAuthorizer[],
): ApiShape {
  const namesById = new Map(authorizers.map(({ AuthorizerId, Name = "" }) => [AuthorizerId, Name]));
  const methodsByPath = new Map<string, [method: string, guard: string][]>();
  for (const { RouteKey = "", AuthorizationType = OPEN, AuthorizerId } of routes) {
    const [method = "", path = ""] = RouteKey.split(" ");
    const guard = namesById.get(AuthorizerId) ?? describeGuard(AuthorizationType, AuthorizerId);
    methodsByPath.set(path, [...(methodsByPath.get(path) ?? []), [method, guard]]);
  }
  return {
    guards: new Map([...methodsByPath].flatMap(([path, methods]) => expandAny(path, methods))),
    authorizers: new Map(
      authorizers.map((one) => [
        one.Name ?? "",
        {
          type: one.AuthorizerType ?? "",
          uri: one.AuthorizerUri ?? "",
          sources: one.IdentitySource ?? [],
          ttl: one.AuthorizerResultTtlInSeconds ?? DEFAULT_TTL,
          credentials: one.AuthorizerCredentialsArn,
        },
      ]),
    ),
    responses: new Map(),
  };
}

/** Returns the authorizers that call Portcullis's function, by name. */
export const lambdaAuthorizers = ({ authorizers }: ApiShape): [string, AuthorizerShape][] =>
  [...authorizers].filter(([name, { type }]) => isOurScheme(name) && type !== "JWT");

/** A method may name an authorizer that does not exist; then all its requests fail. */
const describeGuard = (type: string, authorizer: string | undefined): string =>
  authorizer === undefined ? type : `${type}, by the authorizer ${authorizer}, which does not exist`;
