import type { Crossing } from "../../core/exact/crossings.ts";
import type { Groups, ShownGroup } from "./model.ts";
import type { TreeLine } from "./path-tree.ts";

/** A box of the picture, in pixels; `y` is its vertical middle. */
export interface Box {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Label extends Box {
  readonly text: string;
}

export interface Pill extends Box {
  readonly method: string;
  /** Undefined for a route that no authorizer group guards. */
  readonly group: ShownGroup | undefined;
}

export interface Arc {
  readonly key: string;
  readonly d: string;
  /** The position of the route whose requests would be matched. */
  readonly end: { readonly x: number; readonly y: number };
  /** The group of the route whose pattern would match. */
  readonly group: ShownGroup;
}

/** The tree, ready to be drawn. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly labels: readonly Label[];
  readonly pills: readonly Pill[];
  readonly arcs: readonly Arc[];
}

const LINE = 26;
const INDENT = 18;
const MARGIN = 14;
/** Widths of a character in the picture's two fixed-width font sizes. */
const LABEL_CHARACTER = 7.8;
const PILL_CHARACTER = 6.9;
const GAP = 6;
/** How far an arc reaches to the right for each line that it spans, and at most. */
const BULGE = 9;
const MAX_BULGE = 150;

/** Computes the positions of the tree's labels, pills and arcs. */
export function layOutTree(
  lines: readonly TreeLine[],
  groups: Groups,
  crossings: readonly Crossing[],
): Picture {
  const rows = lines.map((line, index) => layOutLine(line, index, groups));
  const pills = rows.flatMap((row) => row.pills);
  const ends = new Map(
    rows.flatMap(({ pills: own, right }) => own.map(({ key, y }) => [key, { x: right, y }] as const)),
  );
  const arcs = crossings.flatMap((crossing) => layOutArc(crossing, ends, groups) ?? []);
  return {
    width: Math.max(0, ...rows.map(({ right }) => right), ...arcs.map(({ reach }) => reach)) + MARGIN,
    height: lines.length * LINE + MARGIN,
    labels: rows.map(({ label }) => label),
    pills,
    arcs,
  };
}

interface Row {
  readonly label: Label;
  readonly pills: readonly Pill[];
  /** The x position after the last pill. */
  readonly right: number;
}

function layOutLine({ depth, label: text, path, routes }: TreeLine, index: number, groups: Groups): Row {
  const [x, y] = [MARGIN + depth * INDENT, MARGIN / 2 + (index + 0.5) * LINE];
  const label = { key: path, text, x, y, width: text.length * LABEL_CHARACTER };
  let right = x + label.width + 12;
  const pills = routes.map(({ key, method }): Pill => {
    const group = groups.byRoute.get(key);
    const width = `${method} ${group?.number ?? "–"}`.length * PILL_CHARACTER + 16;
    const pill = { key, method, group, x: right, y, width };
    right += width + GAP;
    return pill;
  });
  return { label, pills, right };
}

/** Draws an arc from the route with the pattern to the route whose requests it would match, to the right of both. */
function layOutArc(
  { pattern, request }: Crossing,
  ends: ReadonlyMap<string, { readonly x: number; readonly y: number }>,
  groups: Groups,
): (Arc & { readonly reach: number }) | undefined {
  const [from, to, group] = [ends.get(pattern.key), ends.get(request.key), groups.byRoute.get(pattern.key)];
  if (from === undefined || to === undefined || group === undefined) return undefined;
  const bulge = Math.min(MAX_BULGE, 18 + (Math.abs(to.y - from.y) / LINE) * BULGE);
  const out = Math.max(from.x, to.x) + bulge;
  return {
    key: `${pattern.key} ${request.key}`,
    d: `M${from.x} ${from.y}C${out} ${from.y} ${out} ${to.y} ${to.x} ${to.y}`,
    end: to,
    group,
    reach: out,
  };
}
