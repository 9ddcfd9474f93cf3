import { useId } from "preact/hooks";
import type { Crossing } from "../../core/exact/crossings.ts";
import { colourClass, type Groups } from "./model.ts";
import type { TreeLine } from "./path-tree.ts";
import { type Label, layOutTree, type Picture, type Pill } from "./tree-layout.ts";

interface TreePictureProps {
  readonly lines: readonly TreeLine[];
  readonly groups: Groups;
  readonly crossings: readonly Crossing[];
}

/** Draws the routes as a tree: each method with its group's colour and number, and an arc for each overlap. */
export function TreePicture({ lines, groups, crossings }: TreePictureProps) {
  const id = useId();
  const picture = layOutTree(lines, groups, crossings);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture wider than the screen must be scrollable by keyboard
    <div class="tree panel" role="region" aria-labelledby={id} tabIndex={0}>
      <svg width={picture.width} height={picture.height} role="img" aria-labelledby={id}>
        <title id={id}>
          Tree of {lines.length} paths, coloured by group, with {picture.arcs.length} overlaps; the tables
          have the same content
        </title>
        <Arcs picture={picture} />
        {picture.labels.map((label) => (
          <TreeLabel {...label} />
        ))}
        {picture.pills.map((pill) => (
          <MethodPill {...pill} />
        ))}
      </svg>
    </div>
  );
}

/** More arcs than this are drawn fainter, so that the routes can be read behind them. */
const MANY = 60;

function Arcs({ picture: { arcs } }: { picture: Picture }) {
  return (
    <g class={arcs.length > MANY ? "arcs many" : "arcs"}>
      {arcs.map(({ key, d, end, group }) => (
        <g key={key} class={colourClass(group)}>
          <path d={d} />
          <circle cx={end.x} cy={end.y} r="3" />
        </g>
      ))}
    </g>
  );
}

function TreeLabel({ text, x, y, width }: Label) {
  return (
    <text class="tree-label" x={x} y={y + 4.5} textLength={width} lengthAdjust="spacingAndGlyphs">
      {text}
    </text>
  );
}

function MethodPill({ x, y, width, method, group }: Pill) {
  return (
    <g class={`pill ${group === undefined ? "open" : colourClass(group)}`}>
      <rect x={x} y={y - 9} width={width} height="18" rx="9" />
      <text x={x + width / 2} y={y + 4} text-anchor="middle">
        {method} {group?.number ?? "–"}
      </text>
    </g>
  );
}
