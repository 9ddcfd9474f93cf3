import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isObject } from "../../core/model/is-object.ts";
import { parseJson } from "../../core/model/parse-json.ts";
import { type Problem, Problems } from "../../core/policy-files/source/problem.ts";
import { type Path, parseSource, type Source } from "../../core/policy-files/source/source.ts";

/** A document that was read, with its files by their absolute paths. */
export interface DocumentFiles {
  readonly value: unknown;
  readonly files: ReadonlyMap<string, Source | undefined>;
}

/**
 * Reads an OpenAPI document (YAML or JSON) with the files below its folder that it refers to by `$ref`. References to
 * other files become references within the document. Uses no network.
 *
 * @param parse parses one file
 */
export async function readDocument(
  path: string,
  parse: ParseFile = readSource,
): Promise<DocumentFiles | { readonly problems: readonly Problem[] }> {
  const problems = new Problems();
  const files = new Map<string, Source | undefined>();
  const references = readFiles(path, files, problems, parse);
  if (problems.list.length > 0) return { problems: problems.sorted() };
  const root = resolve(path);
  if (files.size === 1) return { value: files.get(root)?.value, files };
  return bundle(root, files, references);
}

type ParseFile = (path: string, problems: Problems) => Source | undefined;

/** Parses a file with the position of each part. */
export const parseFile: ParseFile = (path, problems) =>
  parseSource(path, readFileSync(path, "utf8"), problems, { mergeKeys: true });

/** A `$ref`, as a file writes it, and where. */
interface Reference {
  readonly text: string;
  readonly source: Source;
  readonly pointer: Path;
}

/** Reads a document and each file that it, or one of these files, refers to. Returns all references to files. */
function readFiles(
  path: string,
  files: Map<string, Source | undefined>,
  problems: Problems,
  parse: ParseFile,
): Reference[] {
  const folder = realpathSync(dirname(path));
  const pending = [path];
  const all: Reference[] = [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (files.has(resolve(next))) continue;
    const source = parse(next, problems);
    files.set(resolve(next), source);
    for (const reference of source === undefined ? [] : referencesIn(source)) {
      const target = targetOf(reference, folder, problems);
      if (target === undefined) continue;
      all.push(reference);
      pending.push(target);
    }
  }
  return all;
}

/**
 * Parses a file. JSON.parse is many times as fast as the YAML parser, but accepts a key that appears twice, of which the
 * first would be lost.
 */
function readSource(path: string, problems: Problems): Source | undefined {
  const text = readFileSync(path, "utf8");
  const value = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  if (value === undefined || repeatsPath(value, text) || hasFileReference(text))
    return parseSource(path, text, problems, { mergeKeys: true });
  const at = () => ({ file: path, line: 1, column: 1 });
  return { file: path, value, at, keyAt: at, writtenAt: () => undefined, inBraces: () => false };
}

/** Returns whether a path, or the key `paths`, may appear twice, or is written with escapes. */
function repeatsPath(value: unknown, text: string): boolean {
  const paths = isObject(value) && isObject(value["paths"]) ? Object.keys(value["paths"]) : [];
  const seen = new Set<string>();
  for (const [key] of text.matchAll(/"(?:\/[^"\\]*|paths)"(?=\s*:)/g)) {
    if (seen.has(key)) return true;
    seen.add(key);
  }
  return paths.some((path) => !seen.has(`"${path}"`));
}

const hasFileReference = (text: string): boolean => /"\$ref"\s*:\s*"[^#"]/.test(text);

/** Keys whose values are examples, not parts of the document. */
export const VALUES: readonly string[] = ["example", "examples", "default", "enum", "const"];

/** Keys whose own keys are names. */
export const NAMED: readonly string[] = ["properties", "schemas"];

