import type { Summary } from "../measurement.ts";
import { drawBars } from "./bars.ts";
import { drawCurves, isCurve } from "./curves.ts";
import { formatFigure } from "./figure.ts";
import { type MeasurementResult, type Results, selectMeasurements } from "./results.ts";
import { definitions, KINDS } from "./style.ts";
import { type Drawing, element, escapeText, lineFrom, textAt } from "./svg.ts";

const WIDTH = 900;
const MARGIN = 24;
const INNER = WIDTH - 2 * MARGIN;
const TITLE = "What Portcullis costs, compared with alternatives";

const HOW_TO_READ =
  "Logarithmic axes. Bars end at the median; lines go from the minimum to the maximum of the rounds; × compares with the first case.";

/**
 * Draws a run's measurements as one SVG: bars and curves on logarithmic axes. The `desc` element holds the same figures
 * for readers who cannot see the picture.
 */
export function drawPicture(results: Results): string {
  const head = drawHeading(results);
  const parts: string[] = [head.markup];
  let y = head.height;
  for (const measurement of selectMeasurements(results)) {
    const { markup, height } = drawSection(measurement, y);
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

function drawHeading({ at, machine, quick }: Results): Drawing {
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

function drawSection(measurement: MeasurementResult, top: number): Drawing {
  const draw = isCurve(measurement) ? drawCurves : drawBars;
  const { markup, height } = draw(measurement, top + 54, INNER);
  const { name, about, unit } = measurement;
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
  selectMeasurements(results)
    .map(
      ({ name, unit, summaries }) =>
        `${name}: ${summaries.map((each) => describeCase(each, unit)).join(", ")}.`,
    )
    .join(" ");

const describeCase = ({ group, name, median }: Summary, unit: string): string =>
  `${group === "" ? "" : `${group}, `}${name} ${formatFigure(median, unit)}`;
