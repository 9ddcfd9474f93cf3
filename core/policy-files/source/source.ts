import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { isObject } from "../../model/is-object.ts";
import { memoize } from "../../model/memoize.ts";
import { expandMergeKeys, MergeKeyError } from "./merge-keys.ts";
import type { Position, Problems } from "./problem.ts";

export type Path = readonly PropertyKey[];

/**
 * A policy file's content, with the position of each part. Reads both YAML and JSON, which is a subset of YAML.
 */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** Returns the position of the value at a path, or of its nearest ancestor that exists. */
  at(path: Path): Position;
  /** Returns the position of the key at a path. */
  keyAt(path: Path): Position;
  /** Returns the value at a path as it is written, before YAML converts it to a number or a date. */
  writtenAt(path: Path): string | undefined;
  /** Returns whether the value at a path is a mapping written as `{ … }`. */
  inBraces(path: Path): boolean;
}

/** Returns the source without the key `$schema`, which is for editors, for files whose other keys are names. */
export function withoutSchemaKey(source: Source): Source {
  const { value } = source;
  if (!isObject(value)) return source;
  const named = Object.entries(value).filter(([key]) => key !== "$schema");
  return { ...source, value: Object.fromEntries(named) };
}

interface Format {
  readonly text: string;
  readonly json: boolean;
}

/** Options of {@link parseSource}. */
export interface ParseOptions {
  /**
   * Whether YAML merge keys are expanded, as in API documents. YAML 1.2 has none, so in other files `<<` is a key
   * that the file's schema rejects.
   */
  readonly mergeKeys?: boolean;
}

/** Parses a file. Returns undefined, and reports at least one problem, if it is not valid YAML or JSON. */
export function parseSource(
  file: string,
  text: string,
  problems: Problems,
  { mergeKeys = false }: ParseOptions = {},
): Source | undefined {
  const lines = new LineCounter();
  // Log level "silent" would drop a second document without an error; "error" prints nothing either.
  const options = { prettyErrors: false, uniqueKeys: true, logLevel: "error" } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const errors = [...document.errors.slice(0, 1), ...document.warnings.filter(isUnknownTag)];
  for (const { code, message, pos } of errors.slice(0, 1))
    problems.error(
      "invalid-syntax",
      position(pos[0]),
      `${explain({ code, message, at: pos[0] }, { text, json: isJson(file) })}${code === "DUPLICATE_KEY" ? firstLine(document, pos[0], lines) : ""}`,
    );
  if (errors.length > 0) return undefined;
  const error = mergeKeys && !isJson(file) ? expansionError(document) : undefined;
  if (error !== undefined) {
    problems.error("invalid-syntax", position(error.offset), error.message);
    return undefined;
  }
  const value = toValue(document, isJson(file), position, problems);
  if (value === undefined) return undefined;
  const find = (path: Path) => walk(document.contents, path);
  return {
    file,
    value: value.content,
    at: (path) => position(contentStart(find(path).node, text)),
    keyAt: (path) => position(find(path).key?.range?.[0] ?? contentStart(find(path).node, text)),
    writtenAt: (path) => {
      const { node, complete } = find(path);
      return complete && isScalar(node) ? node.source : undefined;
    },
    inBraces: (path) => {
      const { node, complete } = find(path);
      return complete && isMap(node) && node.flow === true;
    },
  };
}

/** Returns where a mapping has the key of an offset before. */
function firstLine(document: Document, offset: number, lines: LineCounter): string {
  let first: number | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const repeated = items.find(({ key }) => isScalar(key) && key.range?.[0] === offset)?.key;
      if (!isScalar(repeated)) return undefined;
      const earlier = items.find(({ key }) => isScalar(key) && key.value === repeated.value)?.key;
      first = isScalar(earlier) ? earlier.range?.[0] : undefined;
      return visit.BREAK;
    },
  });
  return first === undefined ? "" : `; the first is in line ${lines.linePos(first).line}`;
}

const isJson = (file: string): boolean => file.endsWith(".json");

/** Returns whether a warning is about an unknown tag, which YAML drops together with the start of the value. */
const isUnknownTag = ({ code }: { code: string }): boolean => code === "TAG_RESOLVE_FAILED";

/** Returns the offset of a node's content: after the comments and empty lines before a collection. */
function contentStart(node: Node | null, text: string): number {
  const start = node?.range?.[0] ?? 0;
  if (!isCollection(node)) return start;
  BLANK.lastIndex = start;
  return BLANK.test(text) ? BLANK.lastIndex : start;
}