/** Returns a file's references to other files. */
function referencesIn(source: Source): Reference[] {
  const found: Reference[] = [];
  const visit = (value: unknown, pointer: Path): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const isName = NAMED.includes(String(pointer.at(-1)));
      if (key === "$ref" && typeof inner === "string") {
        if (!inner.startsWith("#")) found.push({ text: inner, source, pointer: [...pointer, key] });
      } else if (isName || !VALUES.includes(key)) visit(inner, [...pointer, key]);
    }
  };
  visit(source.value, []);
  return found;
}

const BUNDLE = "npx @redocly/cli bundle openapi.yaml --output bundled.yaml";

/** Returns the file of a reference. Rejects a URL, a file that does not exist, and one outside the folder. */
function targetOf(
  { text, source, pointer }: Reference,
  folder: string,
  problems: Problems,
): string | undefined {
  const reject = (message: string): undefined => {
    problems.error("unresolved-ref", source.at(pointer), message);
    return undefined;
  };
  if (/^([a-z][a-z0-9+.-]+:|\/\/)/i.test(text))
    return reject(
      `$ref: ${text} is a URL, and Portcullis uses no network here: put its content into the document first, for example with ${BUNDLE}`,
    );
  const name = decodeFile(text.split("#", 1)[0] ?? "");
  const target = join(dirname(source.file), name);
  if (!existsSync(target)) return reject(`$ref: the file ${target} does not exist`);
  if (!statSync(target).isFile()) return reject(`$ref: ${target} is not a file`);
  const below = relative(folder, realpathSync(target));
  return below.startsWith(`..${sep}`) || below === ".." || resolve(below) === below
    ? reject(
        `$ref: ${target} is not below the document's folder: move it there, or bundle the document with ${BUNDLE}`,
      )
    : target;
}

export function decodeFile(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Moves what other files contain into the document. */
async function bundle(
  root: string,
  files: ReadonlyMap<string, Source | undefined>,
  references: readonly Reference[],
): Promise<DocumentFiles | { readonly problems: readonly Problem[] }> {
  const { $RefParser } = await import("@apidevtools/json-schema-ref-parser");
  const fromMap = {
    order: 1,
    canRead: true,
    canParse: true,
    allowEmpty: true,
    read: ({ url }: { readonly url: string }) => Buffer.from(resolve(pathOf(url))),
    // What only looks like a reference, such as one in an example, is left alone.
    // The bundler changes what it is given.
    parse: ({ data }: { readonly data: unknown }) =>
      structuredClone(files.get(String(data))?.value ?? {}) as object,
  };
  try {
    const value = await new $RefParser().bundle(root, {
      resolve: { external: true, file: false, http: false, files: fromMap },
      parse: { json: false, yaml: false, text: false, binary: false, files: fromMap },
      bundle: { excludedPathMatcher: (path: string) => VALUES.some((key) => path.includes(`/${key}/`)) },
    });
    return { value, files };
  } catch (error) {
    return { problems: [unresolved(error, root, references)] };
  }
}

const pathOf = (url: string): string => (url.startsWith("file:") ? fileURLToPath(url) : decodeFile(url));

/** Returns the problem of a reference to a part that its file does not have, at the line of the reference. */
function unresolved(error: unknown, root: string, references: readonly Reference[]): Problem {
  const problems = new Problems();
  const message = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
  const reference = references.find(({ text, source }) => {
    const [file = "", pointer = ""] = text.split("#");
    const target = pathToFileURL(join(dirname(resolve(source.file)), decodeFile(file))).pathname;
    return (
      pointer !== "" &&
      `${message}`.includes(pointer) &&
      `${JSON.stringify(error)}${message}`.includes(target.split("/").at(-1) ?? "")
    );
  });
  const at = reference?.source.at(reference.pointer) ?? { file: relative("", root), line: 1, column: 1 };
  problems.error(
    "unresolved-ref",
    at,
    `$ref: ${reference === undefined ? message : `${reference.text}: this part of the file does not exist`}`,
  );
  return problems.list[0] as Problem;
}
