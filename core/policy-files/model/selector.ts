import { memoize } from "../../model/memoize.ts";
import { isMethod, METHODS, type Method, parseTemplate, type Segment } from "../../model/route.ts";
import type { RuleId } from "../rules/rules.ts";
import { nearest, suggestion } from "../source/suggestion.ts";
import { isGuarded, type Operation } from "./operation.ts";

/** What a role or plan names: a permission, all permissions below a name, or routes by method and path. */
export type Selector =
  | { readonly kind: "permission"; readonly name: string }
  | { readonly kind: "below"; readonly prefix: string }
  | RouteSelector;

interface RouteSelector {
  readonly kind: "routes";
  readonly methods: readonly Method[] | "ANY";
  readonly path: readonly PathPart[];
}

type PathPart = Segment | { readonly kind: "any-parameter" } | { readonly kind: "any-rest" };

/** The operations that a selector matches, or the problem with it. */
export type Selection = { readonly operations: readonly Operation[] } | SelectorProblem;

interface SelectorProblem {
  readonly rule: RuleId;
  readonly problem: string;
}

const PERMISSION = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/**
 * Expands a selector to the API's operations. Every selector, and every method in it, must match an operation.
 * Operations that are public or left to another authorizer never match. Set `wildcardsReachAll` for entries that
 * narrow access (`except`, `never`, `ceiling`): their wildcards also reach explicit operations.
 */
export function select(
  text: string,
  operations: readonly Operation[],
  { wildcardsReachAll }: { wildcardsReachAll: boolean },
): Selection {
  const cache = selectionCache(operations);
  const key = `${wildcardsReachAll} ${text}`;
  const selection = cache.get(key) ?? expand(text, operations, wildcardsReachAll);
  cache.set(key, selection);
  return selection;
}

/** Caches selections per API, because thousands of tenants use the same few selectors. */
const selectionCache = memoize((_: readonly Operation[]) => new Map<string, Selection>());

function expand(text: string, operations: readonly Operation[], wildcardsReachAll: boolean): Selection {
  const selector = parseSelector(text);
  if ("problem" in selector) return { rule: "invalid-selector", ...selector };
  const guarded = operations.filter(isGuarded);
  const matched = guarded.filter((operation) => matches(selector, operation));
  if (matched.length === 0)
    return mayMatchBroken(selector, guarded)
      ? { operations: [] }
      : {
          rule: selector.kind === "routes" ? "unknown-route" : "unknown-permission",
          problem: nothingMatched(text, selector, operations),
        };
  const unmatched = unmatchedMethods(selector, matched);
  if (unmatched.length > 0)
    return {
      rule: "unknown-route",
      problem: `"${text}": no ${unmatched.join(" or ")} route matches; it matches only ${list(matched)}`,
    };
  const reached = wildcardsReachAll
    ? matched
    : matched.filter((operation) => !operation.explicit || namesExactly(selector, operation));
  if (reached.length === 0) return explicitOnly(`"${text}" matches only ${list(matched)}`);
  const [unreached] = unmatchedMethods(selector, reached);
  if (unreached !== undefined) {
    const explicit = matched.filter(({ route }) => route.method === unreached);
    return explicitOnly(`"${text}": ${unreached} matches only ${list(explicit)}`);
  }
  return { operations: reached };
}

const explicitOnly = (matched: string): SelectorProblem => ({
  rule: "explicit-route",
  problem: `${matched}, which is explicit, so wildcards do not reach it: name its permission, or its exact method and path`,
});

/** Returns whether an operation with an error may have the permission: then only that error is reported. */
const mayMatchBroken = (selector: Selector, operations: readonly Operation[]): boolean =>
  selector.kind !== "routes" &&
  operations.some(({ broken, permission }) => broken && permission === undefined);

