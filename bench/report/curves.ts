import type { Summary } from "../measurement.ts";
import { formatFigure } from "./figure.ts";
import { type LogScale, logScale } from "./log-scale.ts";
import { groupSummaries, type MeasurementResult } from "./results.ts";
import { type Drawing, element, lineFrom, textAt } from "./svg.ts";

/** A case with a position on a curve. */
type Point = Summary & { readonly at: number };

/** Factor by which the vertical axis exceeds the values, as space for the figures above and below the points. */
const HEADROOM = 2;
const COLUMNS = 3;
const GAP = 26;
const HEIGHT = 150;
const HEAD = 24;
const AXIS = 24;
const LABELS = 56;

export const isCurve = ({ summaries }: MeasurementResult): boolean =>
  summaries.every(({ at }) => at !== undefined);

/** Draws a measurement's groups as curves next to each other. All share one vertical axis, so that slopes compare. */
export function drawCurves(measurement: MeasurementResult, top: number, width: number): Drawing {
  const groups = [...groupSummaries(measurement)];
  const all = measurement.summaries.flatMap(({ min, max }) => [min / HEADROOM, max * HEADROOM]);
  const rows = Math.ceil(groups.length / COLUMNS);
  const columnWidth = (width - LABELS - GAP * (COLUMNS - 1)) / COLUMNS;
  const parts = groups.map(([group, own], index) => {
    const y = top + Math.floor(index / COLUMNS) * (HEAD + HEIGHT + AXIS);
    const x = LABELS + (index % COLUMNS) * (columnWidth + GAP);
    return drawCurve(
      { group, points: own as Point[], unit: measurement.unit, all },
      { x, y: y + HEAD, width: columnWidth, first: index % COLUMNS === 0 },
    );
  });
  return { markup: parts.join("\n"), height: rows * (HEAD + HEIGHT + AXIS) };
}

interface Curve {
  readonly group: string;
  readonly points: readonly Point[];
  readonly unit: string;
  readonly all: readonly number[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly first: boolean;
}

function drawCurve({ group, points, unit, all }: Curve, { x, y, width, first }: Box): string {
  const across = horizontalScale(points, x + 22, x + width - 22);
  const up = logScale(all, y + HEIGHT, y);
  const plotted = points.map((point) => ({ ...point, x: across(point.at), y: up.at(point.median) }));
  return [
    textAt(x, y - 10, group, "group"),
    ...up.ticks.map((tick) => lineFrom(x, up.at(tick), x + width, up.at(tick), "grid")),
    ...(first
      ? up.ticks.map((tick) => textAt(x - 6, up.at(tick) + 4, formatFigure(tick, unit), "muted", "end"))
      : []),
    element("polyline", {
      points: plotted.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(" "),
      class: "curve",
    }),
    ...plotted.flatMap((point, index) => [
      lineFrom(point.x, up.at(point.min), point.x, up.at(point.max), "whisker"),
      element("circle", { cx: point.x, cy: point.y, r: 4, class: "ours" }),
      textAt(point.x, labelY(point, index, up), formatFigure(point.median, unit), "point", "middle"),
      textAt(point.x, y + HEIGHT + 16, COMPACT.format(point.at), "muted", "middle"),
    ]),
  ].join("");
}

const COMPACT = new Intl.NumberFormat("en", { notation: "compact" });

/** Returns the label's baseline, above and below the line in turn, so that neighbouring labels do not overlap. */
const labelY = ({ min, max }: Summary, index: number, up: LogScale): number =>
  index % 2 === 0 ? up.at(max) - 8 : up.at(min) + 17;

/** Returns a logarithmic scale from the first to the last point of a curve. */
function horizontalScale(points: readonly Point[], start: number, end: number): (at: number) => number {
  const logs = points.map(({ at }) => Math.log10(at));
  const [from, to] = [Math.min(...logs), Math.max(...logs)];
  return (at) =>
    from === to ? (start + end) / 2 : start + ((Math.log10(at) - from) / (to - from)) * (end - start);
}
