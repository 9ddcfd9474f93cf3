import { compareSpecificity, parseTemplate, type Segment } from "../../../core/model/route.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import { percentDecode } from "../shared/request.ts";
import type { MatchedHttpRoute } from "./exchange.ts";
import type { HttpRoute } from "./model.ts";

/**
 * Finds the route of a request: a full match before one by `{proxy+}`, the more specific first, a verb before ANY,
 * then `$default`. A slash at the end makes another path.
 *
 * Not established on AWS is whether literals are compared decoded, and what empty segments (`//`) do: where the
 * readings do not agree on one route the request is refused like an unknown one. So is one with an encoded `?`,
 * at which AWS was seen to end the path.
 *
 * @throws GatewayFailure 404
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function selectHttpRoute(routes: readonly HttpRoute[], verb: string, path: string): MatchedHttpRoute {
  const sent = path.slice(1).split("/");
  const decoded = sent.map((segment) => percentDecode(segment) ?? segment);
  const readings = [sent, decoded].flatMap((parts) => [parts, parts.filter((part) => part !== "")]);
  const found = new Set(readings.map((parts) => bestOf(routes, verb, parts)));
  const [route] = found;
  if (decoded.some((segment) => segment.includes("?")))
    throw new GatewayFailure("RESOURCE_NOT_FOUND", {
      note: "AWS may end the path at its encoded ?: refused",
    });
  if (found.size > 1) {
    const candidates = Array.from(found, (candidate) => candidate?.key ?? "none").join(", ");
    const note = `which route API Gateway chooses is not established (${candidates}): refused`;
    throw new GatewayFailure("RESOURCE_NOT_FOUND", { note });
  }
  if (route === undefined) throw new GatewayFailure("RESOURCE_NOT_FOUND");
  return { route, pathParameters: parametersOf(route, sent) };
}

function bestOf(routes: readonly HttpRoute[], verb: string, parts: readonly string[]): HttpRoute | undefined {
  const matching = routes.filter(
    ({ method, path }) =>
      path !== undefined && (method === verb || method === "ANY") && matches(parseTemplate(path), parts),
  );
  return matching.sort(moreSpecific)[0] ?? routes.find(({ path }) => path === undefined);
}

function matches(segments: readonly Segment[], parts: readonly string[]): boolean {
  if (segments.length === 0) return parts.join("") === "";
  if (segments.at(-1)?.kind === "greedy" ? parts.length < segments.length : parts.length !== segments.length)
    return false;
  return segments.every((segment, at) =>
    segment.kind === "literal" ? parts[at] === segment.text : parts[at] !== "",
  );
}

function moreSpecific(a: HttpRoute, b: HttpRoute): number {
  const [one, other] = [parseTemplate(a.path ?? "/"), parseTemplate(b.path ?? "/")];
  const greedy = Number(one.at(-1)?.kind === "greedy") - Number(other.at(-1)?.kind === "greedy");
  return greedy || compareSpecificity(one, other) || Number(a.method === "ANY") - Number(b.method === "ANY");
}

function parametersOf({ path }: HttpRoute, parts: readonly string[]): Map<string, string> {
  const values = parseTemplate(path ?? "/").flatMap((segment, at): [string, string][] => {
    if (segment.kind === "literal") return [];
    return [[segment.name, segment.kind === "greedy" ? parts.slice(at).join("/") : (parts[at] ?? "")]];
  });
  return new Map(values);
}
