import type { InitNotes } from "./notes.ts";

/** A path of the document, and the form in which API Gateway can import it. */
export interface RenamedPath {
  readonly source: string;
  readonly path: string;
  /** The path that the document has, with the parameters' names of `path`: what the backend is called on. */
  readonly backendPath: string;
}

/** A parsed segment. `generated`: the parameter's name is not from the document. */
type Part =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter" | "greedy"; readonly name: string; readonly generated: boolean };

interface ParsedPath {
  readonly source: string;
  readonly parts: readonly Part[];
}

/**
 * Converts every path to a form that API Gateway imports: with whole segments, allowed characters, one name for the
 * parameter at a position, and no slash at the end. Drops a path that has no such form.
 */
export function renamePaths(sources: readonly string[], notes: InitNotes): RenamedPath[] {
  const parsed = dropConflicting(
    sources.map((source) => parsePath(source, notes)),
    notes,
  );
  const names = nameParameters(parsed, notes);
  return parsed.flatMap(({ source, parts }) => {
    const path = printPath(parts, names);
    const backendPath = asWritten(source, path);
    if (longestResource(parts) <= 512) return [{ source, path, backendPath }];
    notes.add(
      "dropped",
      source,
      "its pattern is longer than 512 characters, which is the limit for a policy's resource",
    );
    return [];
  });
}