const BLANK = /(?:\s|#.*)*/y;

function toValue(
  document: Document.Parsed,
  json: boolean,
  position: (offset: number) => Position,
  problems: Problems,
): { content: unknown } | undefined {
  try {
    return { content: document.toJS({ maxAliasCount: 100 }) ?? undefined };
  } catch (error) {
    const name = /anchor must be set before the alias\): (.*)$/.exec(
      error instanceof Error ? error.message : "",
    )?.[1];
    problems.error(
      "invalid-syntax",
      position(name === undefined ? 0 : aliasAt(document, name)),
      name === undefined
        ? "the file has YAML aliases that cannot be resolved: write their values out"
        : json
          ? `not valid JSON: *${name} is not a value`
          : `*${name} is read as an undefined YAML alias: put it in double quotes, "*${name}"`,
    );
    return undefined;
  }
}

function expansionError(document: Document): MergeKeyError | undefined {
  try {
    expandMergeKeys(document);
    return undefined;
  } catch (error) {
    if (error instanceof MergeKeyError) return error;
    throw error;
  }
}

function aliasAt(document: Document.Parsed, name: string): number {
  let offset = 0;
  visit(document, {
    Alias: (_, { source, range }) => {
      if (source !== name) return undefined;
      offset = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Returns the first pair of each scalar key of a mapping, which must not change any more. */
const pairsByKey = memoize(({ items }: YAMLMap): ReadonlyMap<string, Pair> => {
  const pairs = new Map<string, Pair>();
  for (const pair of items)
    if (isScalar(pair.key) && !pairs.has(String(pair.key.value))) pairs.set(String(pair.key.value), pair);
  return pairs;
});

function walk(
  root: Node | null,
  path: Path,
): { node: Node | null; key: Node | undefined; complete: boolean } {
  let node: Node | null = root;
  let key: Node | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = pairsByKey(node).get(String(step));
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

const quote = "put the whole value in double quotes";

interface SyntaxProblem {
  readonly code: YAMLError["code"];
  readonly message: string;
  readonly at: number;
}

/** Explains a YAML error in terms of routes and roles instead of YAML. */
function explain(error: SyntaxProblem, format: Format): string {
  return (
    explainClosing(error, format) ??
    (format.json ? undefined : explainScalar(error, format)) ??
    explainDocument(error, format) ??
    `not valid ${format.json ? "JSON" : "YAML"}: ${error.message}`
  );
}

function explainDocument({ code, at }: SyntaxProblem, { text }: Format): string | undefined {
  switch (code) {
    case "DUPLICATE_KEY":
      return `the key ${keyAt(text, at)} appears twice in the same mapping: keep one`;
    case "TAB_AS_INDENT":
      return "the line is indented with a tab: indent it with spaces";
    case "MULTIPLE_DOCS":
      return "the file contains several YAML documents, separated by ---: keep one";
    default:
      return undefined;
  }
}

function explainScalar({ code, message, at }: SyntaxProblem, { text }: Format): string | undefined {
  const line = lineAround(text, at);
  switch (code) {
    case "BAD_ALIAS":
      return `a value that starts with * is read as a YAML alias: ${quote}`;
    case "BLOCK_AS_IMPLICIT_KEY":
      return `a value that contains ": " is read as a nested mapping: ${quote}`;
    case "BAD_SCALAR_START":
      return `a value cannot start with ${text[at] ?? "this character"} in YAML: ${quote}`;
    case "TAG_RESOLVE_FAILED":
      return `a value that starts with ! is read as a YAML tag: ${quote}`;
    default:
      return /^Missing , or :/.test(message) && /[[,].*\{[^}]*\}/.test(line)
        ? `inside [ ], a path with { } is read as a nested mapping: ${quote}, or write each entry of the list on its own line after a -`
        : undefined;
  }
}

/**
 * Explains an unclosed list or mapping by where it begins; YAML's own error only says where its end was expected.
 */
function explainClosing({ message }: SyntaxProblem, { text }: Format): string | undefined {
  if (!/must .*end with a [\]}]$/.test(message)) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, keepSourceTokens: true, logLevel: "error" });
  let opening: number | undefined;
  visit(document, {
    Collection: (_, { srcToken, range }) => {
      if (srcToken?.type !== "flow-collection") return;
      const closing = srcToken.start.type === "flow-seq-start" ? "flow-seq-end" : "flow-map-end";
      if (!srcToken.end.some(({ type }) => type === closing)) opening = range?.[0];
    },
  });
  return opening === undefined
    ? undefined
    : `the ${text[opening]} in line ${lines.linePos(opening).line} has no closing ${text[opening] === "[" ? "]" : "}"}`;
}

const keyAt = (text: string, at: number): string =>
  /^(?:"[^"\n]*"|'[^'\n]*'|[^\s:,]+)/.exec(text.slice(at))?.[0].replace(/^["']|["']$/g, "") ?? "";

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end === -1 ? undefined : end);
}
