import type { ApiIdentity, AuthorizerLog } from "../shared/exchange.ts";
import type { GatewayRequest } from "../shared/request.ts";
import type { HttpRoute } from "./model.ts";

/** The route that a request matched. */
export interface MatchedHttpRoute {
  readonly route: HttpRoute;
  /** Raw, as sent. */
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** The caller according to the authorizer, also when the request is denied. */
export type HttpAuthorization =
  | { readonly lambda: Readonly<Record<string, unknown>> }
  | {
      readonly jwt: {
        readonly claims: Readonly<Record<string, string>>;
        readonly scopes: readonly string[] | null;
      };
    };

/** One request on its way through an HTTP API, with the results of each step. */
export interface HttpExchange {
  readonly request: GatewayRequest;
  readonly api: ApiIdentity;
  readonly requestId: string;
  matched?: MatchedHttpRoute;
  authorization?: HttpAuthorization;
  authorizer?: AuthorizerLog;
  integrationLatencyMs?: number;
  note?: string;
}
