import type { HttpProxy } from "../rest/http-proxy.ts";
import type { LambdaProxy } from "../rest/lambda-proxy.ts";
import type { Mock } from "../rest/mock.ts";
import type { Mapping } from "../rest/parameter-mapping.ts";
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
export interface Authorizer {
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
export interface Method {
  readonly authorizer: Authorizer | undefined;
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
  readonly methods: ReadonlyMap<string, Method>;
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
