import type { ApiIdentity, AuthorizerLog } from "../shared/exchange.ts";
import type { GatewayRequest } from "../shared/request.ts";
import type { HttpRoute } from "./model.ts";

/** The route that a request reached. */
export interface MatchedHttpRoute {
  readonly route: HttpRoute;
  /** Raw, as sent. */
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** What an authorizer said of the caller; also of one that it refuses. */
export type HttpAuthorization =
  | { readonly lambda: Readonly<Record<string, unknown>> }
  | {
      readonly jwt: {
        readonly claims: Readonly<Record<string, string>>;
        readonly scopes: readonly string[] | null;
      };
    };

/** One request on its way through an HTTP API, with what each step found out. */
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
