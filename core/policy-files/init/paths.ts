import type { InitNotes } from "./notes.ts";

/** A path of the document, and what API Gateway can have in its place. */
export interface RenamedPath {
  readonly source: string;
  readonly path: string;
}

/** A segment on its way; `made`: the name is not one that the document gave. */
type Part =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter" | "greedy"; readonly name: string; readonly made: boolean };

interface ParsedPath {
  readonly source: string;
  readonly parts: readonly Part[];
}

/**
 * Gives every path the form that API Gateway imports: whole segments, known characters, one name at one
 * position, no slash at the end. A path for which there is none is dropped.
 */
export function renamePaths(sources: readonly string[], notes: InitNotes): RenamedPath[] {
  const parsed = withoutRivals(
    sources.map((source) => parsePath(source, notes)),
    notes,
  );
  const names = nameOfPlaces(parsed, notes);
  return parsed.flatMap(({ source, parts }) => {
    const path = printPath(parts, names);
    if (longestResource(parts) <= 512) return [{ source, path }];
    notes.add(
      "dropped",
      source,
      "its pattern is longer than the 512 characters that a policy's resource can have",
    );
    return [];
  });
}

const LITERAL = /^[A-Za-z0-9_.,:-]+$/;

function parsePath(source: string, notes: InitNotes): ParsedPath {
  const bare = source.split(/[?#]/, 1)[0] ?? "";
  if (bare !== source) notes.add("renamed", source, "a path has no query and no fragment: they are cut off");
  const texts = bare.split("/").filter((text) => text !== "");
  if (bare !== "/" && `/${texts.join("/")}` !== bare)
    notes.add(
      "renamed",
      source,
      `API Gateway has no empty segment and no slash at the end: /${texts.join("/")}`,
    );
  const parts = texts.map((text, index) => parsePart(source, text, index === texts.length - 1, notes));
  return { source, parts };
}

function parsePart(source: string, text: string, last: boolean, notes: InitNotes): Part {
  const whole = /^\{([^{}]*)\}$/.exec(text)?.[1];
  if (whole !== undefined) return parseParameter(source, whole, last, notes);
  if (LITERAL.test(text)) return { kind: "literal", text };
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => cleanName(match[1] ?? ""));
  const name = names.length > 0 ? names.join("_") : cleanName(text);
  notes.add(
    "renamed",
    source,
    names.length > 0
      ? `API Gateway takes a parameter as a whole segment only: {${name}} stands for ${text}`
      : `API Gateway has letters, digits and _ . , : - only in a segment: {${name}} stands for "${text}", and for anything else there`,
  );
  return { kind: "parameter", name, made: true };
}

function parseParameter(source: string, text: string, last: boolean, notes: InitNotes): Part {
  const takesRest = /^\+|[+*]$/.test(text);
  const name = cleanName(text);
  if (takesRest && !last)
    notes.add(
      "renamed",
      source,
      `a parameter that takes the rest stands last only: {${name}} takes one segment`,
    );
  if (name !== text.replace(/\+$/, ""))
    notes.add(
      "renamed",
      source,
      `a parameter's name has letters, digits and _ . - only: {${text}} is {${name}}`,
    );
  return { kind: takesRest && last ? "greedy" : "parameter", name, made: false };
}

/** A parameter's name of whatever stood there. */
function cleanName(text: string): string {
  const name = text
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_.-]+/g, "_")
    .replace(/^[^A-Za-z]+|[_.-]+$/g, "");
  return name === "" ? "value" : name;
}

/** At one position there is a parameter, or one that takes the rest, not both. */
function withoutRivals(paths: readonly ParsedPath[], notes: InitNotes): ParsedPath[] {
  const single = new Map<string, string>();
  for (const { source, parts } of paths)
    for (const [index, part] of parts.entries())
      if (part.kind === "parameter" && !single.has(placeOf(parts, index)))
        single.set(placeOf(parts, index), source);
  return paths.filter(({ source, parts }) => {
    const rival = parts.at(-1)?.kind === "greedy" ? single.get(placeOf(parts, parts.length - 1)) : undefined;
    if (rival !== undefined)
      notes.add(
        "dropped",
        source,
        `${rival} has a parameter in the place where this one takes the rest: API Gateway has one of the two`,
      );
    return rival === undefined;
  });
}

