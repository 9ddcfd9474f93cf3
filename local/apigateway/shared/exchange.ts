import type { AuthorizerModel, MethodModel, Resource } from "./model.ts";
import type { GatewayRequest } from "./request.ts";

/** What a deployed API is called. */
export interface ApiIdentity {
  readonly region: string;
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: { readonly name: string; readonly variables: Readonly<Record<string, string>> };
}

/** The resource and method that a request reached. */
export interface MatchedRoute {
  readonly resource: Resource;
  readonly method: MethodModel;
  /** Raw, as sent. */
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** What an authorizer said of the caller; also of one that it refuses. */
export interface AuthorizationResult {
  readonly principalId: string;
  /** All values as strings. */
  readonly context: Readonly<Record<string, string>>;
  /** An API key's value, which no template, event or log ever shows. */
  readonly usageIdentifierKey: string | undefined;
  /** Milliseconds that the call took, 0 from the cache. */
  readonly integrationLatency: number;
}

/** An authorizer's part of the access log. */
export interface AuthorizerLog {
  readonly name: AuthorizerModel["name"];
  readonly cache: "hit" | "miss" | "off" | "not-called";
  /** 200 allowed, 401 or 403 refused, 500 failed. */
  readonly status: number;
  readonly latencyMs: number;
  readonly error?: string;
}

/** One request on its way through the gateway, with what each step found out. */
export interface Exchange {
  readonly request: GatewayRequest;
  readonly api: ApiIdentity;
  /** May be the client's own choice. */
  readonly requestId: string;
  /** Never the client's choice. */
  readonly extendedRequestId: string;
  route?: MatchedRoute;
  authorization?: AuthorizationResult;
  authorizer?: AuthorizerLog;
  integrationLatencyMs?: number;
  note?: string;
}
