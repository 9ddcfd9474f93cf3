/** A route, parsed from its key `GET /users/{userId}` without the product's code. */
export interface NaiveRoute {
  readonly key: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly parameters: readonly string[];
}

export function naiveRoute(key: string): NaiveRoute {
  const [method = "", path = ""] = key.split(" ");
  const segments = path.split("/").filter((segment) => segment !== "");
  return { key, method, segments, parameters: segments.filter(isParameter).map(nameOf) };
}

export const isParameter = (segment: string): boolean => segment.startsWith("{");
export const isGreedy = (segment: string): boolean => segment.endsWith("+}");
export const nameOf = (segment: string): string => segment.replace(/^\{|\+?\}$/g, "");

/** A route that a request may reach, with the values of its parameters. */
export interface Reached {
  readonly route: NaiveRoute;
  /** The values as sent. */
  readonly values: Readonly<Record<string, string>>;
  /** Whether the path has no empty segment except for a trailing slash, and no percent-encoded literal. */
  readonly canonical: boolean;
}

interface Node {
  readonly literals: Map<string, Node>;
  readonly routes: NaiveRoute[];
  readonly greedy: NaiveRoute[];
  parameter: Node | undefined;
}

const newNode = (): Node => ({ literals: new Map(), routes: [], greedy: [], parameter: undefined });

/**
 * Finds all routes that a request may reach, whichever API Gateway would choose. Empty segments are counted and
 * ignored, and literals are compared as sent and percent-decoded.
 */
export class NaiveRouter {
  readonly #roots = new Map<string, Node>();

  constructor(routes: Iterable<NaiveRoute>) {
    for (const route of routes) {
      const root = this.#roots.get(route.method) ?? newNode();
      this.#roots.set(route.method, root);
      insert(root, route);
    }
  }

  reached(method: string, path: string): Reached[] {
    const root = this.#roots.get(method);
    if (root === undefined) return [];
    const parts = path.slice(1).split("/");
    const atEnd = parts.length > 0 && parts[parts.length - 1] === "";
    const plain = atEnd ? parts.slice(0, -1) : parts;
    const collapsed = parts.filter((part) => part !== "");
    const canonical = collapsed.length === plain.length;
    const found: Reached[] = [];
    walk(root, collapsed, 0, [], canonical, found);
    if (!canonical) walk(root, plain, 0, [], false, found);
    return found;
  }
}

function insert(root: Node, route: NaiveRoute): void {
  let node = root;
  for (const segment of route.segments) {
    if (isGreedy(segment)) {
      node.greedy.push(route);
      return;
    }
    if (isParameter(segment)) {
      node.parameter ??= newNode();
      node = node.parameter;
      continue;
    }
    const next = node.literals.get(segment) ?? newNode();
    node.literals.set(segment, next);
    node = next;
  }
  node.routes.push(route);
}

function walk(
  node: Node,
  parts: readonly string[],
  at: number,
  values: readonly string[],
  canonical: boolean,
  found: Reached[],
): void {
  if (parts.slice(at).some((part) => part !== ""))
    for (const route of node.greedy)
      found.push(toReached(route, [...values, parts.slice(at).join("/")], canonical));
  const part = parts[at];
  if (part === undefined) {
    for (const route of node.routes) found.push(toReached(route, values, canonical));
    return;
  }
  const literal = node.literals.get(part);
  if (literal !== undefined) walk(literal, parts, at + 1, values, canonical, found);
  const decoded = part.includes("%") ? decodeOnce(part) : part;
  const spelled = decoded === part ? undefined : node.literals.get(decoded);
  if (spelled !== undefined) walk(spelled, parts, at + 1, values, false, found);
  if (node.parameter !== undefined && part !== "")
    walk(node.parameter, parts, at + 1, [...values, part], canonical, found);
}

const toReached = (route: NaiveRoute, values: readonly string[], canonical: boolean): Reached => ({
  route,
  canonical,
  values: Object.fromEntries(route.parameters.map((name, index) => [name, values[index] ?? ""])),
});

/** Percent-decodes a string once. A malformed string is returned unchanged. */
export function decodeOnce(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Percent-decodes a string once, except for encoded slashes. */
export const decodeAllButSlashes = (text: string): string =>
  text
    .split(/(%2f)/i)
    .map((part, index) => (index % 2 === 1 ? part : decodeOnce(part)))
    .join("");