/** A segment's place in the tree of resources: the segments before it, without the names of parameters. */
const placeOf = (parts: readonly Part[], index: number): string =>
  parts
    .slice(0, index)
    .map((part) => (part.kind === "literal" ? `/${part.text}` : "/{}"))
    .join("");

/** One name for each place that has a parameter: the one that most paths give it, and none twice in a path. */
function nameOfPlaces(paths: readonly ParsedPath[], notes: InitNotes): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const preferred = preferredNames(paths);
  const renamed = new Map<string, { readonly why: string; count: number; readonly source: string }>();
  for (const { source, parts } of paths)
    for (const [index, part] of parts.entries()) {
      if (part.kind === "literal") continue;
      const place = placeOf(parts, index);
      const name =
        names.get(place) ?? unusedName(preferred.get(place) ?? part.name, namesBefore(parts, index, names));
      names.set(place, name);
      if (name === part.name) continue;
      const why = `at one position a parameter has one name: {${part.name}} is {${name}}`;
      const known = renamed.get(`${place} ${why}`) ?? { why, count: 0, source };
      known.count += 1;
      renamed.set(`${place} ${why}`, known);
    }
  for (const { why, count, source } of renamed.values())
    notes.add("renamed", source, count === 1 ? why : `${why}, in ${count} paths`);
  return names;
}

/** Names that the document gives count before those that were made, then the more frequent, then the first. */
function preferredNames(paths: readonly ParsedPath[]): ReadonlyMap<string, string> {
  const weights = new Map<string, Map<string, number>>();
  for (const { parts } of paths)
    for (const [index, part] of parts.entries()) {
      if (part.kind === "literal") continue;
      const place = placeOf(parts, index);
      const known = weights.get(place) ?? new Map<string, number>();
      weights.set(place, known.set(part.name, (known.get(part.name) ?? 0) + (part.made ? 1e-6 : 1)));
    }
  return new Map(
    [...weights].map(([place, known]) => [place, [...known].reduce((a, b) => (b[1] > a[1] ? b : a))[0]]),
  );
}

const namesBefore = (parts: readonly Part[], index: number, names: ReadonlyMap<string, string>): string[] =>
  parts
    .slice(0, index)
    .flatMap((part, at) => (part.kind === "literal" ? [] : (names.get(placeOf(parts, at)) ?? [])));

function unusedName(wanted: string, used: readonly string[]): string {
  let name = wanted;
  for (let count = 2; used.includes(name); count++) name = `${wanted}_${count}`;
  return name;
}

function printPath(parts: readonly Part[], names: ReadonlyMap<string, string>): string {
  const texts = parts.map((part, index) => {
    if (part.kind === "literal") return part.text;
    const name = names.get(placeOf(parts, index)) ?? part.name;
    return part.kind === "greedy" ? `{${name}+}` : `{${name}}`;
  });
  return `/${texts.join("/")}`;
}

/** With an ARN of 90 characters up to the stage, and the longest method. */
const longestResource = (parts: readonly Part[]): number =>
  90 +
  "/OPTIONS/".length +
  parts.reduce((sum, part) => sum + 1 + (part.kind === "literal" ? part.text.length : 2), 0);

/** How many resources API Gateway makes of paths: one a place in the tree. */
export function countResources(paths: readonly string[]): number {
  const places = new Set<string>();
  for (const path of paths) {
    const texts = path.split("/").slice(1);
    for (let length = 1; length <= texts.length; length++) places.add(texts.slice(0, length).join("/"));
  }
  return places.size + 1;
}
