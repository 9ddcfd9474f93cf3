import type { MatchedRoute } from "../shared/exchange.ts";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import type { MethodModel, Resource } from "../shared/model.ts";
import { ambiguityNote, readPathParameters, readSegments } from "../shared/path-readings.ts";
import { type ResourceNode, splitPath } from "./resource-tree.ts";

/** The verbs that `x-amazon-apigateway-any-method` covers. */
const VERBS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/** One way in which API Gateway may look for a resource. */
interface Reading {
  readonly segments: readonly string[];
  readonly accepts: (node: ResourceNode) => boolean;
  /** Goes back to a `{param}` when the literal next to it leads nowhere deeper down. */
  readonly backtracks: boolean;
}

/**
 * Finds the resource and method of a request: a literal before `{param}` before `{proxy+}`. Resources without the
 * verb count as absent, a slash at the end is ignored, and a `{proxy+}` higher up is the fallback.
 *
 * It is not established on AWS whether it goes back from a literal to a `{param}` further up than the last segment,
 * whether it compares literals decoded, and what an empty segment (`//`) does. So the request is looked up in every
 * reading. Where the readings do not agree on one resource, it is denied like an unknown route.
 *
 * @throws GatewayFailure `MISSING_AUTHENTICATION_TOKEN`
 */
export function selectRoute(root: ResourceNode, verb: string, path: string): MatchedRoute {
  const found = new Set(listReadings(path, verb).map((reading) => search(root, 0, verb, reading)));
  const [resource] = found;
  if (found.size > 1 || path.startsWith("//")) {
    const paths = Array.from(found, (candidate) => candidate?.path);
    throw new GatewayFailure("MISSING_AUTHENTICATION_TOKEN", { note: ambiguityNote(paths) });
  }
  const method = resource && findMethod(resource, verb);
  if (resource === undefined || method === undefined)
    throw new GatewayFailure("MISSING_AUTHENTICATION_TOKEN");
  return { resource, method, pathParameters: readPathParameters(resource.path, splitPath(path)) };
}

function listReadings(path: string, verb: string): readonly Reading[] {
  return readSegments(splitPath(path)).flatMap((segments) => [
    { segments, accepts: () => true, backtracks: true },
    { segments, accepts: () => true, backtracks: false },
    { segments, accepts: (node) => hasVerbBelow(node, verb), backtracks: false },
  ]);
}

function search(node: ResourceNode, at: number, verb: string, reading: Reading): Resource | undefined {
  if (at === reading.segments.length)
    return node.resource && findMethod(node.resource, verb) && node.resource;
  const children = findChildren(node, reading.segments[at] ?? "").filter(reading.accepts);
  // At the last segment a resource without the verb counts as absent, so its sibling is tried: established.
  const last = at === reading.segments.length - 1;
  for (const child of reading.backtracks || last ? children : children.slice(0, 1)) {
    const resource = search(child, at + 1, verb, reading);
    if (resource !== undefined) return resource;
  }
  const greedy = node.variable?.greedy ? node.variable.node.resource : undefined;
  return greedy && findMethod(greedy, verb) && greedy;
}

function findChildren(node: ResourceNode, segment: string): readonly ResourceNode[] {
  if (segment === "") return [];
  const parameter = node.variable?.greedy === false ? node.variable.node : undefined;
  return [node.literals.get(segment), parameter].filter((child) => child !== undefined);
}

function hasVerbBelow(node: ResourceNode, verb: string): boolean {
  if (node.resource && findMethod(node.resource, verb)) return true;
  const children = [...node.literals.values(), ...(node.variable ? [node.variable.node] : [])];
  return children.some((child) => hasVerbBelow(child, verb));
}

function findMethod({ methods }: Resource, verb: string): MethodModel | undefined {
  return methods.get(verb) ?? (VERBS.has(verb) ? methods.get("ANY") : undefined);
}
