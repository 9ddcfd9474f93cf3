/** An element of a document; its text includes that of all inner elements. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/** Reads elements, attributes and text. @throws if the document is not well-formed, or contains anything else */
export function readXml(document: string): XmlElement {
  const parser = { rest: document.trim() };
  const root = readElement(parser);
  if (parser.rest !== "") throw new Error(`Content after the root element: ${parser.rest.slice(0, 40)}`);
  return root;
}

interface Parser {
  rest: string;
}

function take(parser: Parser, pattern: RegExp): RegExpExecArray | undefined {
  const match = pattern.exec(parser.rest);
  if (match === null || match.index !== 0) return undefined;
  parser.rest = parser.rest.slice(match[0].length);
  return match;
}

function readElement(parser: Parser): XmlElement {
  const [, name = ""] = take(parser, /^<([A-Za-z][\w-]*)/) ?? fail(parser);
  const attributes: Record<string, string> = {};
  for (let found = take(parser, ATTRIBUTE); found !== undefined; found = take(parser, ATTRIBUTE)) {
    const [, key = "", value = ""] = found;
    if (Object.hasOwn(attributes, key)) throw new Error(`${name} has ${key} twice`);
    attributes[key] = unescapeText(value);
  }
  if (take(parser, /^\s*\/>/)) return { name, attributes, children: [], text: "" };
  if (!take(parser, /^\s*>/)) fail(parser);
  return { name, attributes, ...readContent(parser, name) };
}

const ATTRIBUTE = /^\s+([A-Za-z][\w:-]*)="([^"<]*)"/;

function readContent(parser: Parser, name: string): Pick<XmlElement, "children" | "text"> {
  const children: XmlElement[] = [];
  let text = "";
  while (!take(parser, new RegExp(`^</${name}>`))) {
    const characters = take(parser, /^[^<]+/);
    if (characters) {
      text += unescapeText(characters[0]);
      continue;
    }
    const child = readElement(parser);
    children.push(child);
    text += child.text;
  }
  return { children, text };
}

function unescapeText(text: string): string {
  if (/\p{Cc}|[\ufffe\uffff]/u.test(text.replace(/[\n\t]/g, "")))
    throw new Error("The text contains a character that XML does not have");
  return text.replace(/&[^;\s]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`Unknown entity ${entity}`);
    return character;
  });
}

function fail(parser: Parser): never {
  throw new Error(`Expected an element: ${parser.rest.slice(0, 40)}`);
}
