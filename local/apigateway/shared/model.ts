import type { IntegrationDefinition } from "./definition.ts";
import type { GatewayResponseType } from "./gateway-failure.ts";

/** The part of a Lambda function that the gateway needs. The functions of `local/lambda` implement it. */
export interface Invocable {
  invoke(
    event: unknown,
  ): Promise<
    | { readonly ok: true; readonly payload: unknown }
    | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } }
  >;
}

/** The functions that a definition may call, by the ARN (with alias) that its URIs name. */
export type Functions = ReadonlyMap<string, Invocable>;

/** A Lambda authorizer. */
export interface AuthorizerModel {
  /** Its security scheme's name. */
  readonly name: string;
  readonly type: "request" | "token";
  readonly function: Invocable;
  /** In order; together they are the cache's key. */
  readonly identitySources: readonly Mapping[];
  /** The pattern that the whole token must match; TOKEN authorizers only. */
  readonly tokenPattern: RegExp | undefined;
  /** Seconds; 0 disables the cache. */
  readonly ttl: number;
}

/** A parameter that a request must have. */
export interface RequiredParameter {
  readonly in: "query" | "header";
  readonly name: string;
}

/** Checks a body's JSON. Returns undefined if it is valid, else the path in the model that it violates. */
export type BodyModel = (value: unknown) => string | undefined;

export type Integration = LambdaProxy | HttpProxy | Mock;

/** The source of a request's API key: its `x-api-key` header, or the authorizer's response. */
export type ApiKeySource = "HEADER" | "AUTHORIZER";

/** A method of a resource. */
export interface MethodModel {
  readonly authorizer: AuthorizerModel | undefined;
  /** The security scheme that guards it and cannot be run here: every request is denied. */
  readonly notRunHere: string | undefined;
  /** Whether its requests need an API key of a usage plan. */
  readonly apiKeyRequired: boolean;
  /** The parameters that a request validator checks. */
  readonly required: readonly RequiredParameter[];
  /** The models by which a request validator checks bodies, by content type or `$default`. */
  readonly models: ReadonlyMap<string, BodyModel>;
  readonly integration: Integration;
}

/** A resource that has methods. */
export interface Resource {
  /** The path template, such as `/users/{userId}`. */
  readonly path: string;
  readonly id: string;
  /** By verb, or `ANY`. */
  readonly methods: ReadonlyMap<string, MethodModel>;
}

/** A customised gateway response. */
export interface GatewayResponseSettings {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: Mapping])[];
  /** The template for `application/json`; API Gateway's own when absent. */
  readonly template: string | undefined;
}

/** An imported API. */
export interface ApiModel {
  readonly resources: readonly Resource[];
  readonly apiKeySource: ApiKeySource;
  readonly binaryMediaTypes: readonly string[];
  readonly gatewayResponses: ReadonlyMap<GatewayResponseType, GatewayResponseSettings>;
}

/** A mapping expression: the source of a value. */
export interface Mapping {
  readonly source: "static" | "header" | "querystring" | "path" | "context" | "stageVariables";
  /** The name at the source, or the static value. */
  readonly name: string;
}

/** One of a mock's responses. */
export interface MockResponse {
  /** The pattern for the request template's status; undefined for the default response. */
  readonly pattern: RegExp | undefined;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: Mapping])[];
  readonly contentType: string;
  readonly template: string;
}

/** A `mock` integration. */
export interface Mock {
  readonly type: "mock";
  readonly requestTemplates: ReadonlyMap<string, string>;
  readonly passthroughBehavior: IntegrationDefinition["passthroughBehavior"];
  readonly responses: readonly MockResponse[];
}

/** The target of an HTTP integration, and the values that it adds to requests. */
export interface RequestMappings {
  /** Scheme and host, without a path. */
  readonly origin: string;
  /** The path, with `{name}` for a mapped value. */
  readonly path: string;
  /** The URI's own query string, without the question mark, with `{name}` for a mapped value. */
  readonly queryString: string;
  readonly mapped: Readonly<Record<"header" | "querystring" | "path", ReadonlyMap<string, Mapping>>>;
}

/** An `http_proxy` integration. */
export interface HttpProxy extends RequestMappings {
  readonly type: "http_proxy";
  /** `ANY` keeps the client's method. */
  readonly httpMethod: string;
  readonly timeoutMs: number;
  readonly binaryMediaTypes: readonly string[];
}

/** An `aws_proxy` integration. */
export interface LambdaProxy {
  readonly type: "aws_proxy";
  readonly function: Invocable;
  readonly timeoutMs: number;
  readonly binaryMediaTypes: readonly string[];
}
