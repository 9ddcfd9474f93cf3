import type { Summary } from "../measurement.ts";
import { byGroup, type Measured } from "../results.ts";
import { figure } from "./figure.ts";
import { type LogScale, logScale } from "./log-scale.ts";
import type { Part } from "./part.ts";
import { element, lineFrom, textAt } from "./svg.ts";

/** A case with its place on a curve. */
type Point = Summary & { readonly at: number };

/** For the figures above and below. */
const ROOM = 2;
const COLUMNS = 3;
const GAP = 26;
const HEIGHT = 150;
const HEAD = 24;
const AXIS = 24;
const LABELS = 56;

export const isCurve = ({ summaries }: Measured): boolean => summaries.every(({ at }) => at !== undefined);

/** A measurement's groups as curves beside each other, all on one vertical axis: flat is flat. */
export function curvesOf(measured: Measured, top: number, width: number): Part {
  const groups = [...byGroup(measured)];
  const all = measured.summaries.flatMap(({ min, max }) => [min / ROOM, max * ROOM]);
  const rows = Math.ceil(groups.length / COLUMNS);
  const each = (width - LABELS - GAP * (COLUMNS - 1)) / COLUMNS;
  const parts = groups.map(([group, own], index) => {
    const y = top + Math.floor(index / COLUMNS) * (HEAD + HEIGHT + AXIS);
    const x = LABELS + (index % COLUMNS) * (each + GAP);
    return curve(
      { group, points: own as Point[], unit: measured.unit, all },
      { x, y: y + HEAD, width: each, first: index % COLUMNS === 0 },
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

function curve({ group, points, unit, all }: Curve, { x, y, width, first }: Box): string {
  const across = placesIn(points, x + 22, x + width - 22);
  const up = logScale(all, y + HEIGHT, y);
  const places = points.map((point) => ({ ...point, x: across(point.at), y: up.at(point.median) }));
  return [
    textAt(x, y - 10, group, "group"),
    ...up.ticks.map((tick) => lineFrom(x, up.at(tick), x + width, up.at(tick), "grid")),
    ...(first
      ? up.ticks.map((tick) => textAt(x - 6, up.at(tick) + 4, figure(tick, unit), "muted", "end"))
      : []),
    element("polyline", {
      points: places.map((resolved) => `${resolved.x.toFixed(1)},${resolved.y.toFixed(1)}`).join(" "),
      class: "curve",
    }),
    ...places.flatMap((resolved, index) => [
      lineFrom(resolved.x, up.at(resolved.min), resolved.x, up.at(resolved.max), "whisker"),
      element("circle", { cx: resolved.x, cy: resolved.y, r: 4, class: "ours" }),
      textAt(
        resolved.x,
        besideWhisker(resolved, index, up),
        figure(resolved.median, unit),
        "point",
        "middle",
      ),
      textAt(resolved.x, y + HEIGHT + 16, COMPACT.format(resolved.at), "muted", "middle"),
    ]),
  ].join("");
}

const COMPACT = new Intl.NumberFormat("en", { notation: "compact" });

/** Above and below in turn, so that neighbours' figures do not meet. */
const besideWhisker = ({ min, max }: Summary, index: number, up: LogScale): number =>
  index % 2 === 0 ? up.at(max) - 8 : up.at(min) + 17;

/** From the first to the last of a curve, by their logarithms. */
function placesIn(points: readonly Point[], start: number, end: number): (at: number) => number {
  const logs = points.map(({ at }) => Math.log10(at));
  const [from, to] = [Math.min(...logs), Math.max(...logs)];
  return (at) =>
    from === to ? (start + end) / 2 : start + ((Math.log10(at) - from) / (to - from)) * (end - start);
}
