import type { Summary } from "./measurement.ts";
import { barsOf } from "./picture/bars.ts";
import { curvesOf, isCurve } from "./picture/curves.ts";
import { figure } from "./picture/figure.ts";
import type { Part } from "./picture/part.ts";
import { definitions, KINDS } from "./picture/style.ts";
import { element, escapeText, lineFrom, textAt } from "./picture/svg.ts";
import { type Measured, measuredIn, type Results } from "./results.ts";

const WIDTH = 900;
const MARGIN = 24;
const INNER = WIDTH - 2 * MARGIN;
const TITLE = "What Portcullis costs, beside others";

const HOW_TO_READ =
  "Logarithmic axes. Bars end at the median, lines go from the least to the most of the rounds; × compares with the first.";

/** A run's measurements as one SVG: bars and curves on logarithmic axes, whole for whoever reads the text alone. */
export function drawPicture(results: Results): string {
  const head = heading(results);
  const parts: string[] = [head.markup];
  let y = head.height;
  for (const measured of measuredIn(results)) {
    const { markup, height } = section(measured, y);
    parts.push(markup);
    y += height;
  }
  const height = y + 2 * MARGIN;
  return `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${Math.ceil(height)}`,
      width: WIDTH,
      height: Math.ceil(height),
      role: "img",
      "aria-labelledby": "title description",
    },
    element("title", { id: "title" }, TITLE),
    element("desc", { id: "description" }, escapeText(describe(results))),
    definitions(),
    element("rect", { width: "100%", height: "100%", class: "back" }),
    element("g", { transform: `translate(${MARGIN} ${MARGIN})` }, `\n${parts.join("\n")}\n`),
  )}\n`;
}

function heading({ at, machine, quick }: Results): Part {
  const { node, arch, cpus } = machine;
  const where = `Node ${node.replace(/^v/, "")}, ${arch}, ${cpus.length} × ${cpus[0] ?? "?"}, ${at.slice(0, 10)}${quick ? ", a quick run" : ""}`;
  let x = 0;
  const legend = KINDS.map(([kind, label]) => {
    const entry =
      element("rect", { x, y: 54, width: 22, height: 12, class: kind }) + textAt(x + 28, 65, label, "label");
    x += 52 + label.length * 7;
    return entry;
  });
  return {
    markup: [
      textAt(0, 16, TITLE, "head"),
      textAt(0, 38, where, "muted"),
      ...legend,
      textAt(0, 88, HOW_TO_READ, "muted"),
    ].join("\n"),
    height: 104,
  };
}

function section(measured: Measured, top: number): Part {
  const draw = isCurve(measured) ? curvesOf : barsOf;
  const { markup, height } = draw(measured, top + 54, INNER);
  const { name, about, unit } = measured;
  return {
    markup: [
      lineFrom(0, top + 6, INNER, top + 6, "rule"),
      textAt(0, top + 28, `${name}, ${unit}`, "head"),
      textAt(0, top + 46, about, "muted"),
      markup,
    ].join("\n"),
    height: height + 64,
  };
}

const describe = (results: Results): string =>
  measuredIn(results)
    .map(
      ({ name, unit, summaries }) => `${name}: ${summaries.map((each) => sentence(each, unit)).join(", ")}.`,
    )
    .join(" ");

const sentence = ({ group, name, median }: Summary, unit: string): string =>
  `${group === "" ? "" : `${group}, `}${name} ${figure(median, unit)}`;
