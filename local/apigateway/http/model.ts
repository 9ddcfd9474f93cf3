import type { Invocable } from "../shared/model.ts";
import type { CorsDefinition } from "./definition.ts";

/** A Lambda authorizer, payload format 2.0. */
export interface LambdaAuthorizer {
  readonly type: "request";
  readonly name: string;
  readonly function: Invocable;
  readonly simpleResponses: boolean;
  /** In order; together they are the cache's key. */
  readonly identitySources: readonly SelectionExpression[];
  /** Seconds; 0 disables the cache. */
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
  /** The URI, with `{name}` for a path parameter. */
  readonly uri: string;
  /** The headers that replace the client's. */
  readonly overwrite: ReadonlyMap<string, SelectionExpression>;
  readonly timeoutMs: number;
}

export interface HttpRoute {
  /** For example `GET /documents/{documentId}`, or `$default`. */
  readonly key: string;
  /** A verb, or `ANY`. */
  readonly method: string;
  /** Undefined for `$default`. */
  readonly path: string | undefined;
  readonly authorizer: HttpAuthorizer | undefined;
  /** The scopes of which a JWT authorizer requires any one. */
  readonly scopes: readonly string[];
  readonly integration: LambdaIntegration | HttpIntegration;
}

export interface HttpApi {
  readonly routes: readonly HttpRoute[];
  readonly cors: CorsDefinition | undefined;
}

/** A selection expression of an identity source or a parameter mapping. */
export interface SelectionExpression {
  readonly source: "header" | "querystring" | "context" | "stageVariables" | "static";
  /** The name at the source, or the static value. */
  readonly name: string;
}
