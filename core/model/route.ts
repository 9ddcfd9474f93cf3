import type { RouteKey } from "./ids.ts";
import { memoize } from "./memoize.ts";

/** The methods that a REST API can declare. In policy files, `ANY` means all of them. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof METHODS)[number];

export const isMethod = (text: string): text is Method => (METHODS as readonly string[]).includes(text);

/**
 * One segment of a path template. A greedy parameter, `{proxy+}`, is the last one and takes the rest of the
 * path.
 */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "greedy"; readonly name: string };

/** A route: one method of one path, as `policies/api.yaml` declares it. */
export interface Route {
  readonly key: RouteKey;
  readonly method: Method;
  /** The path template, as in `event.resource` of API Gateway: `/documents/{documentId}`. */
  readonly path: string;
  readonly segments: readonly Segment[];
  /** The scopes that a token needs in addition to the role's grant, sorted. */
  readonly scopes: readonly string[];
}

export const routeKey = (method: Method, path: string): RouteKey => `${method} ${path}` as RouteKey;

/**
 * Creates a route from its method and its path template.
 *
 * @example
 * import { makeRoute } from "./route.ts";
 *
 * const route = makeRoute("GET", "/documents/{documentId}");
 * route.key; // => "GET /documents/{documentId}"
 * route.segments; // => [{"kind":"literal","text":"documents"},{"kind":"parameter","name":"documentId"}]
 */
export function makeRoute(method: Method, path: string, scopes: readonly string[] = []): Route {
  return { key: routeKey(method, path), method, path, segments: parseTemplate(path), scopes };
}

/** Splits a path template into its segments; `/` has none. */
export function parseTemplate(path: string): Segment[] {
  if (path === "/") return [];
  return path.slice(1).split("/").map(parseSegment);
}

function parseSegment(text: string): Segment {
  if (!text.startsWith("{") || !text.endsWith("}")) return { kind: "literal", text };
  const name = text.slice(1, -1);
  return name.endsWith("+") ? { kind: "greedy", name: name.slice(0, -1) } : { kind: "parameter", name };
}

/** Lists the names of a template's parameters, in the order of the path. */
export function parameterNames(segments: readonly Segment[]): string[] {
  return segments.flatMap((segment) => (segment.kind === "literal" ? [] : [segment.name]));
}

/**
 * Returns the values of a template's parameters in a request's path, or undefined if the path does not match.
 * Values stay percent-encoded as sent. One trailing slash is ignored, as in API Gateway.
 *
 * @example
 * import { matchPath, parseTemplate } from "./route.ts";
 *
 * matchPath(parseTemplate("/users/{userId}"), "/users/ann"); // => {"userId":"ann"}
 * matchPath(parseTemplate("/users/{userId}"), "/users"); // => undefined
 */
export function matchPath(segments: readonly Segment[], path: string): Record<string, string> | undefined {
  const parts = splitPath(path);
  const values: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === "greedy") {
      const rest = parts.slice(index).join("/");
      if (rest === "") return undefined;
      values[segment.name] = rest;
      return values;
    }
    const part = parts[index];
    if (part === undefined || part === "") return undefined;
    if (segment.kind === "parameter") values[segment.name] = part;
    else if (segment.text !== part) return undefined;
  }
  return parts.length === segments.length ? values : undefined;
}

function splitPath(path: string): string[] {
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(1, -1) : path.slice(1);
  return trimmed === "" ? [] : trimmed.split("/");
}

/** The order in which API Gateway prefers segments. */
const RANK = { literal: 0, parameter: 1, greedy: 2 } as const;

/** Compares two templates that match the same path. The result is negative if `a` is the more specific one. */
export function compareSpecificity(a: readonly Segment[], b: readonly Segment[]): number {
  for (const [index, segment] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const difference = RANK[segment.kind] - RANK[other.kind];
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Selects the route that API Gateway chooses for a request: the most specific one that matches method and path.
 */
export function selectRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  return candidates(indexRoutes(routes), splitPath(path))
    .filter((route) => route.method === method && matchPath(route.segments, path) !== undefined)
    .sort((a, b) => compareSpecificity(a.segments, b.segments))[0];
}

/** A node of the tree of segments. */
interface RouteNode {
  /** By literal; a parameter has the empty string, which no literal is. */
  readonly children: Map<string, RouteNode>;
  /** The routes that end here, and those that go on with a greedy parameter. */
  readonly routes: Route[];
  readonly greedy: Route[];
}

const emptyNode = (): RouteNode => ({ children: new Map(), routes: [], greedy: [] });

const indexRoutes = memoize((routes: readonly Route[]): RouteNode => {
  const root = emptyNode();
  for (const route of routes) {
    let node = root;
    for (const segment of route.segments) {
      if (segment.kind === "greedy") break;
      const key = segment.kind === "literal" ? segment.text : "";
      const child = node.children.get(key) ?? emptyNode();
      node.children.set(key, child);
      node = child;
    }
    (route.segments.at(-1)?.kind === "greedy" ? node.greedy : node.routes).push(route);
  }
  return root;
});

/** Returns the routes that could match a path: all that do, and some that do not. */
function candidates({ children, routes, greedy }: RouteNode, [part, ...rest]: readonly string[]): Route[] {
  if (part === undefined) return routes;
  const next = [children.get(part), children.get("")];
  return [...greedy, ...next.flatMap((child) => (child === undefined ? [] : candidates(child, rest)))];
}
