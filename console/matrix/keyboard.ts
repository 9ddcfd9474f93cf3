import type { Row } from "./rows.ts";

/** A cell by the indexes of its row and its role. */
export interface CellPosition {
  readonly row: number;
  readonly column: number;
}

interface Extent {
  readonly rows: readonly Row[];
  readonly columns: number;
  /** The number of rows that PageUp and PageDown skip. */
  readonly page: number;
}

const hasCells = ({ note }: Row): boolean => note === undefined;

/** Returns the nearest row that has cells: first downwards, then upwards. */
export function nearestRoute(rows: readonly Row[], from: number): number {
  const down = rows.findIndex((row, index) => index >= from && hasCells(row));
  return down === -1 ? Math.max(0, rows.findLastIndex(hasCells)) : down;
}

/** Returns the cell that a key moves to: arrows, PageUp, PageDown, Home and End, with Ctrl to the corners. */
export function moveBy(
  { key, ctrlKey }: Pick<KeyboardEvent, "key" | "ctrlKey">,
  { row, column }: CellPosition,
  { rows, columns, page }: Extent,
): CellPosition | undefined {
  const last = columns - 1;
  const to = (nextRow: number, nextColumn: number): CellPosition => ({
    row: nextRow,
    column: Math.min(last, Math.max(0, nextColumn)),
  });
  switch (key) {
    case "ArrowRight":
      return to(row, column + 1);
    case "ArrowLeft":
      return to(row, column - 1);
    case "ArrowDown":
      return to(down(rows, row + 1, row), column);
    case "ArrowUp":
      return to(up(rows, row - 1, row), column);
    case "PageDown":
      return to(down(rows, row + page, rows.findLastIndex(hasCells)), column);
    case "PageUp":
      return to(up(rows, row - page, rows.findIndex(hasCells)), column);
    case "Home":
      return to(ctrlKey ? rows.findIndex(hasCells) : row, 0);
    case "End":
      return to(ctrlKey ? rows.findLastIndex(hasCells) : row, last);
    default:
      return undefined;
  }
}

function down(rows: readonly Row[], from: number, otherwise: number): number {
  const found = rows.findIndex((row, index) => index >= from && hasCells(row));
  return found === -1 ? otherwise : found;
}

function up(rows: readonly Row[], from: number, otherwise: number): number {
  const found = rows.findLastIndex((row, index) => index <= from && hasCells(row));
  return found === -1 ? otherwise : found;
}
