import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { resolveRef } from "../openapi/resolve-ref.ts";
import { listOf } from "./notes.ts";
import type { RenamedPath } from "./paths.ts";

/** The first words of operations that read, in APIs whose methods do not say it. */
const READ_VERBS = new Set(
  "get list search find query describe read fetch count lookup show view retrieve download check".split(" "),
);
/** Other first words of operations, which are no subject. */
const WRITE_VERBS = new Set(
  "create update delete remove add set put post patch cancel send start stop enable disable upload".split(
    " ",
  ),
);
/** More operations than this below one permission are too many to grant together. */
const LARGE = 20;
/** If a smaller share of the operations is GET or HEAD, methods do not show which operations read. */
const FEW_READS = 0.1;

interface Named {
  readonly operation: Json;
  readonly key: string;
  readonly path: string;
}

/**
 * Proposes a permission for each operation: a subject, and `read` or `write`. The subject is the first tag, unless
 * one tag stands for the whole API; then it follows from the path. In an API that is almost without GET, the verb in the
 * operation's id or at the end of the path decides whether it reads.
 */
export class PermissionNames {
  readonly #vague: ReadonlySet<string>;
  readonly #isRpc: boolean;
  readonly #prefix: number;

  constructor(root: Json, paths: readonly RenamedPath[]) {
    const all = paths.flatMap(({ source, path }) => operationsOf(root, source, path));
    this.#isRpc = all.length > 0 && all.filter(({ key }) => isRead(key)).length < FEW_READS * all.length;
    this.#prefix = isOneSubject(all) ? commonPrefix(all.map(({ path }) => segmentsOf(path))) : 0;
    this.#vague = vagueTags(all, (one) => this.#subjectOfPath(one));
  }

  nameOf(operation: Json, key: string, path: string): string {
    const tag = tagOf(operation);
    const named = { operation, key, path };
    const subject = tag === "" || this.#vague.has(tag) ? this.#subjectOfPath(named) : tag;
    const reads = isRead(key) || (this.#isRpc && READ_VERBS.has(verbOf(named)));
    return `${subject}.${reads ? "read" : "write"}`;
  }

  /** Returns the first literal that is not general, without its verb: `pets` for `/api/v2/pets/{id}` and `/getPets`. */
  #subjectOfPath({ path }: Named): string {
    const literals = literalsOf(segmentsOf(path).slice(this.#prefix));
    const specific = literals.find(isSpecific) ?? literalsOf(segmentsOf(path)).find(isSpecific);
    const [verb = "", ...nouns] = this.#isRpc ? words(specific ?? "") : [];
    if (nouns.length > 0 && (READ_VERBS.has(verb) || WRITE_VERBS.has(verb))) return nouns.join("-");
    return slug(specific ?? literalsOf(segmentsOf(path))[0] ?? "") || "root";
  }
}

function operationsOf(root: Json, source: string, path: string): Named[] {
  const item = resolveRef(root, (root["paths"] as Json)[source]);
  return Object.entries(isObject(item) ? item : {}).flatMap(([key, operation]) =>
    /^(get|head|put|post|patch|delete|x-amazon-apigateway-any-method)$/.test(key) && isObject(operation)
      ? [{ operation, key, path }]
      : [],
  );
}

const isRead = (key: string): boolean => key === "get" || key === "head";

function tagOf({ tags }: Json): string {
  const [tag] = listOf(tags);
  return typeof tag === "string" ? slug(tag) : "";
}

/** Returns the tags that say little, because one stands for the whole API, or for most of a large one. */
function vagueTags(all: readonly Named[], subjectOf: (one: Named) => string): Set<string> {
  const byTag = new Map<string, Named[]>();
  for (const one of all) {
    const tag = tagOf(one.operation);
    if (tag === "") continue;
    const tagged = byTag.get(tag) ?? [];
    tagged.push(one);
    byTag.set(tag, tagged);
  }
  const vague = [...byTag].filter(([, tagged]) => {
    const isMost = tagged.length > LARGE && tagged.length > all.length / 2;
    return (byTag.size === 1 || isMost) && new Set(tagged.map(subjectOf)).size > 1;
  });
  return new Set(vague.map(([tag]) => tag));
}

/** Returns whether an API is large, and the first literals of its paths do not distinguish its operations. */
const isOneSubject = (all: readonly Named[]): boolean =>
  all.length > LARGE &&
  new Set(all.map(({ path }) => literalsOf(segmentsOf(path)).find(isSpecific))).size === 1;

/** Returns the number of segments with which all paths begin. */
function commonPrefix(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  const at = first.findIndex((segment, index) => paths.some((path) => path[index] !== segment));
  return at === -1 ? first.length : at;
}

/** Returns the first word of the operation's id, or else of the path's last literal. */
function verbOf({ operation, path }: Named): string {
  const id = operation["operationId"];
  const candidates = [typeof id === "string" ? id : "", literalsOf(segmentsOf(path)).at(-1) ?? ""];
  const verbs = candidates.map((text) => words(text)[0] ?? "");
  return verbs.find((verb) => READ_VERBS.has(verb) || WRITE_VERBS.has(verb)) ?? "";
}

const segmentsOf = (path: string): string[] => path.split("/").filter((text) => text !== "");
const literalsOf = (segments: readonly string[]): string[] =>
  segments.filter((text) => !text.startsWith("{"));
const isSpecific = (text: string): boolean => !/^(v\d[\d.]*|api|rest)$/i.test(text);

/** Splits `getUserById`, `Get-User` and `get_user` into lower-case words. */
const words = (text: string): string[] =>
  slug(text.replace(/([a-z0-9])([A-Z])/g, "$1-$2"))
    .split("-")
    .filter((word) => word !== "");

const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
