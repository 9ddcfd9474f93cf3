import type { RouteKey } from "./ids.ts";

/** The methods that a REST API of API Gateway can declare; `ANY` stands for all of them. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof METHODS)[number];

export const isMethod = (text: string): text is Method => (METHODS as readonly string[]).includes(text);

/** One segment of a path template. A greedy parameter, `{proxy+}`, stands last and takes the rest. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "greedy"; readonly name: string };

/** One method of one path, as `policies/api.yaml` declares it. */
export interface Route {
  readonly key: RouteKey;
  readonly method: Method;
  /** The template, as API Gateway names it in `event.resource`: `/documents/{documentId}`. */
  readonly path: string;
  readonly segments: readonly Segment[];
  /** Scopes that a token needs besides the role's grant, sorted. */
  readonly scopes: readonly string[];
}

export const routeKey = (method: Method, path: string): RouteKey => `${method} ${path}` as RouteKey;

export function makeRoute(method: Method, path: string, scopes: readonly string[] = []): Route {
  return { key: routeKey(method, path), method, path, segments: parseTemplate(path), scopes };
}

/** The segments of a template; `/` has none. */
export function parseTemplate(path: string): Segment[] {
  if (path === "/") return [];
  return path.slice(1).split("/").map(parseSegment);
}

function parseSegment(text: string): Segment {
  if (!text.startsWith("{") || !text.endsWith("}")) return { kind: "literal", text };
  const name = text.slice(1, -1);
  return name.endsWith("+") ? { kind: "greedy", name: name.slice(0, -1) } : { kind: "parameter", name };
}

/** The names of a route's parameters, in the order of the path. */
export function parameterNames(segments: readonly Segment[]): string[] {
  return segments.flatMap((segment) => (segment.kind === "literal" ? [] : [segment.name]));
}

/**
 * The values of a template's parameters in a request's path, or undefined where it does not match.
 * Values stay as sent (percent-encoded); one trailing slash is ignored, as API Gateway ignores it.
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

/** Orders segments as API Gateway prefers them: literal, then parameter, then greedy. */
const RANK = { literal: 0, parameter: 1, greedy: 2 } as const;

/** Negative where `a` is the more specific template of two that match the same path. */
export function compareSpecificity(a: readonly Segment[], b: readonly Segment[]): number {
  for (const [index, segment] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const difference = RANK[segment.kind] - RANK[other.kind];
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The route that API Gateway takes for a request: by path and method, the most specific first. */
export function selectRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  return routes
    .filter((route) => route.method === method && matchPath(route.segments, path) !== undefined)
    .sort((a, b) => compareSpecificity(a.segments, b.segments))[0];
}
