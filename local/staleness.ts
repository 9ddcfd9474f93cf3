import type { IncomingMessage } from "node:http";

/** The path of the running stack's staleness, below its origin. */
export const STALENESS_PATH = "/_portcullis/staleness";

/** How long the parts of the running stack use an earlier state of the table, in seconds. */
export interface LocalStaleness {
  readonly gatewaySeconds: number;
  readonly lambdaSeconds: number;
}

/** The stage's name for `--flush`. */
export const LOCAL_STAGE = "portcullis/local";

const [API_ID, STAGE] = LOCAL_STAGE.split("/");
const FLUSH_PATH = `/restapis/${API_ID}/stages/${STAGE}/cache/authorizers`;

/** Returns whether AWS's client asks API Gateway to flush the cache of the stack's authorizer responses. */
export const isFlushRequest = ({ method, url, headers }: IncomingMessage): boolean =>
  method === "DELETE" &&
  url === FLUSH_PATH &&
  /^AWS4-HMAC-SHA256 .*\/apigateway\/aws4_request/.test(headers.authorization ?? "");