/** Parses a selector. Returns the problem if it is malformed. */
export function parseSelector(text: string): Selector | { readonly problem: string } {
  const trimmed = text.trim();
  if (!/\s/.test(trimmed)) return parsePermission(trimmed);
  const [methodText = "", pathText = "", ...rest] = trimmed.split(/\s+/);
  if (rest.length > 0)
    return {
      problem: `"${text}": expected a method, one space and a path such as GET /documents/{documentId}`,
    };
  const methods = parseMethods(methodText);
  if (!Array.isArray(methods) && methods !== "ANY")
    return { problem: `"${text}": ${(methods as { problem: string }).problem}` };
  const path = parsePath(pathText);
  return "problem" in path
    ? { problem: `"${text}": ${path.problem}` }
    : { kind: "routes", methods: methods as readonly Method[] | "ANY", path: path.parts };
}

function parsePermission(text: string): Selector | { readonly problem: string } {
  if (text.startsWith("/"))
    return { problem: `"${text}" has no method: write ANY ${text}, or list methods as in GET|PUT ${text}` };
  if (text === "*") return { problem: '"*" is not a permission: write ANY /** for every route' };
  if (text.endsWith(".*") && PERMISSION.test(text.slice(0, -2)))
    return { kind: "below", prefix: text.slice(0, -1) };
  if (PERMISSION.test(text)) return { kind: "permission", name: text };
  return {
    problem: `"${text}": expected a permission (documents.read, documents.*), or a method and a path (GET /documents/**)`,
  };
}

function parseMethods(text: string): readonly Method[] | "ANY" | { readonly problem: string } {
  if (text === "ANY") return "ANY";
  const names = text.split("|");
  const unknown = names.find((name) => !isMethod(name));
  if (unknown === undefined) return names as Method[];
  if (unknown === "*") return { problem: "* is not a method: write ANY for every method" };
  return { problem: `unknown method "${unknown}"${suggestion(unknown, [...METHODS, "ANY"])}` };
}

function parsePath(text: string): { readonly parts: readonly PathPart[] } | { readonly problem: string } {
  if (!text.startsWith("/")) return { problem: `the path must start with /, found "${text}"` };
  if (text.length > 1 && text.endsWith("/"))
    return { problem: `the path must not end with /: write ${text.slice(0, -1)}` };
  const parts = text === "/" ? [] : text.slice(1).split("/").map(parsePart);
  if (parts.slice(0, -1).some((part) => part.kind === "any-rest"))
    return { problem: "** must be the last segment" };
  const malformed = parts.find((part) => part.kind === "literal" && /[*{}]|^$/.test(part.text));
  if (malformed?.kind === "literal")
    return {
      problem:
        malformed.text === ""
          ? "the path has an empty segment: remove the extra /"
          : `the segment "${malformed.text}" is malformed: expected a literal, {name}, * or **`,
    };
  return { parts };
}

function parsePart(text: string): PathPart {
  if (text === "*") return { kind: "any-parameter" };
  if (text === "**") return { kind: "any-rest" };
  return parseTemplate(`/${text}`)[0] ?? { kind: "literal", text };
}

function matches(selector: Selector, { permission, route }: Operation): boolean {
  if (selector.kind === "permission") return permission === selector.name;
  if (selector.kind === "below") return permission?.startsWith(selector.prefix) === true;
  return (
    (selector.methods === "ANY" || selector.methods.includes(route.method)) &&
    matchesPath(selector.path, route.segments)
  );
}

function matchesPath(parts: readonly PathPart[], segments: readonly Segment[]): boolean {
  const rest = parts.at(-1)?.kind === "any-rest";
  const fixed = rest ? parts.slice(0, -1) : parts;
  if (rest ? segments.length < fixed.length : segments.length !== fixed.length) return false;
  return fixed.every((part, index) => matchesSegment(part, segments[index] as Segment));
}

function matchesSegment(part: PathPart, segment: Segment): boolean {
  if (part.kind === "any-parameter") return segment.kind === "parameter";
  if (part.kind === "any-rest" || part.kind !== segment.kind) return false;
  return part.kind === "literal"
    ? segment.kind === "literal" && part.text === segment.text
    : segment.kind !== "literal" && part.name === segment.name;
}

/**
 * Returns whether a selector names the operation itself: by its permission, or by method and path without a
 * wildcard.
 */
function namesExactly(selector: Selector, operation: Operation): boolean {
  if (selector.kind === "permission") return true;
  if (selector.kind === "below" || selector.methods === "ANY") return false;
  return (
    selector.path.every((part) => part.kind !== "any-parameter" && part.kind !== "any-rest") &&
    matches(selector, operation)
  );
}

