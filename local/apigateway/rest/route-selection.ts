import type { MatchedRoute } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import type { MethodModel, Resource } from "../shared/model.ts";
import { percentDecode } from "../shared/request.ts";
import { type ResourceNode, segmentsOf } from "./resource-tree.ts";

/** What `x-amazon-apigateway-any-method` stands for. */
const VERBS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/** One way in which API Gateway may look for a resource. */
interface Reading {
  readonly segments: readonly string[];
  readonly serves: (node: ResourceNode) => boolean;
  /** Goes back to a `{param}` when the literal beside it leads nowhere deeper down. */
  readonly backtracks: boolean;
}

/**
 * Finds the resource and method of a request: a literal before `{param}` before `{proxy+}`, resources
 * without the verb as if absent, a slash at the end ignored, and falling back to a `{proxy+}` higher up.
 *
 * Not established on AWS is whether it goes back from a literal to a `{param}` further up than the last
 * segment, compares literals decoded, and what an empty segment (`//`) does. So the request is looked up
 * in every reading, and where they do not agree on one resource it is refused like an unknown route.
 *
 * @throws GatewayFailure `MISSING_AUTHENTICATION_TOKEN`
 */
export function selectRoute(root: ResourceNode, verb: string, path: string): MatchedRoute {
  const found = new Set(readingsOf(path, verb).map((reading) => search(root, 0, verb, reading)));
  const [resource] = found;
  if (found.size > 1 || path.startsWith("//")) {
    const candidates = Array.from(found, (candidate) => candidate?.path ?? "none").join(", ");
    const note = `which resource API Gateway chooses is not established (${candidates}): refused`;
    throw new GatewayFailure("MISSING_AUTHENTICATION_TOKEN", { note });
  }
  const method = resource && methodOf(resource, verb);
  if (resource === undefined || method === undefined)
    throw new GatewayFailure("MISSING_AUTHENTICATION_TOKEN");
  return { resource, method, pathParameters: pathParameters(resource.path, segmentsOf(path)) };
}

function readingsOf(path: string, verb: string): readonly Reading[] {
  const sent = segmentsOf(path);
  const spellings = [sent, sent.map((segment) => percentDecode(segment) ?? segment)];
  const all = [...spellings, ...spellings.map((segments) => segments.filter((segment) => segment !== ""))];
  return all.flatMap((segments) => [
    { segments, serves: () => true, backtracks: true },
    { segments, serves: () => true, backtracks: false },
    { segments, serves: (node) => servesBelow(node, verb), backtracks: false },
  ]);
}

function search(node: ResourceNode, at: number, verb: string, reading: Reading): Resource | undefined {
  if (at === reading.segments.length) return node.resource && methodOf(node.resource, verb) && node.resource;
  const children = childrenFor(node, reading.segments[at] ?? "").filter(reading.serves);
  // At the last segment a resource without the verb counts as absent, so its sibling is tried: established.
  const last = at === reading.segments.length - 1;
  for (const child of reading.backtracks || last ? children : children.slice(0, 1)) {
    const resource = search(child, at + 1, verb, reading);
    if (resource !== undefined) return resource;
  }
  const greedy = node.variable?.greedy ? node.variable.node.resource : undefined;
  return greedy && methodOf(greedy, verb) && greedy;
}

function childrenFor(node: ResourceNode, segment: string): readonly ResourceNode[] {
  if (segment === "") return [];
  const parameter = node.variable?.greedy === false ? node.variable.node : undefined;
  return [node.literals.get(segment), parameter].filter((child) => child !== undefined);
}

function servesBelow(node: ResourceNode, verb: string): boolean {
  if (node.resource && methodOf(node.resource, verb)) return true;
  const children = [...node.literals.values(), ...(node.variable ? [node.variable.node] : [])];
  return children.some((child) => servesBelow(child, verb));
}

function methodOf({ methods }: Resource, verb: string): MethodModel | undefined {
  return methods.get(verb) ?? (VERBS.has(verb) ? methods.get("ANY") : undefined);
}

function pathParameters(template: string, segments: readonly string[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [index, part] of segmentsOf(template).entries()) {
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(part) ?? [];
    if (name === undefined) continue;
    parameters.set(name, greedy ? segments.slice(index).join("/") : (segments[index] ?? ""));
  }
  return parameters;
}
