import type { Authorizer, GatewayResponse, Resource } from "@aws-sdk/client-api-gateway";
import { METHODS } from "../../core/model/route.ts";
import { ANY_METHOD } from "../../core/policy-files/model/operation.ts";

type Json = Readonly<Record<string, unknown>>;

/** What of an API decides who gets in, in one form whether it comes of the build, of the live API or of a stage's export. */
export interface ApiShape {
  /** By `METHOD /path`, any-methods spelled out: the authorizer's name, `AWS_IAM`, or `NONE`. */
  readonly guards: ReadonlyMap<string, string>;
  readonly authorizers: ReadonlyMap<string, AuthorizerShape>;
  /** The customised gateway responses by their types. */
  readonly responses: ReadonlyMap<string, ResponseShape>;
}

export interface AuthorizerShape {
  readonly type: string;
  readonly uri: string;
  /** In order: they are the cache's key. */
  readonly sources: readonly string[];
  /** A number, or the build's placeholder. */
  readonly ttl: number | string;
  /** The role by which it calls the function; undefined: by the function's policy. */
  readonly credentials: string | undefined;
}

export interface ResponseShape {
  readonly template: string;
  readonly headers: Json;
}

export const OPEN = "NONE";
/** API Gateway's default, in seconds. */
const DEFAULT_TTL = 300;

/** Of an OpenAPI document: the build's template, or what a stage exports. */
export function shapeOfDocument(document: Json): ApiShape {
  const schemes = objectIn(objectIn(document, "components"), "securitySchemes") as Record<string, Json>;
  const guardOf = (operation: Json): string => guardIn(operation, schemes);
  const guards = Object.entries(objectIn(document, "paths")).flatMap(([path, item]) => {
    const methods = Object.entries(item as Json).filter(([key]) => key === ANY_METHOD || isVerb(key));
    const named = methods.map(
      ([key, operation]) =>
        [key === ANY_METHOD ? "ANY" : key.toUpperCase(), guardOf(operation as Json)] as const,
    );
    return spelledOut(path, named);
  });
  return {
    guards: new Map(guards),
    authorizers: new Map(
      Object.entries(schemes).flatMap(([name, scheme]) => {
        const settings = scheme["x-amazon-apigateway-authorizer"];
        return settings === undefined ? [] : [[name, authorizerIn(settings as Json)] as const];
      }),
    ),
    responses: new Map(
      Object.entries(objectIn(document, "x-amazon-apigateway-gateway-responses")).map(([type, response]) => [
        type,
        responseShape(response as Json),
      ]),
    ),
  };
}

const isVerb = (key: string): boolean => (METHODS as readonly string[]).includes(key.toUpperCase());

const objectIn = (value: Json, name: string): Json => (value[name] ?? {}) as Json;

/** The scheme that API Gateway guards by; any other, such as one for API keys, lets everybody in. */
function guardIn(operation: Json, schemes: Readonly<Record<string, Json>>): string {
  const requirements = (operation["security"] ?? []) as readonly Json[];
  const names = requirements.flatMap((requirement) => Object.keys(requirement));
  const name = names.find((one) => typeof schemes[one]?.["x-amazon-apigateway-authtype"] === "string");
  if (name === undefined) return OPEN;
  return schemes[name]?.["x-amazon-apigateway-authtype"] === "awsSigv4" ? "AWS_IAM" : name;
}

const authorizerIn = (settings: Json): AuthorizerShape => ({
  type: String(settings["type"] ?? "").toUpperCase(),
  uri: String(settings["authorizerUri"] ?? ""),
  sources: sourcesIn(settings["identitySource"]),
  ttl: (settings["authorizerResultTtlInSeconds"] ?? DEFAULT_TTL) as number | string,
  credentials: settings["authorizerCredentials"] as string | undefined,
});

const sourcesIn = (text: unknown): string[] =>
  typeof text !== "string" || text.trim() === "" ? [] : text.split(",").map((source) => source.trim());

const responseShape = (response: Json): ResponseShape => ({
  template: String(objectIn(response, "responseTemplates")["application/json"] ?? ""),
  headers: objectIn(response, "responseParameters"),
});

/** `ANY` stands for every method that the path does not declare. */
function spelledOut(path: string, methods: readonly (readonly [string, string])[]): [string, string][] {
  const declared = new Set(methods.map(([method]) => method));
  return methods.flatMap(([method, guard]) => {
    const meant = method === "ANY" ? METHODS.filter((one) => !declared.has(one)) : [method];
    return meant.map((one): [string, string] => [`${one} ${path}`, guard]);
  });
}

/** Of the API as it is now, which the next deployment would hold. */
export function shapeOfLive(
  resources: readonly Resource[],
  authorizers: readonly Authorizer[],
  responses: readonly GatewayResponse[],
): ApiShape {
  const nameOf = new Map(authorizers.map(({ id, name = "" }) => [id, name]));
  return {
    guards: new Map(
      resources.flatMap(({ path = "", resourceMethods = {} }) => {
        const methods = Object.entries(resourceMethods).map(
          ([method, { authorizationType = OPEN, authorizerId }]) =>
            [method, nameOf.get(authorizerId) ?? unnamed(authorizationType, authorizerId)] as const,
        );
        return spelledOut(path, methods);
      }),
    ),
    authorizers: new Map(
      authorizers.map((one) => [
        one.name ?? "",
        {
          type: one.type ?? "",
          uri: one.authorizerUri ?? "",
          sources: sourcesIn(one.identitySource),
          ttl: one.authorizerResultTtlInSeconds ?? DEFAULT_TTL,
          credentials: one.authorizerCredentials,
        },
      ]),
    ),
    responses: new Map(
      responses
        .filter(({ defaultResponse }) => defaultResponse !== true)
        .map((one) => [one.responseType ?? "", responseShape(one as unknown as Json)]),
    ),
  };
}

/** A method may name an authorizer that is gone: nobody gets in then. */
const unnamed = (type: string, authorizer: string | undefined): string =>
  authorizer === undefined ? type : `${type}, by the authorizer ${authorizer}, which is not there`;
