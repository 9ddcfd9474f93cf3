import type { IntegrationDefinition } from "./definition.ts";
import type { GatewayResponseType } from "./gateway-failure.ts";

/** What the gateway needs of a Lambda function; the local one of `local/lambda` fits. */
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
  /** In order: together they are the cache's key. */
  readonly identitySources: readonly Mapping[];
  /** Of a TOKEN authorizer: what the whole token must match. */
  readonly tokenPattern: RegExp | undefined;
  /** Seconds; 0 means that nothing is cached. */
  readonly ttl: number;
}

/** Where a required parameter must be. */
export interface RequiredParameter {
  readonly in: "query" | "header";
  readonly name: string;
}

/** Checks a body's JSON: undefined where it is valid, else the place in the model that it breaks. */
export type BodyModel = (value: unknown) => string | undefined;

export type Integration = LambdaProxy | HttpProxy | Mock;

/** Where a request's API key comes from: its `x-api-key` header, or what the authorizer answers. */
export type ApiKeySource = "HEADER" | "AUTHORIZER";

/** A method of a resource. */
export interface MethodModel {
  readonly authorizer: AuthorizerModel | undefined;
  /** The security scheme that guards it and cannot be run here: nobody is let in. */
  readonly notRunHere: string | undefined;
  /** Its requests need an API key of a usage plan. */
  readonly apiKeyRequired: boolean;
  /** Those that a request validator checks. */
  readonly required: readonly RequiredParameter[];
  /** The models that a request validator checks bodies by, by content type or `$default`. */
  readonly models: ReadonlyMap<string, BodyModel>;
  readonly integration: Integration;
}

/** A resource that has methods. */
export interface Resource {
  /** The template, such as `/users/{userId}`. */
  readonly path: string;
  readonly id: string;
  /** By verb, or `ANY`. */
  readonly methods: ReadonlyMap<string, MethodModel>;
}

/** A customised gateway response. */
export interface GatewayResponseSettings {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: Mapping])[];
  /** For `application/json`; API Gateway's own when absent. */
  readonly template: string | undefined;
}

/** An imported API. */
export interface ApiModel {
  readonly resources: readonly Resource[];
  readonly apiKeySource: ApiKeySource;
  readonly binaryMediaTypes: readonly string[];
  readonly gatewayResponses: ReadonlyMap<GatewayResponseType, GatewayResponseSettings>;
}

/** Where a mapping expression takes its value from. */
export interface Mapping {
  readonly source: "static" | "header" | "querystring" | "path" | "context" | "stageVariables";
  /** The name at the source, or the static value. */
  readonly name: string;
}

/** One of a mock's answers. */
export interface MockResponse {
  /** What the status of the request template must match; the default answer has none. */
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

/** Where an HTTP integration sends a request, and what it puts into it. */
export interface RequestMappings {
  /** Scheme and host, without a path. */
  readonly origin: string;
  /** With `{name}` for a mapped value. */
  readonly path: string;
  /** The URI's own, without the question mark. */
  readonly queryString: string;
  readonly mapped: Readonly<Record<"header" | "querystring" | "path", ReadonlyMap<string, Mapping>>>;
}

/** An `http_proxy` integration. */
export interface HttpProxy extends RequestMappings {
  readonly type: "http_proxy";
  /** `ANY` passes the client's. */
  readonly httpMethod: string;
  readonly timeoutMs: number;
}

/** An `aws_proxy` integration. */
export interface LambdaProxy {
  readonly type: "aws_proxy";
  readonly function: Invocable;
  readonly timeoutMs: number;
  readonly binaryMediaTypes: readonly string[];
}
