import type { IncomingMessage, ServerResponse } from "node:http";
import type { AccessLogEntry } from "./access-log.ts";
import type { OpenApiDocument } from "./definition.ts";
import type { ArnDecoding } from "./method-arn.ts";
import type { Functions } from "./model.ts";
import type { ThrottleSettings } from "./throttle.ts";

/** A stage of an API that runs locally. */
export interface GatewayOptions {
  /** The API's definition, with all placeholders substituted. */
  readonly definition: OpenApiDocument;
  /** The functions by their ARN, alias included, as the URIs of integrations and authorizers name them. */
  readonly functions: Functions;
  readonly stage: {
    readonly name: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly throttle?: ThrottleSettings;
    /** REST APIs only. When absent, no key is known, so methods that require one deny every request. */
    readonly usagePlans?: readonly UsagePlanSettings[];
  };
  readonly region: string;
  readonly accountId: string;
  readonly apiId: string;
  /**
   * Whether AWS evaluates policies for the path as sent or percent-decoded. Default `unknown`: a request passes
   * only if the policy allows both, each with and without a slash that was sent at the end.
   */
  readonly encodedPaths?: ArnDecoding;
  readonly onAccessLog?: (entry: AccessLogEntry) => void;
  /**
   * Security schemes that cannot be run here, such as a Cognito user pool. A request to a method that one of them
   * guards gets a 401.
   */
  readonly notRunHere?: ReadonlySet<string>;
  /** For JWT authorizers: the URLs of keys that discovery does not find, by the issuer's URL. */
  readonly jwksUris?: ReadonlyMap<string, string>;
  /** Returns milliseconds since 1970; the system clock by default. */
  readonly now?: () => number;
}

/** The number of requests in a period of the calendar, in UTC; a week begins on Sunday. */
export interface QuotaSettings {
  readonly limit: number;
  readonly period: "DAY" | "WEEK" | "MONTH";
}

/** A usage plan of the stage. Its limits apply to each of its keys separately. */
export interface UsagePlanSettings {
  readonly throttle?: ThrottleSettings | undefined;
  readonly quota?: QuotaSettings | undefined;
  /** The values of its API keys. */
  readonly keys: readonly string[];
}

/** API Gateway on a laptop. */
export interface Gateway {
  /** Responds to one request, also when something fails. The path has no stage. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Empties the authorizers' cache, like `FlushStageAuthorizersCache`. */
  flushAuthorizerCache(): void;
}

/** Makes a request handler of `serve`. If `serve` fails without a response, the handler closes the connection. */
export function handleWith(
  serve: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Gateway["handle"] {
  return (req, res) => {
    serve(req, res).catch(() => {
      // The client has gone away, or the log failed after the response: there is nobody to report it to.
      if (!res.writableEnded) res.destroy();
    });
  };
}
