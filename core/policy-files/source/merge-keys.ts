import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  Pair,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from "yaml";

/** A merge key that cannot be expanded. */
export class MergeKeyError extends Error {
  /** The offset of the merge key in the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The most nodes that all merge keys of a document can add. */
const MOST_NODES = 50_000;

/**
 * Replaces each YAML merge key, `<<: *name`, by copies of the pairs that it merges, so that a reader sees them. A
 * mapping's own pairs take precedence, and then the first mapping of a list. A copy has neither anchors nor aliases.
 *
 * @throws MergeKeyError if the value is not a mapping, or if the copies are circular or too many
 */
export function expandMergeKeys(document: Document): void {
  const copier = new Copier(document);
  const expand = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) expand(item);
    if (!isMap(node)) return;
    for (const { value } of node.items) expand(value);
    if (node.items.some(isMergeKey)) node.items = mergedPairs(node, copier);
  };
  expand(document.contents);
}

const keyText = ({ key }: Pair<unknown, unknown>): string => String(isScalar(key) ? key.value : key);

const isMergeKey = ({ key }: Pair<unknown, unknown>): boolean =>
  isScalar(key) && key.value === "<<" && key.type === Scalar.PLAIN;

function mergedPairs(map: YAMLMap, copier: Copier): Pair[] {
  const seen = new Set(map.items.filter((pair) => !isMergeKey(pair)).map(keyText));
  return map.items.flatMap((pair) => {
    if (!isMergeKey(pair)) return [pair];
    const added = copier.pairsOf(pair).filter((merged) => {
      const isNew = !seen.has(keyText(merged));
      seen.add(keyText(merged));
      return isNew;
    });
    return added.map((merged) => copier.copyPair(merged, pair));
  });
}

class Copier {
  readonly #document: Document;
  readonly #open = new Set<Node>();
  #left = MOST_NODES;

  constructor(document: Document) {
    this.#document = document;
  }

  /** Returns the pairs that a merge key merges. */
  pairsOf(mergeKey: Pair<unknown, unknown>): Pair[] {
    const { value } = mergeKey;
    const target = isAlias(value) ? this.#resolve(value) : value;
    const parts: unknown[] = isSeq(target) ? target.items : [target];
    return parts.flatMap((part) => {
      const map = isAlias(part) ? this.#resolve(part) : part;
      if (!isMap(map) || map.items.some(isMergeKey))
        throw new MergeKeyError(
          "<<: expected a mapping, an alias of one, or a list of these",
          start(mergeKey),
        );
      return map.items;
    });
  }

  copyPair({ key, value }: Pair, mergeKey: Pair<unknown, unknown>): Pair {
    return new Pair(this.#copy(key, mergeKey), this.#copy(value, mergeKey));
  }

  #copy(node: unknown, mergeKey: Pair<unknown, unknown>): unknown {
    if (--this.#left < 0)
      throw new MergeKeyError(
        "<<: the file's merge keys are too many or circular: write their values out",
        start(mergeKey),
      );
    if (isAlias(node)) {
      const target = this.#resolve(node);
      if (target === undefined || this.#open.has(target))
        throw new MergeKeyError(`<<: *${node.source} cannot be copied: write its value out`, start(mergeKey));
      this.#open.add(target);
      const copied = this.#copy(target, mergeKey);
      this.#open.delete(target);
      return copied;
    }
    if (isMap(node)) {
      const map = takeLook(new YAMLMap(this.#document.schema), node);
      map.items = node.items.map((pair) => this.copyPair(pair, mergeKey));
      return map;
    }
    if (isSeq(node)) {
      const list = takeLook(new YAMLSeq(this.#document.schema), node);
      list.items = node.items.map((item) => this.#copy(item, mergeKey));
      return list;
    }
    if (!isScalar(node)) return node;
    const scalar = node.clone() as Scalar;
    delete scalar.anchor;
    return scalar;
  }

  #resolve(alias: { resolve(document: Document): Node | undefined }): Node | undefined {
    return alias.resolve(this.#document);
  }
}

function takeLook<T extends YAMLMap | YAMLSeq>(
  copy: T,
  { flow, range, comment, commentBefore }: YAMLMap | YAMLSeq,
): T {
  if (flow !== undefined) copy.flow = flow;
  return Object.assign(copy, { range, comment, commentBefore });
}

const start = ({ key }: Pair<unknown, unknown>): number => (isNode(key) ? (key.range?.[0] ?? 0) : 0);
