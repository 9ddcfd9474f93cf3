/** A piece of the picture, and its height in pixels. */
export interface Drawing {
  readonly markup: string;
  readonly height: number;
}

/** Returns an element. `children` are markup, not text. Numbers are rounded to a tenth of a pixel. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string {
  const markup = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === "number" ? rounded(value) : escapeText(value)}"`,
  );
  const inner = children.join("");
  return inner === "" ? `<${name}${markup.join("")}/>` : `<${name}${markup.join("")}>${inner}</${name}>`;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

export type Anchor = "start" | "middle" | "end";

/** Returns a line of text with its baseline at `y`. */
export const textAt = (
  x: number,
  y: number,
  content: string,
  style: string,
  anchor: Anchor = "start",
): string => element("text", { x, y, class: style, "text-anchor": anchor }, escapeText(content));

export const lineFrom = (x1: number, y1: number, x2: number, y2: number, style: string): string =>
  element("line", { x1, y1, x2, y2, class: style });

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for content and attributes, and removes control characters, which XML does not allow. */
export const escapeText = (text: string): string =>
  text.replace(/\p{Cc}/gu, "").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