/** Returns a path with the empty segments and the slash at the end that the document writes. */
function asWritten(source: string, path: string): string {
  const segments = path.split("/").filter((text) => text !== "");
  const written = splitSegments(withoutQuery(source).replace(/^\//, ""));
  return `/${written.map((text) => (text === "" ? "" : segments.shift())).join("/")}`;
}

/** Returns a path with `{name}` for a greedy parameter too, as URIs of backends write it. */
export const greedyless = (path: string): string => path.replaceAll("+}", "}");

/** Returns the name of each of the document's parameters in the path that the folder has. */
export function parameterMap({ source, path }: RenamedPath): ReadonlyMap<string, string> {
  const written = [...source.matchAll(new RegExp(PARAMETER, "g"))].map(([one]) => nameOf(one));
  const names = [...path.matchAll(/\{([^{}+]*)\+?\}/g)].map(([, name = ""]) => name);
  return new Map(written.length === names.length ? written.map((name, at) => [name, names[at] ?? name]) : []);
}

const nameOf = (parameter: string): string =>
  (parameter.slice(1, -1).split(":", 1)[0] ?? "").trim().replace(/^[+*]|[+*]$/g, "");

/** A parameter, whose regular expression may have braces of its own. */
const PARAMETER = String.raw`\{(?:[^{}]|\{[^{}]*\})*\}`;

/** Returns a path before its query or fragment. A regular expression of a parameter may contain `?` and `#`. */
const withoutQuery = (source: string): string =>
  new RegExp(`^(?:${PARAMETER}|[^?#])*`).exec(source)?.[0] ?? "";

/** Splits a path at its slashes, except those in a parameter's regular expression. */
const splitSegments = (path: string): string[] =>
  [...`${path}/`.matchAll(new RegExp(`((?:${PARAMETER}|[^/])*)/`, "g"))].map((match) => match[1] ?? "");

const LITERAL = /^[A-Za-z0-9_.,:-]+$/;

function parsePath(source: string, notes: InitNotes): ParsedPath {
  const bare = withoutQuery(source);
  if (bare !== source)
    notes.add("renamed", source, "a path cannot have a query or a fragment, so they are removed");
  const texts = splitSegments(bare).filter((text) => text !== "");
  if (bare !== "/" && `/${texts.join("/")}` !== bare)
    notes.add(
      "renamed",
      source,
      `API Gateway allows no empty segment and no slash at the end, so it is /${texts.join("/")} now; the backend is called as before`,
      "slashes",
    );
  const parts = texts.map((text, index) => parsePart(source, text, index === texts.length - 1, notes));
  return { source, parts };
}

function parsePart(source: string, text: string, last: boolean, notes: InitNotes): Part {
  if (new RegExp(`^${PARAMETER}$`).test(text)) return parseParameter(source, text.slice(1, -1), last, notes);
  if (LITERAL.test(text)) return { kind: "literal", text };
  const names = [...text.matchAll(new RegExp(PARAMETER, "g"))].map(([one]) =>
    cleanName(one.slice(1, -1).split(":", 1)[0] ?? ""),
  );
  const name = names.length > 0 ? names.join("_") : cleanName(text);
  notes.add(
    "renamed",
    source,
    names.length > 0
      ? `a parameter must be a whole segment in API Gateway, so {${name}} replaces ${text}`
      : `API Gateway allows only letters, digits and _ . , : - in a segment, so {${name}} replaces "${text}" and matches any other value too`,
    names.length > 0 ? "partial segment" : "characters of a segment",
  );
  return { kind: "parameter", name, generated: true };
}

function parseParameter(source: string, text: string, last: boolean, notes: InitNotes): Part {
  const [written = "", ...rest] = text.split(":");
  const expression = rest.join(":").trim();
  const isGreedy = /^[+*]|[+*]$/.test(written.trim()) || /^\.[*+]$/.test(expression);
  const name = cleanName(written);
  if (isGreedy && !last)
    notes.add(
      "renamed",
      source,
      `a greedy parameter must be the last segment, so {${name}} matches one segment only`,
      "greedy parameter",
    );
  if (expression !== "")
    notes.add(
      "renamed",
      source,
      `API Gateway does not check the regular expression of {${text}}, so {${name}${isGreedy && last ? "+" : ""}} matches ${isGreedy && last ? "any rest" : "any one segment"}`,
      "regular expression",
    );
  else if (name !== text.replace(/\+$/, ""))
    notes.add(
      "renamed",
      source,
      `API Gateway allows only letters, digits and _ . - in a parameter's name, so {${text}} is {${name}} now`,
      "characters of a parameter's name",
    );
  return { kind: isGreedy && last ? "greedy" : "parameter", name, generated: false };
}

/** Converts any string to a parameter name. */
function cleanName(text: string): string {
  const name = text
    .normalize("NFKD")
    .replace(/^[^A-Za-z0-9_.-]+|[^A-Za-z0-9_.-]+$/g, "")
    .replace(/[^A-Za-z0-9_.-]+/g, "_");
  return name === "" ? "value" : name;
}

/** Drops a path with a greedy parameter at a position at which another path has a single parameter. */
function dropConflicting(paths: readonly ParsedPath[], notes: InitNotes): ParsedPath[] {
  const single = new Map<string, string>();
  for (const { source, parts } of paths)
    for (const [index, part] of parts.entries())
      if (part.kind === "parameter" && !single.has(treePosition(parts, index)))
        single.set(treePosition(parts, index), source);
  return paths.filter(({ source, parts }) => {
    const conflicting =
      parts.at(-1)?.kind === "greedy" ? single.get(treePosition(parts, parts.length - 1)) : undefined;
    if (conflicting !== undefined)
      notes.add(
        "dropped",
        source,
        `${conflicting} has a parameter at the position of this path's greedy parameter, and API Gateway allows only one of them`,
        "greedy parameter next to another",
      );
    return conflicting === undefined;
  });
}

/** Returns a segment's position in the tree of resources: the segments before it, without parameter names. */
const treePosition = (parts: readonly Part[], index: number): string =>
  parts
    .slice(0, index)
    .map((part) => (part.kind === "literal" ? `/${part.text}` : "/{}"))
    .join("");

/**
 * Chooses one name for each position that has a parameter: the most frequent one, and no name twice in a path.
 */
function nameParameters(paths: readonly ParsedPath[], notes: InitNotes): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const preferred = preferredNames(paths);
  const renamed = new Map<string, { readonly why: string; count: number; readonly source: string }>();
  for (const { source, parts } of paths)
    for (const [index, part] of parts.entries()) {
      if (part.kind === "literal") continue;
      const position = treePosition(parts, index);
      const name =
        names.get(position) ??
        unusedName(preferred.get(position) ?? part.name, namesBefore(parts, index, names));
      names.set(position, name);
      if (name === part.name) continue;
      const why = `a parameter has one name at a position, so {${part.name}} is {${name}} now`;
      const counted = renamed.get(`${position} ${why}`) ?? { why, count: 0, source };
      counted.count += 1;
      renamed.set(`${position} ${why}`, counted);
    }
  for (const { why, count, source } of renamed.values())
    notes.add("renamed", source, count === 1 ? why : `${why}, in ${count} paths`, "one name at a position");
  return names;
}

/**
 * Returns the preferred name for each position: from the document before generated, then the most frequent, then
 * the first.
 */
function preferredNames(paths: readonly ParsedPath[]): ReadonlyMap<string, string> {
  const weights = new Map<string, Map<string, number>>();
  for (const { parts } of paths)
    for (const [index, part] of parts.entries()) {
      if (part.kind === "literal") continue;
      const position = treePosition(parts, index);
      const byName = weights.get(position) ?? new Map<string, number>();
      const weight = (byName.get(part.name) ?? 0) + (part.generated ? 1e-6 : 1);
      weights.set(position, byName.set(part.name, weight));
    }
  return new Map(
    [...weights].map(([position, byName]) => [
      position,
      [...byName].reduce((a, b) => (b[1] > a[1] ? b : a))[0],
    ]),
  );
}

const namesBefore = (parts: readonly Part[], index: number, names: ReadonlyMap<string, string>): string[] =>
  parts
    .slice(0, index)
    .flatMap((part, at) => (part.kind === "literal" ? [] : (names.get(treePosition(parts, at)) ?? [])));

function unusedName(wanted: string, used: readonly string[]): string {
  let name = wanted;
  for (let count = 2; used.includes(name); count++) name = `${wanted}_${count}`;
  return name;
}

function printPath(parts: readonly Part[], names: ReadonlyMap<string, string>): string {
  const texts = parts.map((part, index) => {
    if (part.kind === "literal") return part.text;
    const name = names.get(treePosition(parts, index)) ?? part.name;
    return part.kind === "greedy" ? `{${name}+}` : `{${name}}`;
  });
  return `/${texts.join("/")}`;
}

/**
 * Returns the length of the longest resource for a path: with 90 characters for the ARN up to the stage, and the
 * longest method.
 */
const longestResource = (parts: readonly Part[]): number =>
  90 +
  "/OPTIONS/".length +
  parts.reduce((sum, part) => sum + 1 + (part.kind === "literal" ? part.text.length : 2), 0);

/** Counts the resources that API Gateway creates for paths: one for each node of the tree. */
export function countResources(paths: readonly string[]): number {
  const nodes = new Set<string>();
  for (const path of paths) {
    const texts = path.split("/").filter((text) => text !== "");
    for (let length = 1; length <= texts.length; length++) nodes.add(texts.slice(0, length).join("/"));
  }
  return nodes.size + 1;
}
