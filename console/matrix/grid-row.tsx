import { cellAt, kindAt } from "./cells.ts";
import { ChangeMark, Mark } from "./mark.tsx";
import type { CellKey } from "./model.ts";
import { cellLabel, changeAt, type Matrix } from "./model.ts";

interface GridRowProps {
  readonly matrix: Matrix;
  readonly index: number;
  /** The row's vertical position, in pixels. */
  readonly top: number;
  /** The column of the cell that Tab reaches; undefined if that cell is in another row. */
  readonly activeColumn: number | undefined;
  readonly opened: CellKey | undefined;
  onOpen(column: number): void;
}

export function GridRow({ matrix, index, top, activeColumn, opened, onOpen }: GridRowProps) {
  const row = matrix.rows[index];
  if (row === undefined) return null;
  const rowAttributes = { role: "row", "aria-rowindex": index + 2, style: { top: `${top}px` } } as const;
  const columns = matrix.roles.length;
  const { route } = row.operation;
  return (
    <div {...rowAttributes} class={`grid-row${row.isFirst ? " first" : ""}`}>
      <div role="rowheader" class="route-name" aria-colindex={1}>
        <span class="group-name">{row.group}</span> <span class="method">{route.method}</span>{" "}
        <span class="path">{route.path}</span>
      </div>
      {row.note !== undefined ? (
        <div role="gridcell" class="open" aria-colindex={2} aria-colspan={columns}>
          {row.note}
        </div>
      ) : (
        matrix.roles.map((role, column) => (
          <GridCell
            key={role}
            matrix={matrix}
            role={role}
            route={route.key}
            column={column}
            isActive={column === activeColumn}
            isOpened={opened?.role === role && opened.route === route.key}
            onOpen={() => onOpen(column)}
          />
        ))
      )}
    </div>
  );
}

interface GridCellProps extends CellKey {
  readonly matrix: Matrix;
  readonly column: number;
  readonly isActive: boolean;
  readonly isOpened: boolean;
  onOpen(): void;
}

function GridCell({ matrix, role, route, column, isActive, isOpened, onOpen }: GridCellProps) {
  const { cells } = matrix;
  const [first, second] = cells.map((one) => kindAt(cellAt(one, role, route)));
  const change = changeAt(cells, role, route);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all its cells
    <div
      role="gridcell"
      class={`cell${change === undefined ? "" : ` changed-${change}`}`}
      aria-colindex={column + 2}
      aria-label={cellLabel(matrix, role, route)}
      aria-selected={isOpened}
      tabIndex={isActive ? 0 : -1}
      onClick={onOpen}
    >
      {first !== undefined && <Mark kind={first} />}
      {second !== undefined && (
        <>
          <span class="between">{change !== undefined && <ChangeMark change={change} />}</span>
          <Mark kind={second} />
        </>
      )}
    </div>
  );
}
