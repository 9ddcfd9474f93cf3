/** An element; its children are markup already. Numbers are rounded to a tenth of a pixel. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === "number" ? rounded(value) : escapeText(value)}"`,
  );
  const inner = children.join("");
  return inner === "" ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${inner}</${name}>`;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

export type Anchor = "start" | "middle" | "end";

/** A line of text, its baseline at `y`. */
export const textAt = (
  x: number,
  y: number,
  content: string,
  style: string,
  anchor: Anchor = "start",
): string => element("text", { x, y, class: style, "text-anchor": anchor }, escapeText(content));

export const lineFrom = (x1: number, y1: number, x2: number, y2: number, style: string): string =>
  element("line", { x1, y1, x2, y2, class: style });

const NAMED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for content and attributes; control characters, which XML cannot hold, are left out. */
export const escapeText = (text: string): string =>
  text.replace(/\p{Cc}/gu, "").replace(/[&<>"']/g, (mark) => NAMED[mark] ?? "");
