import type { Case } from "../measurement.ts";
import { element } from "./svg.ts";

/** Labels of the kinds in the legend. The kinds differ in colour and in pattern, for readers who do not see colours. */
export const KINDS: readonly (readonly [kind: Case["kind"], label: string])[] = [
  ["ours", "Portcullis"],
  ["peer", "alternatives"],
  ["floor", "lower bound"],
];

const LIGHT = {
  back: "#ffffff",
  text: "#1b2028",
  muted: "#59636f",
  grid: "#dfe3e8",
  ours: "#0a63c2",
  peer: "#b4530a",
  floor: "#59636f",
};
const DARK: typeof LIGHT = {
  back: "#12161c",
  text: "#e9ecf0",
  muted: "#a0aab6",
  grid: "#2c343e",
  ours: "#63adff",
  peer: "#f29d55",
  floor: "#a0aab6",
};

const variables = (colours: typeof LIGHT): string =>
  `svg{${Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";")}}`;

const STYLE = `${variables(LIGHT)}@media (prefers-color-scheme:dark){${variables(DARK)}}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-size:13px;fill:var(--text)}
.back{fill:var(--back)}.head{font-size:17px;font-weight:600}.name{font-weight:600}
.muted{fill:var(--muted);font-size:12px}.group{font-weight:600;font-size:13px}.point{font-size:12px}
.grid{stroke:var(--grid)}.rule{stroke:var(--muted);stroke-width:.6}
.ours{fill:var(--ours);stroke:var(--ours)}.peer{fill:url(#stripes);stroke:var(--peer)}.floor{fill:url(#dots);stroke:var(--floor)}
.whisker{stroke:var(--text);stroke-width:1.4}.curve{fill:none;stroke:var(--ours);stroke-width:2}
.stripe{stroke:var(--peer);stroke-width:3}.dot{fill:var(--floor)}`;

/** Returns the style sheet and the patterns. The picture has its own background, because pages are light or dark. */
export const definitions = (): string =>
  element("style", {}, STYLE) +
  element(
    "defs",
    {},
    pattern("stripes", 6, element("path", { d: "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", class: "stripe" })),
    pattern("dots", 5, element("circle", { cx: 2.5, cy: 2.5, r: 1.1, class: "dot" })),
  );

const pattern = (id: string, size: number, content: string): string =>
  element("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse" }, content);
