import type * as z from "zod";
import { isObject } from "../../model/is-object.ts";
import type { Problems } from "./problem.ts";
import type { Path, Source } from "./source.ts";
import { joinWithOr, suggestion } from "./suggestion.ts";

/** Validates a part of a file. Returns undefined, and reports every problem, if it does not match the schema. */
export function validate<T extends z.ZodType>(
  schema: T,
  source: Source,
  problems: Problems,
  base: Path = [],
): z.output<T> | undefined {
  const value = valueAt(source.value, base);
  const result = schema.safeParse(value);
  const issues = result.error?.issues ?? [];
  for (const issue of issues) report(issue, source, problems, base);
  const lost = lostKeys(value).filter((path) => !issues.some((issue) => isUnknownKey(issue, path)));
  for (const path of lost)
    problems.error(
      "invalid-name",
      source.keyAt([...base, ...path]),
      'a key cannot be called "__proto__": rename it',
    );
  return lost.length === 0 ? result.data : undefined;
}

/** Returns the paths of `__proto__` keys, which the schemas drop from a mapping without an error. */
function lostKeys(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "__proto__" ? [[key]] : lostKeys(inner).map((path) => [key, ...path]),
  );
}

const isUnknownKey = (issue: z.core.$ZodIssue, path: Path): boolean =>
  issue.code === "unrecognized_keys" &&
  issue.keys.some((key) => [...issue.path, key].join("\n") === path.join("\n"));

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (found, step) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, step)
        ? (found as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}

function report(issue: z.core.$ZodIssue, source: Source, problems: Problems, base: Path): void {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys)
      problems.error(
        "unknown-key",
        source.keyAt([...path, key]),
        `unknown key "${key}"${suggestion(key, issue.message.split(", "))}`,
      );
    return;
  }
  const found = valueAt(source.value, path);
  if (issue.code === "invalid_union") {
    const branch = likelyBranch(issue, found);
    if (branch !== undefined) {
      for (const inner of branch) report(inner, source, problems, path);
      return;
    }
  }
  if (issue.code === "invalid_key") {
    problems.error(
      "invalid-name",
      source.keyAt(path),
      `key "${String(path.at(-1))}": ${issue.issues[0]?.message ?? "not a name"}`,
    );
    return;
  }
  problems.error(
    found === undefined ? "missing-value" : "invalid-value",
    source.at(path),
    describe(issue, found, source, path),
  );
}

/**
 * Returns the issues of the union's branch that was probably meant, so that these are reported instead of
 * "invalid input".
 */
function likelyBranch(
  issue: z.core.$ZodIssueInvalidUnion,
  found: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const candidates = issue.errors.filter((branch) => !branch.some(isOfAnotherKind));
  const [only] = candidates;
  if (candidates.length !== 1 || only === undefined) return undefined;
  const isOtherMapping =
    isObject(found) &&
    only.some((inner) => inner.code === "unrecognized_keys") &&
    only.some((inner) => inner.code === "invalid_type" && inner.path[0] === "route");
  return isOtherMapping && Object.keys(found).length === 1 ? undefined : only;
}

const isOfAnotherKind = ({ path, code }: z.core.$ZodIssue): boolean =>
  path.length === 0 && (code === "invalid_type" || code === "invalid_value");

function describe(issue: z.core.$ZodIssue, found: unknown, source: Source, path: Path): string {
  if (found === undefined) return describeMissing(issue, path);
  if (expectsString(issue) && (typeof found === "number" || typeof found === "boolean")) {
    const written = source.writtenAt(path) ?? String(found);
    return `${written} is read as a ${typeof found}, not as a string: put it in quotes, "${written}"`;
  }
  if (expectsString(issue) && isObject(found)) {
    const [key = ""] = Object.keys(found);
    const why = source.inBraces(path) ? "the { }" : 'the ": " in it';
    return `${printPath(path)} is read as a mapping with the key "${key}" because of ${why}: put the whole value in quotes if it is a string, or write { route: …, where: … }`;
  }
  return `${printPath(path)}${describeValue(issue, found)}`;
}

function describeMissing(issue: z.core.$ZodIssue, path: Path): string {
  const what = `${printPath(path)} is ${path.length === 0 ? "empty" : "missing"}`;
  switch (issue.code) {
    case "invalid_type":
      return `${what}: expected ${expected(issue.expected)}`;
    case "invalid_value":
      return `${what}: expected ${joinWithOr(issue.values.map(String))}`;
    case "invalid_union":
      return `${what}: ${expectedKinds(issue)}`;
    default:
      return what;
  }
}

function describeValue(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return `: expected ${expected(issue.expected)}, found ${kindOf(found)}`;
    case "invalid_value":
      return `: expected ${joinWithOr(issue.values.map(String))}, found ${shown(found)}${suggestion(String(found), issue.values.map(String)).replace(/^; expected.*/, "")}`;
    case "too_small":
      return typeof found === "number"
        ? `: must be greater than ${issue.minimum}, found ${found}`
        : ": must not be empty";
    case "invalid_union":
      return `: ${expectedKinds(issue)}, found ${kindOf(found)}`;
    case "invalid_format":
      return `: ${issue.message}, found ${shown(found)}`;
    default:
      return `: ${issue.message}`;
  }
}

function expectsString(issue: z.core.$ZodIssue): boolean {
  if (issue.code === "invalid_type") return issue.expected === "string";
  return (
    issue.code === "invalid_union" &&
    issue.errors.some((branch) =>
      branch.some(
        (inner) => inner.code === "invalid_type" && inner.expected === "string" && inner.path.length === 0,
      ),
    )
  );
}

function expectedKinds(issue: z.core.$ZodIssueInvalidUnion): string {
  if (issue.message.startsWith("expected ")) return issue.message;
  const kinds = issue.errors.flatMap((branch) => {
    const [first] = branch;
    if (first?.code === "invalid_type") return [expected(first.expected)];
    return first?.code === "invalid_value" ? first.values.map((value) => `"${String(value)}"`) : [];
  });
  return `expected ${[...new Set(kinds)].join(" or ") || "another kind of value"}`;
}

const KINDS: Record<string, string> = {
  string: "a string",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  number: "a number",
  boolean: "true or false",
  int: "a whole number",
};
const expected = (kind: string): string => KINDS[kind] ?? kind;

/** Returns how messages name a value that they found. */
export function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : shown(value);
}

const shown = (value: unknown): string =>
  typeof value === "string" ? `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"` : String(value);

function printPath(path: Path): string {
  if (path.length === 0) return "the file";
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step + 1}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
