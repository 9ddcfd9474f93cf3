import type { Exchange } from "./exchange.ts";
import { percentDecode } from "./request.ts";

/** Whether `%2F` and other encoded characters are decoded in the ARN that AWS evaluates a policy for. */
export type ArnDecoding = "as_sent" | "decoded" | "unknown";

/** Builds the ARN of a request for a path, which starts with a slash. */
export function methodArn({ api, request }: Pick<Exchange, "api" | "request">, path: string): string {
  return `arn:aws:execute-api:${api.region}:${api.accountId}:${api.apiId}/${api.stage.name}/${request.method}${path}`;
}

/**
 * Returns all ARNs for which AWS may evaluate a policy. Authorizers get the first one.
 *
 * It is not established which one AWS takes, so each spelling counts: the path as sent and percent-decoded once
 * (unless `encodedPaths` says which), each with and without a trailing slash that was sent, and each with
 * empty segments (`//`) kept and dropped. A request passes only if the policy allows all of them.
 */
export function methodArnReadings(
  exchange: Pick<Exchange, "api" | "request">,
  encodedPaths: ArnDecoding,
): readonly string[] {
  const { path, sentPath } = exchange.request;
  const paths = [path, sentPath]
    .flatMap((spelling) => decodedSpellings(spelling, encodedPaths))
    .flatMap(slashSpellings);
  return Array.from(new Set(paths), (spelling) => methodArn(exchange, spelling));
}

function decodedSpellings(path: string, encodedPaths: ArnDecoding): readonly string[] {
  const decoded = percentDecode(path) ?? path;
  if (encodedPaths === "decoded") return [decoded];
  return encodedPaths === "as_sent" ? [path] : [path, decoded];
}

function slashSpellings(path: string): readonly string[] {
  const spellings = path.length > 1 && path.endsWith("/") ? [path, path.slice(0, -1)] : [path];
  return [...spellings, ...spellings.map((spelling) => spelling.replace(/\/{2,}/g, "/"))];
}
