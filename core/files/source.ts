import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from "yaml";
import type { Position, Problems } from "./problem.ts";

export type Path = readonly PropertyKey[];

/** A policy file's content and where each part of it stands. YAML and JSON alike: JSON is a part of YAML. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** Where the value at a path stands; the nearest that exists. */
  at(path: Path): Position;
  /** Where the key at a path stands. */
  keyAt(path: Path): Position;
  /** The value at a path as it is written, before YAML made a number or a date of it. */
  writtenAt(path: Path): string | undefined;
}

/** Reads a file's text; undefined, and at least one problem told, where it is neither YAML nor JSON. */
export function parseSource(file: string, text: string, problems: Problems): Source | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: "silent",
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    const [first] = document.errors;
    if (first !== undefined) problems.error(position(first.pos[0]), explain(first, text));
    return undefined;
  }
  const value = toValue(() => document.toJS({ maxAliasCount: 100 }), position(0), problems);
  if (value === undefined) return undefined;
  const find = (path: Path) => walk(document.contents, path);
  return {
    file,
    value: value.content,
    at: (path) => position(find(path).node?.range?.[0] ?? 0),
    keyAt: (path) => position(find(path).key?.range?.[0] ?? find(path).node?.range?.[0] ?? 0),
    writtenAt: (path) => {
      const { node, complete } = find(path);
      return complete && isScalar(node) ? node.source : undefined;
    },
  };
}

function toValue(read: () => unknown, at: Position, problems: Problems): { content: unknown } | undefined {
  try {
    return { content: read() ?? undefined };
  } catch (error) {
    const name = /anchor must be set before the alias\): (.*)$/.exec(
      error instanceof Error ? error.message : "",
    )?.[1];
    problems.error(
      at,
      name === undefined
        ? "uses YAML aliases in a way that cannot be read"
        : `*${name} is read as a YAML alias that is not defined: quote the text, "*${name}"`,
    );
    return undefined;
  }
}

function walk(
  root: Node | null,
  path: Path,
): { node: Node | null; key: Node | undefined; complete: boolean } {
  let node: Node | null = root;
  let key: Node | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!isPair(pair)) return { node, key, complete: false };
      key = isNode(pair.key) ? pair.key : undefined;
      if (!isNode(pair.value)) return { node: key ?? node, key, complete: false };
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (!isNode(item)) return { node, key, complete: false };
      node = item;
      key = undefined;
    } else return { node, key, complete: false };
  }
  return { node, key, complete: true };
}

const quote = "put the whole text in double quotes";

/** YAML's errors in the words of somebody who writes routes and roles, not YAML. */
function explain(error: YAMLError, text: string): string {
  const line = lineAround(text, error.pos[0]);
  switch (error.code) {
    case "BAD_ALIAS":
      return `a text that starts with * is read as a YAML alias: ${quote}`;
    case "BLOCK_AS_IMPLICIT_KEY":
      return `a text that contains ": " is read as a nested mapping: ${quote}`;
    case "DUPLICATE_KEY":
      return `the key ${line.trim().split(":", 1)[0] ?? ""} stands twice in one mapping: keep one`;
    case "TAB_AS_INDENT":
      return "a tab indents this line: YAML is indented with spaces";
    case "BAD_SCALAR_START":
      return `a text cannot start with ${text[error.pos[0]] ?? "this character"} in YAML: ${quote}`;
    case "MULTIPLE_DOCS":
      return "the file holds several YAML documents (---): keep one";
    case "MISSING_CHAR":
      return /[[,].*\{/.test(line) && /\{[^}]*\}/.test(line)
        ? `inside [ ] a path with { } is read as a nested mapping: ${quote}, or write the list with a - on a line of its own for each`
        : `not valid YAML: ${error.message}`;
    default:
      return `not valid YAML: ${error.message}`;
  }
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end === -1 ? undefined : end);
}
