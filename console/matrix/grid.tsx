import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { drawnRows, useRowWindow } from "../parts/row-window.ts";
import { GridRow } from "./grid-row.tsx";
import { type CellPosition, moveBy, nearestRoute } from "./keyboard.ts";
import type { CellKey, Matrix } from "./model.ts";

interface GridProps {
  readonly label: string;
  readonly matrix: Matrix;
  /** The cell whose Why panel is open. */
  readonly opened: CellKey | undefined;
  onOpen(cell: CellKey): void;
}

/** Shows the matrix as a grid. Tab reaches one cell, and arrow keys move from it. Only visible rows are drawn. */
export function Grid({ label, matrix, opened, onOpen }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, roles } = matrix;
  const view = useRowWindow(scroller, rows.length);
  const [chosen, setChosen] = useState<CellPosition>(() => findCell(matrix, opened) ?? { row: 0, column: 0 });
  const active = { row: nearestRoute(rows, chosen.row), column: Math.min(chosen.column, roles.length - 1) };
  const takesFocus = useRef(false);
  const revealOpened = useRef(false);
  const wasOpened = useRef(opened);

  useEffect(() => {
    const cell = findCell(matrix, opened);
    if (cell === undefined) return;
    setChosen(cell);
    revealOpened.current = true;
  }, [opened?.role, opened?.route]);
  useLayoutEffect(() => {
    // When the panel closes in any way, the focus returns from it to the cell.
    const wasClosed = wasOpened.current !== undefined && opened === undefined;
    wasOpened.current = opened;
    if (takesFocus.current || (wasClosed && document.activeElement === document.body))
      focusActive(scroller.current);
    takesFocus.current = false;
    // Only now is the chosen row drawn, and the panel next to the grid has its width.
    if (revealOpened.current)
      tabbableCell(scroller.current)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    revealOpened.current = false;
  });

  const open = ({ row, column }: CellPosition) => {
    const found = rows[row];
    const role = roles[column];
    if (found !== undefined && role !== undefined) onOpen({ role, route: found.operation.route.key });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / view.rowHeight) - 2);
    const to = moveBy(event, active, { rows, columns: roles.length, page });
    if (to !== undefined) {
      takesFocus.current = true;
      setChosen(to);
    } else if (event.key === "Enter" || event.key === " ") open(active);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={scroller}
      class="grid panel"
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={roles.length + 1}
      aria-readonly
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" class="grid-row" aria-rowindex={1}>
          <div role="columnheader" class="route-head" aria-colindex={1}>
            <span class="group-name">Permission</span> Route
          </div>
          {roles.map((role, index) => (
            <div key={role} role="columnheader" class="role-head" aria-colindex={index + 2} title={role}>
              <span>{role}</span>
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="tall" style={{ height: `${rows.length * view.rowHeight}px` }}>
        {drawnRows(view, rows.length === 0 ? undefined : active.row).map((index) => (
          <GridRow
            key={index}
            matrix={matrix}
            index={index}
            top={index * view.rowHeight}
            activeColumn={index === active.row ? active.column : undefined}
            opened={opened}
            onOpen={(column) => {
              setChosen({ row: index, column });
              open({ row: index, column });
            }}
          />
        ))}
      </div>
    </div>
  );
}

function findCell({ rows, roles }: Matrix, cell: CellKey | undefined): CellPosition | undefined {
  if (cell === undefined) return undefined;
  const row = rows.findIndex((one) => one.operation.route.key === cell.route);
  const column = roles.indexOf(cell.role);
  return row === -1 || column === -1 ? undefined : { row, column };
}

function focusActive(scroller: HTMLElement | null): void {
  const cell = tabbableCell(scroller);
  cell?.focus({ preventScroll: true });
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Returns the one cell that Tab reaches. */
const tabbableCell = (scroller: HTMLElement | null): HTMLElement | null =>
  scroller?.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]') ?? null;
