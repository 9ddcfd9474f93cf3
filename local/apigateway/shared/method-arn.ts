import type { Exchange } from "./exchange.ts";
import { percentDecode } from "./request.ts";

/** Whether `%2F` and its like are decoded in the ARN that AWS evaluates a policy for. */
export type ArnDecoding = "as_sent" | "decoded" | "unknown";

/** The ARN of a request for a path, which starts with a slash. */
export function methodArn({ api, request }: Pick<Exchange, "api" | "request">, path: string): string {
  return `arn:aws:execute-api:${api.region}:${api.accountId}:${api.apiId}/${api.stage.name}/${request.method}${path}`;
}

/**
 * All ARNs for which a policy may be evaluated on AWS; the first is the one that authorizers are told.
 *
 * What AWS does is not established, so each spelling counts: the path as sent and percent-decoded once
 * (unless `encodedPaths` says which), each with and without a trailing slash that was sent, and each with
 * empty segments (`//`) kept and dropped. A request passes only if the policy allows all of them.
 */
export function methodArnReadings(
  exchange: Pick<Exchange, "api" | "request">,
  encodedPaths: ArnDecoding,
): readonly string[] {
  const { path, sentPath } = exchange.request;
  const paths = [path, sentPath].flatMap((spelling) => decodings(spelling, encodedPaths)).flatMap(slashings);
  return Array.from(new Set(paths), (spelling) => methodArn(exchange, spelling));
}

function decodings(path: string, encodedPaths: ArnDecoding): readonly string[] {
  const decoded = percentDecode(path) ?? path;
  if (encodedPaths === "decoded") return [decoded];
  return encodedPaths === "as_sent" ? [path] : [path, decoded];
}

function slashings(path: string): readonly string[] {
  const kept = path.length > 1 && path.endsWith("/") ? [path, path.slice(0, -1)] : [path];
  return [...kept, ...kept.map((spelling) => spelling.replace(/\/{2,}/g, "/"))];
}
