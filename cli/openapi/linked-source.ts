import { dirname, join, resolve } from "node:path";
import { isObject } from "../../core/model/is-object.ts";
import { resolveRef } from "../../core/policy-files/openapi/resolve-ref.ts";
import type { Path, Source } from "../../core/policy-files/source/source.ts";
import { valueAt } from "../../core/policy-files/source/validate.ts";
import { type DocumentFiles, decodeFile, NAMED, VALUES } from "./read-document.ts";

/**
 * Returns the source of a document of several files: the bundled document, with positions in the files that hold its
 * parts. What API Gateway does not import by `$ref` is written out.
 */
export function linkedSource(path: string, { value, files }: DocumentFiles): Source {
  const root = files.get(resolve(path));
  if (root === undefined) throw new Error(`${path} was not read`);
  const find = (pointer: Path): [Source, Path] => locate(pointer, root, files);
  return {
    file: path,
    value: writeOut(value),
    at: (pointer) => at(find(pointer)),
    keyAt: (pointer) => keyAt(find(pointer)),
    writtenAt: (pointer) => {
      const [source, place] = find(pointer);
      return source.writtenAt(place);
    },
    inBraces: (pointer) => {
      const [source, place] = find(pointer);
      return source.inBraces(place);
    },
  };
}

const at = ([source, place]: [Source, Path]) => source.at(place);
const keyAt = ([source, place]: [Source, Path]) => source.keyAt(place);

/**
 * Writes out references to parts of the document that are not components, which API Gateway does not import, and those
 * of path items and operations. A reference inside what it refers to stays.
 */
function writeOut(document: unknown): unknown {
  if (!isObject(document)) return document;
  const write = (value: unknown, depth: number, open: ReadonlySet<string>, name = ""): unknown => {
    if (Array.isArray(value)) return value.map((item) => write(item, depth + 1, open));
    if (!isObject(value)) return value;
    const { $ref: ref } = value;
    if (typeof ref === "string" && !open.has(ref) && (depth < 0 || !ref.startsWith("#/components/")))
      return write(resolveRef(document, { $ref: ref }) ?? value, depth, new Set([...open, ref]));
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        VALUES.includes(key) && !NAMED.includes(name) ? inner : write(inner, depth + 1, open, key),
      ]),
    );
  };
  const paths = write(document["paths"], -3, new Set());
  return { ...(write({ ...document, paths: undefined }, 0, new Set()) as object), paths };
}

/** Returns the file that holds a part of the document, and the part's path in it. The last step is a key. */
function locate(
  pointer: Path,
  root: Source,
  files: ReadonlyMap<string, Source | undefined>,
): [source: Source, place: Path] {
  let source = root;
  let place: PropertyKey[] = [];
  for (const step of pointer) {
    for (let steps = 0; steps < 20; steps++) {
      const found = valueAt(source.value, place);
      const ref = isObject(found) ? found["$ref"] : undefined;
      if (typeof ref !== "string") break;
      const [file = "", inner = ""] = ref.split("#");
      const next = file === "" ? source : files.get(resolve(join(dirname(source.file), decodeFile(file))));
      if (next === undefined) break;
      source = next;
      place = inner
        .split("/")
        .slice(1)
        .map((part) => decodeFile(part).replaceAll("~1", "/").replaceAll("~0", "~"));
    }
    place = [...place, step];
  }
  return [source, place];
}
