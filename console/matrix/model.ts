import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import {
  type Cells,
  CHANGE_NAMES,
  type Change,
  cellAt,
  changeBetween,
  describeCell,
  listRoles,
  mapCells,
} from "./cells.ts";
import { buildRows, mergeOperations, type Row } from "./rows.ts";
import { type Side, sideNames } from "./sides.ts";

/** The matrix of one tenant, or of two that are compared. */
export interface Matrix {
  readonly rows: readonly Row[];
  readonly roles: readonly string[];
  /** The cells of each side: one or two. */
  readonly cells: readonly Cells[];
  /** The names of two compared sides; empty if there is one side. */
  readonly names: readonly string[];
  /** The number of guarded routes, shown or not. */
  readonly routes: number;
  readonly gains: number;
  readonly losses: number;
}

export interface MatrixFilter {
  readonly filter: string;
  /** Keeps only rows in which the two sides differ. */
  readonly changedOnly: boolean;
}

export function buildMatrix(
  side: Side,
  other: Side | undefined,
  { filter, changedOnly }: MatrixFilter,
): Matrix {
  const sides = other === undefined ? [side] : [side, other];
  const cells = sides.map(mapCells);
  const roles = listRoles(...cells);
  const all =
    other === undefined
      ? side.set.rules.api.operations
      : mergeOperations(side.set.rules.api.operations, other.set.rules.api.operations);
  const changes = guardedRoutes({ operations: all }).map(({ key }) => ({
    key,
    found: roles.map((role) => changeAt(cells, role, key)),
  }));
  const different = new Set(changes.filter(({ found }) => found.some(Boolean)).map(({ key }) => key));
  const shown =
    changedOnly && other !== undefined ? all.filter(({ route }) => different.has(route.key)) : all;
  const count = (wanted: Change): number =>
    changes.reduce(
      (sum, { found }) => sum + found.filter((one) => one === wanted || one === "both").length,
      0,
    );
  return {
    rows: buildRows(shown, filter),
    roles,
    cells,
    names: other === undefined ? [] : sideNames(side, other),
    routes: changes.length,
    gains: count("gain"),
    losses: count("loss"),
  };
}

export function changeAt([a, b]: readonly Cells[], role: string, route: string): Change | undefined {
  if (a === undefined || b === undefined) return undefined;
  return changeBetween(cellAt(a, role, route), cellAt(b, role, route));
}

/** Returns a cell's label for screen readers: role, route and access. */
export function cellLabel({ cells, names }: Matrix, role: string, route: string): string {
  const texts = cells.map((one, index) => {
    const text = describeCell(cellAt(one, role, route));
    return names.length === 0 ? text : `${text} in ${names[index]}`;
  });
  const change = changeAt(cells, role, route);
  return `${role}, ${route}: ${texts.join("; ")}${change === undefined ? "" : `; ${CHANGE_NAMES[change]}`}`;
}

/** A role and a route. */
export interface CellKey {
  readonly role: string;
  readonly route: string;
}
