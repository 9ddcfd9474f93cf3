import type { Summary } from "../measurement.ts";
import { formatFigure } from "./figure.ts";
import { type LogScale, logScale } from "./log-scale.ts";
import { formatNumber } from "./print.ts";
import { groupSummaries, type MeasurementResult } from "./results.ts";
import { type Drawing, element, lineFrom, textAt } from "./svg.ts";

const ROW = 24;
const BAR = 14;
const GROUP = 24;
const AXIS = 22;
/** Widths of the two columns on the right: the median, and the ratio to the first case. */
const FIGURE = 78;
const RATIO = 76;
/** Average width of a bold letter, in pixels. */
const PER_CHARACTER = 7.7;

/** Draws a measurement's cases as bars that end at the median, each with a line from the minimum to the maximum. */
export function drawBars(measurement: MeasurementResult, top: number, width: number): Drawing {
  const { summaries, unit } = measurement;
  const left = labelWidth(summaries);
  const right = width - FIGURE - RATIO;
  const scale = logScale(
    summaries.flatMap(({ min, max, median }) => [min, max, median]),
    left,
    right,
  );
  const parts: string[] = [];
  let y = top;
  for (const [group, own] of groupSummaries(measurement)) {
    if (group !== "") parts.push(textAt(0, y + 16, group, "group"));
    y += group === "" ? 0 : GROUP;
    const bottom = y + own.length * ROW;
    parts.push(...scale.ticks.map((tick) => lineFrom(scale.at(tick), y, scale.at(tick), bottom, "grid")));
    parts.push(
      ...own.map((summary, index) => drawRow({ summary, unit, scale, left, width }, y + index * ROW)),
    );
    y = bottom;
  }
  const labels = withoutOverlap(scale.ticks).map((tick) =>
    textAt(scale.at(tick), y + 14, formatFigure(tick, unit), "muted", "middle"),
  );
  return { markup: [...parts, ...labels].join("\n"), height: y + AXIS - top };
}

const labelWidth = (summaries: readonly Summary[]): number =>
  Math.min(380, Math.max(...summaries.map(({ name }) => name.length)) * PER_CHARACTER + 14);

/** Drops every second tick where the labels would overlap. */
const withoutOverlap = (ticks: readonly number[]): readonly number[] =>
  ticks.length > 8 ? ticks.filter((_, index) => index % 2 === 0) : ticks;

interface Row {
  readonly summary: Summary;
  readonly unit: string;
  readonly scale: LogScale;
  readonly left: number;
  readonly width: number;
}

function drawRow({ summary, unit, scale, left, width }: Row, top: number): string {
  const { name, kind, median, min, max, ratio } = summary;
  const middle = top + ROW / 2;
  const base = middle + 4.5;
  const [low, high] = [scale.at(min), scale.at(max)];
  return [
    textAt(left - 8, base, name, kind === "ours" ? "name" : "label", "end"),
    element("rect", {
      x: left,
      y: middle - BAR / 2,
      width: scale.at(median) - left,
      height: BAR,
      class: kind,
    }),
    lineFrom(low, middle, high, middle, "whisker"),
    lineFrom(low, middle - 4, low, middle + 4, "whisker"),
    lineFrom(high, middle - 4, high, middle + 4, "whisker"),
    textAt(width - RATIO, base, formatFigure(median, unit), kind === "ours" ? "name" : "label", "end"),
    textAt(width, base, `× ${formatNumber(ratio)}`, "muted", "end"),
  ].join("");
}
