/** The line above a module's variable whose block is a copy of the root's. */
export const MARKER = "# Copied from the root by npx tsx scripts/share-declarations.ts --write.";

/** `variable "NAME" {`, lines, and the `}` that begins a line, as `terraform fmt` writes a block; or `{}`. */
const BLOCK = /^variable "(\w+)" \{(?:\n(?:.*\n)*?)?\}$/gm;
const MARKED_BLOCK = new RegExp(`(?<=^${MARKER}\\n)${BLOCK.source}`, "gm");

export interface SharedBlocks {
  /** The module's text, in which each marked block is the root's. */
  readonly text: string;
  /** Names of the marked blocks that differed from the root's. */
  readonly changed: readonly string[];
  /** What a copy cannot fix. */
  readonly problems: readonly string[];
}

/** Returns the variable blocks of a file by their names. */
export const readBlocks = (text: string): Map<string, string> =>
  new Map([...text.matchAll(BLOCK)].map(([block, name = ""]) => [name, block]));

/** Replaces each marked block of a module's file by the root's block of the same name. */
export function shareBlocks(text: string, root: ReadonlyMap<string, string>): SharedBlocks {
  const marked = new Set([...text.matchAll(MARKED_BLOCK)].map(([, name = ""]) => name));
  const own = readBlocks(text);
  return {
    text: text.replace(MARKED_BLOCK, (block, name: string) => root.get(name) ?? block),
    changed: [...marked].filter((name) => root.has(name) && own.get(name) !== root.get(name)),
    problems: [
      ...misplacedMarkers(text, marked.size),
      ...[...marked].flatMap((name) => problemsOfCopy(name, root.get(name), own)),
      ...[...own.keys()].filter((name) => !marked.has(name) && isObject(root.get(name))).map(notMarked),
    ],
  };
}

function misplacedMarkers(text: string, blocks: number): string[] {
  const markers = text.split("\n").filter((line) => line.trim() === MARKER).length;
  return markers === blocks ? [] : ["each marker must be directly above a variable's block"];
}

/** A rule that refers to another variable works only in a module that has this variable too. */
function problemsOfCopy(name: string, block: string | undefined, own: ReadonlyMap<string, string>): string[] {
  if (block === undefined) return [`${name} is marked as a copy, but the root has no variable of that name`];
  const missing = [...block.matchAll(/\bvar\.(\w+)/g)].find(([, other = ""]) => !own.has(other))?.[1];
  if (missing === undefined) return [];
  return [
    `${name} refers to ${missing}, which this module lacks: move the rule to a variable that is not copied`,
  ];
}

/** An object type is written once. Scalars of one name can differ, such as the name of a module's resource. */
const isObject = (block = ""): boolean => /^ {2}type\s.*\bobject\(/m.test(block);

const notMarked = (name: string): string =>
  `${name} must be a copy, because the root has an object of that name: put the marker above it`;