function unmatchedMethods(selector: Selector, matched: readonly Operation[]): Method[] {
  if (selector.kind !== "routes" || selector.methods === "ANY") return [];
  return selector.methods.filter((method) => !matched.some((operation) => operation.route.method === method));
}

function nothingMatched(text: string, selector: Selector, operations: readonly Operation[]): string {
  const others = operations.filter((operation) => !isGuarded(operation) && matches(selector, operation));
  if (others.length > 0)
    return others.every((operation) => operation.public)
      ? `"${text}" matches only ${list(others)}, which ${others.length === 1 ? "is" : "are"} public and need${others.length === 1 ? "s" : ""} no grant: remove the line`
      : `"${text}" matches only ${list(others)}, which no role can grant, because another authorizer guards ${others.length === 1 ? "it" : "them"}: remove the line`;
  return selector.kind === "routes"
    ? noRouteMatched(text, selector, operations)
    : noPermissionMatched(text, selector, operations);
}

function noPermissionMatched(
  text: string,
  selector: Exclude<Selector, RouteSelector>,
  operations: readonly Operation[],
): string {
  const permissions = [...new Set(operations.flatMap(({ permission }) => permission ?? []))];
  const wanted = selector.kind === "permission" ? selector.name : selector.prefix.slice(0, -1);
  const known = selector.kind === "permission" ? permissions : [...new Set(permissions.flatMap(prefixes))];
  const near = nearest(wanted, known);
  const hint = near === undefined ? "" : `; did you mean "${near}${selector.kind === "below" ? ".*" : ""}"?`;
  return `"${text}": no operation has ${selector.kind === "permission" ? "this permission" : "a permission below it"}${hint || suggestion(wanted, known)}`;
}

function noRouteMatched(text: string, selector: RouteSelector, operations: readonly Operation[]): string {
  const guarded = operations.filter(isGuarded);
  const samePath = operations.filter((operation) => matches({ ...selector, methods: "ANY" }, operation));
  if (samePath.length > 0) return `"${text}" matches no route; the path has only ${list(samePath)}`;
  const hint = parameterHint(text.trim(), selector, guarded);
  const keys = guarded.map((operation) => operation.route.key);
  return `"${text}" matches no route${hint ?? routeSuggestion(text, keys)}`;
}

/** Returns what to write instead if the path matches a route except for the spelling of its parameters. */
function parameterHint(
  text: string,
  { methods, path }: RouteSelector,
  operations: readonly Operation[],
): string | undefined {
  for (const { route } of operations) {
    if (route.segments.length !== path.length) continue;
    if (methods !== "ANY" && !methods.includes(route.method)) continue;
    const hints = path.map((part, index) => segmentHint(text, part, route.segments[index] as Segment));
    if (!hints.includes(undefined)) return hints.find((hint) => hint !== "");
  }
  return undefined;
}

/** Returns "" if the part matches the segment, and undefined if there is no hint for it. */
function segmentHint(text: string, part: PathPart, segment: Segment): string | undefined {
  if (matchesSegment(part, segment)) return "";
  if (segment.kind === "literal" || part.kind === "literal" || part.kind === "any-rest") return undefined;
  if (part.kind === "any-parameter")
    return `, because * does not match ${printParameter(segment)}: write ${text}*`;
  return part.name === segment.name
    ? undefined
    : `; in that path the parameter is called ${printParameter(segment)}`;
}

const printParameter = ({ kind, name }: Exclude<Segment, { kind: "literal" }>): string =>
  kind === "greedy" ? `{${name}+}` : `{${name}}`;

function routeSuggestion(text: string, keys: readonly string[]): string {
  const near = nearest(text, keys);
  return near === undefined ? ": see policies/api.yaml for the routes" : `; did you mean "${near}"?`;
}

const prefixes = (permission: string): string[] => {
  const parts = permission.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
};

const list = (operations: readonly Operation[]): string => {
  const shown = operations.slice(0, 4).map((operation) => operation.route.key);
  return shown.join(", ") + (operations.length > 4 ? ` and ${operations.length - 4} more` : "");
};
