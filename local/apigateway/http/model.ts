import type { Invocable } from "../shared/model.ts";
import type { CorsDefinition } from "./definition.ts";

/** A Lambda authorizer, payload format 2.0. */
export interface LambdaAuthorizer {
  readonly type: "request";
  readonly name: string;
  readonly function: Invocable;
  readonly simpleResponses: boolean;
  /** In order: together they are the cache's key. */
  readonly identitySources: readonly SelectionExpression[];
  /** Seconds; 0 means that nothing is cached. */
  readonly ttl: number;
}

/** API Gateway's own authorizer for an issuer's tokens. */
export interface JwtAuthorizer {
  readonly type: "jwt";
  readonly name: string;
  readonly identitySource: SelectionExpression;
  readonly issuer: string;
  readonly audience: readonly string[];
}

export type HttpAuthorizer = LambdaAuthorizer | JwtAuthorizer;

export interface LambdaIntegration {
  readonly type: "aws_proxy";
  readonly function: Invocable;
  readonly timeoutMs: number;
}

export interface HttpIntegration {
  readonly type: "http_proxy";
  readonly httpMethod: string;
  /** With `{name}` where a path parameter stands. */
  readonly uri: string;
  /** Headers that replace the client's. */
  readonly overwrite: ReadonlyMap<string, SelectionExpression>;
  readonly timeoutMs: number;
}

export interface HttpRoute {
  /** `GET /documents/{documentId}`, or `$default`. */
  readonly key: string;
  /** A verb, or `ANY`. */
  readonly method: string;
  /** Undefined: `$default`. */
  readonly path: string | undefined;
  readonly authorizer: HttpAuthorizer | undefined;
  /** Any one of them suffices; of a JWT authorizer's route. */
  readonly scopes: readonly string[];
  readonly integration: LambdaIntegration | HttpIntegration;
}

export interface HttpApi {
  readonly routes: readonly HttpRoute[];
  readonly cors: CorsDefinition | undefined;
}

/** A selection expression, as identity sources and parameter mappings have them. */
export interface SelectionExpression {
  readonly source: "header" | "querystring" | "context" | "stageVariables" | "static";
  /** The name at the source, or the static value. */
  readonly name: string;
}
