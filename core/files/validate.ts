import type * as z from "zod";
import { suggestion } from "./near-miss.ts";
import type { Problems } from "./problem.ts";
import type { Path, Source } from "./source.ts";

/** A part of a file that has the schema's shape; undefined, and every problem told, where it has not. */
export function validate<T extends z.ZodType>(
  schema: T,
  source: Source,
  problems: Problems,
  base: Path = [],
): z.output<T> | undefined {
  const result = schema.safeParse(valueAt(source.value, base));
  if (result.success) return result.data;
  for (const issue of result.error.issues) tell(issue, source, problems, base);
  return undefined;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (found, step) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, step)
        ? (found as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}

function tell(issue: z.core.$ZodIssue, source: Source, problems: Problems, base: Path): void {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys)
      problems.error(
        source.keyAt([...path, key]),
        `unknown key "${key}"${suggestion(key, issue.message.split(", "))}`,
      );
    return;
  }
  const found = valueAt(source.value, path);
  if (issue.code === "invalid_union") {
    const branch = likelyBranch(issue, found);
    if (branch !== undefined) {
      for (const inner of branch) tell(inner, source, problems, path);
      return;
    }
  }
  if (issue.code === "invalid_key") {
    problems.error(
      source.keyAt(path),
      `key "${String(path.at(-1))}": ${issue.issues[0]?.message ?? "not a name"}`,
    );
    return;
  }
  problems.error(source.at(path), describe(issue, found, source.writtenAt(path), path));
}

/** The branch of a union whose kind of value was meant: an object's problems are told, not "invalid input". */
function likelyBranch(
  issue: z.core.$ZodIssueInvalidUnion,
  found: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const fitting = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === "invalid_type"),
  );
  const [only] = fitting;
  if (fitting.length !== 1 || only === undefined) return undefined;
  const isOtherMapping =
    isMapping(found) &&
    only.some((inner) => inner.code === "unrecognized_keys") &&
    only.some((inner) => inner.code === "invalid_type" && inner.path[0] === "route");
  return isOtherMapping && Object.keys(found).length === 1 ? undefined : only;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function describe(issue: z.core.$ZodIssue, found: unknown, written: string | undefined, path: Path): string {
  const subject = path.length === 0 ? "the file" : nameOf(path);
  if (found === undefined)
    return `${subject} is missing${issue.code === "invalid_type" ? `: expected ${expected(issue.expected)}` : ""}`;
  if (wantsText(issue) && (typeof found === "number" || typeof found === "boolean"))
    return `${written ?? String(found)} is read as a ${typeof found}, not as a text: put it in quotes, "${written ?? String(found)}"`;
  if (wantsText(issue) && isMapping(found)) {
    const [key = ""] = Object.keys(found);
    return `${subject} is read as a mapping with the key "${key}", because of the ": " in it: put the whole text in quotes if it is one, or write { route: …, where: … }`;
  }
  switch (issue.code) {
    case "invalid_type":
      return `${subject}: expected ${expected(issue.expected)}, found ${kindOf(found)}`;
    case "invalid_value":
      return `${subject}: expected ${issue.values.map(String).join(" or ")}, found ${shown(found)}${suggestion(String(found), issue.values.map(String)).replace(/^; there is.*/, "")}`;
    case "too_small":
      return `${subject}: must not be empty`;
    case "invalid_union":
      return `${subject}: ${unionExpectation(issue)}, found ${kindOf(found)}`;
    case "invalid_format":
      return `${subject}: ${issue.message}, found ${shown(found)}`;
    default:
      return `${subject}: ${issue.message}`;
  }
}

function wantsText(issue: z.core.$ZodIssue): boolean {
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

function unionExpectation(issue: z.core.$ZodIssueInvalidUnion): string {
  const kinds = issue.errors.flatMap((branch) => {
    const [first] = branch;
    if (first?.code === "invalid_type") return [expected(first.expected)];
    return first?.code === "invalid_value" ? first.values.map((value) => `"${String(value)}"`) : [];
  });
  return `expected ${[...new Set(kinds)].join(" or ") || "another kind of value"}`;
}

const KINDS: Record<string, string> = {
  string: "a text",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  number: "a number",
  boolean: "true or false",
  int: "a whole number",
};
const expected = (kind: string): string => KINDS[kind] ?? kind;

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : shown(value);
}

const shown = (value: unknown): string =>
  typeof value === "string" ? `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"` : String(value);

function nameOf(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step + 1}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
