import { compareSpecificity, parseTemplate, type Segment } from "../../../core/model/route.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { ambiguityNote, readPathParameters, readSegments } from "../shared/path-readings.ts";
import { percentDecode } from "../shared/request.ts";
import type { MatchedHttpRoute } from "./exchange.ts";
import type { HttpRoute } from "./model.ts";

/**
 * Finds the route of a request: a full match before one by `{proxy+}`, the more specific route first, a verb before
 * `ANY`, then `$default`. A slash at the end makes a different path.
 *
 * It is not established on AWS whether literals are compared decoded, and what empty segments (`//`) do. Where the
 * readings do not agree on one route, the request is denied like an unknown one. A path with an encoded `?` is
 * denied too, because AWS was seen to end the path there.
 *
 * @throws GatewayFailure 404
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function selectHttpRoute(routes: readonly HttpRoute[], verb: string, path: string): MatchedHttpRoute {
  const sent = path.slice(1).split("/");
  const found = new Set(readSegments(sent).map((segments) => findMostSpecific(routes, verb, segments)));
  const [route] = found;
  if (sent.some((segment) => (percentDecode(segment) ?? segment).includes("?")))
    throw new GatewayFailure("RESOURCE_NOT_FOUND", {
      note: "AWS may end the path at its encoded ?, so the request is denied",
    });
  if (found.size > 1) {
    const keys = Array.from(found, (candidate) => candidate?.key);
    throw new GatewayFailure("RESOURCE_NOT_FOUND", { note: ambiguityNote(keys) });
  }
  if (route === undefined) throw new GatewayFailure("RESOURCE_NOT_FOUND");
  return { route, pathParameters: readPathParameters(route.path ?? "/", sent) };
}

function findMostSpecific(
  routes: readonly HttpRoute[],
  verb: string,
  parts: readonly string[],
): HttpRoute | undefined {
  const matching = routes.filter(
    ({ method, path }) =>
      path !== undefined && (method === verb || method === "ANY") && matches(parseTemplate(path), parts),
  );
  return matching.sort(compareRoutes)[0] ?? routes.find(({ path }) => path === undefined);
}

function matches(segments: readonly Segment[], parts: readonly string[]): boolean {
  if (segments.length === 0) return parts.join("") === "";
  if (segments.at(-1)?.kind === "greedy" ? parts.length < segments.length : parts.length !== segments.length)
    return false;
  return segments.every((segment, at) =>
    segment.kind === "literal" ? parts[at] === segment.text : parts[at] !== "",
  );
}

/** Negative where `a` is the more specific route. */
function compareRoutes(a: HttpRoute, b: HttpRoute): number {
  const [one, other] = [parseTemplate(a.path ?? "/"), parseTemplate(b.path ?? "/")];
  const greedy = Number(one.at(-1)?.kind === "greedy") - Number(other.at(-1)?.kind === "greedy");
  return greedy || compareSpecificity(one, other) || Number(a.method === "ANY") - Number(b.method === "ANY");
}
