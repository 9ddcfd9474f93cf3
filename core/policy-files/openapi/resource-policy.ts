import { isObject } from "../../model/is-object.ts";
import type { Route } from "../../model/route.ts";
import { matchesArnPattern } from "../../policy/arn-pattern.ts";
import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { valueAt } from "../source/validate.ts";

/** API Gateway's default quota of a resource policy. */
export const MAX_POLICY_CHARACTERS = 8_192;

const POLICY = "x-amazon-apigateway-policy";

/**
 * Rejects a document's resource policy that is too long, or that allows requests of guarded routes: API Gateway lets a request through that
 * a resource policy allows, unless the authorizer denies it explicitly. A condition changes nothing, because the
 * callers who fulfil it would not need a token.
 */
export function checkResourcePolicy(source: Source, guarded: readonly Route[], problems: Problems): void {
  const policy = valueAt(source.value, [POLICY]);
  const characters = JSON.stringify(policy ?? "").length;
  if (characters > MAX_POLICY_CHARACTERS)
    problems.error(
      "opening-resource-policy",
      source.keyAt([POLICY]),
      `${POLICY}: a resource policy can have ${MAX_POLICY_CHARACTERS} characters by default, and this one has ${characters}: shorten it with wildcards`,
    );
  if (policy === undefined || guarded.length === 0) return;
  const statements = valueAt(policy, ["Statement"]);
  if (!isObject(policy) || typeof statements !== "object" || statements === null) {
    problems.error(
      "opening-resource-policy",
      source.keyAt([POLICY]),
      `${POLICY}: expected a mapping with a Statement that is written out here, because it must not allow guarded routes`,
    );
    return;
  }
  const isList = Array.isArray(statements);
  for (const [index, statement] of (isList ? statements : [statements]).entries()) {
    const opened = guarded.find((route) => allows(statement, route));
    if (opened === undefined) continue;
    const path: Path = [POLICY, "Statement", ...(isList ? [index] : [])];
    problems.error(
      "opening-resource-policy",
      source.at(path),
      `${POLICY}: this statement allows ${opened.key}, which Portcullis guards, so it would be open to requests that the authorizer does not deny explicitly: name in its Resource only routes without an authorizer, and the stage instead of *, or remove it`,
    );
  }
}

/** Returns whether a statement may allow a request of a route to a caller who has not signed it. */
function allows(statement: unknown, route: Route): boolean {
  if (!isObject(statement)) return true;
  const { Effect, Action, NotAction, Resource } = statement as Readonly<Record<string, unknown>>;
  if (Effect === "Deny" || !mayBeAnonymous(statement)) return false;
  const acts = NotAction === undefined ? patterns(Action).some(isInvoke) : !strings(NotAction).some(isInvoke);
  if (!acts) return false;
  if (statement["NotResource"] !== undefined) return true;
  const targets = targetsOf(route);
  return resourcePatterns(Resource).some((pattern) => targets.some((target) => intersect(pattern, target)));
}

const isInvoke = (action: string): boolean => matchesArnPattern(action.toLowerCase(), "execute-api:invoke");

function mayBeAnonymous(statement: Readonly<Record<string, unknown>>): boolean {
  const principal = statement["Principal"];
  if (!isObject(principal) || statement["NotPrincipal"] !== undefined) return true;
  return Object.values(principal).some((value) => patterns(value).some((text) => text.includes("*")));
}

const strings = (value: unknown): string[] => [value].flat().filter((text) => typeof text === "string");

/**
 * Returns the patterns of a statement's member: `*` for a template's placeholder, because its value is not known, and
 * for a member that is missing or not a string.
 */
function patterns(value: unknown): string[] {
  const found = [value].flat();
  return found.length === 0
    ? ["*"]
    : found.map((text) => (typeof text === "string" ? text.replaceAll(/\$\{[^}]*\}/g, "*") : "*"));
}

/** One character, `one` for any character, or a run of any characters with or without slashes. */
type Token = { readonly char: string } | "one" | "any" | "segment";

const chars = (text: string): Token[] => Array.from(text, (char) => ({ char }));

/**
 * Returns the patterns of a Resource. A placeholder between two slashes, such as a stage's name, is one segment; any
 * other may be anything.
 */
const resourcePatterns = (resource: unknown): Token[][] =>
  [resource].flat().map((text) => {
    if (typeof text !== "string") return ["any"];
    const parts = text.match(/\$\{[^}]*\}|./gsu) ?? [];
    return parts.map((part, index): Token => {
      if (part.length > 2 && part.startsWith("${"))
        return parts[index - 1] === "/" && parts[index + 1] === "/" ? "segment" : "any";
      return part === "*" ? "any" : part === "?" ? "one" : { char: part };
    });
  });

/**
 * Returns the ARNs that a request of a route may have, in the short and the long form. A parameter may contain
 * slashes, because it is not documented whether API Gateway decodes `%2F` in them; one slash may follow.
 */
function targetsOf({ method, segments }: Route): Token[][] {
  const path = segments.flatMap((segment): Token[] => [
    { char: "/" },
    ...(segment.kind === "literal" ? chars(segment.text) : (["any"] as const)),
  ]);
  const request: Token[] = [{ char: "/" }, "segment", ...chars(`/${method}`), ...path];
  const prefixes: Token[][] = [
    chars("execute-api:"),
    [...chars("arn:"), "segment", ...chars(":execute-api:"), "segment"],
  ];
  return prefixes.flatMap((prefix) => [
    [...prefix, ...request],
    [...prefix, ...request, { char: "/" }],
  ]);
}

/** Returns whether two patterns have a string in common. */
function intersect(a: readonly Token[], b: readonly Token[]): boolean {
  const seen = new Set<number>();
  const pending: [number, number][] = [[0, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [i, j] = next;
    if (i === a.length && j === b.length) return true;
    const id = i * (b.length + 1) + j;
    if (seen.has(id)) continue;
    seen.add(id);
    const [left, right] = [a[i], b[j]];
    if (isRun(left)) pending.push([i + 1, j]);
    if (isRun(right)) pending.push([i, j + 1]);
    if (left !== undefined && right !== undefined && shareCharacter(left, right))
      pending.push([isRun(left) ? i : i + 1, isRun(right) ? j : j + 1]);
  }
  return false;
}

const isRun = (token: Token | undefined): boolean => token === "any" || token === "segment";

function shareCharacter(a: Token, b: Token): boolean {
  if (typeof a === "object" && typeof b === "object") return a.char === b.char;
  const [char] = [a, b].filter((token) => typeof token === "object");
  return char?.char !== "/" || (a !== "segment" && b !== "segment");
}
