import type { AuthorizerModel, MethodModel, Resource } from "./model.ts";
import type { GatewayRequest } from "./request.ts";

/** The ids that an API's ARNs consist of, and its stage. */
export interface ApiIdentity {
  readonly region: string;
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: { readonly name: string; readonly variables: Readonly<Record<string, string>> };
}

/** The resource and method that a request matched. */
export interface MatchedRoute {
  readonly resource: Resource;
  readonly method: MethodModel;
  /** Raw, as sent. */
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** The caller according to the authorizer, also when the request is denied. */
export interface AuthorizationResult {
  readonly principalId: string;
  /** All values as strings. */
  readonly context: Readonly<Record<string, string>>;
  /** The value of the caller's API key. No template, event or log contains it. */
  readonly usageIdentifierKey: string | undefined;
  /** The duration of the call in milliseconds; 0 from the cache. */
  readonly integrationLatency: number;
}

/** An authorizer's part of the access log. */
export interface AuthorizerLog {
  readonly name: AuthorizerModel["name"];
  readonly cache: "hit" | "miss" | "off" | "not-called";
  /** 200 allowed, 401 or 403 denied, 500 failed. */
  readonly status: number;
  readonly latencyMs: number;
  readonly error?: string;
}

/** One request on its way through the gateway, with the results of each step. */
export interface Exchange {
  readonly request: GatewayRequest;
  readonly api: ApiIdentity;
  /** The client may choose it. */
  readonly requestId: string;
  /** The client cannot choose it. */
  readonly extendedRequestId: string;
  route?: MatchedRoute;
  authorization?: AuthorizationResult;
  authorizer?: AuthorizerLog;
  integrationLatencyMs?: number;
  note?: string;
}
