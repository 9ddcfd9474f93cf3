import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import { type Cells, type Change, cellAt, cellsOf, changeBetween, rolesOf, sayCell } from "./cells.ts";
import { type Row, rowsOf, unionOf } from "./rows.ts";
import { type Side, sideNames } from "./sides.ts";

/** The matrix that is shown: one tenant's, or two beside each other. */
export interface Matrix {
  readonly rows: readonly Row[];
  readonly roles: readonly string[];
  /** One or two. */
  readonly cells: readonly Cells[];
  /** What the two are called; empty for one. */
  readonly names: readonly string[];
  /** How many guarded routes there are, shown or not. */
  readonly routes: number;
  readonly gains: number;
  readonly losses: number;
}

export interface Shown {
  readonly filter: string;
  /** Only rows in which the two differ. */
  readonly changedOnly: boolean;
}

export function matrixOf(side: Side, other: Side | undefined, { filter, changedOnly }: Shown): Matrix {
  const sides = other === undefined ? [side] : [side, other];
  const cells = sides.map(cellsOf);
  const roles = rolesOf(...cells);
  const all =
    other === undefined
      ? side.set.rules.api.operations
      : unionOf(side.set.rules.api.operations, other.set.rules.api.operations);
  const changes = guardedRoutes({ operations: all }).map(({ key }) => ({
    key,
    found: roles.map((role) => changeAt(cells, role, key)),
  }));
  const different = new Set(changes.filter(({ found }) => found.some(Boolean)).map(({ key }) => key));
  const kept = changedOnly && other !== undefined ? all.filter(({ route }) => different.has(route.key)) : all;
  const count = (wanted: Change): number =>
    changes.reduce(
      (sum, { found }) => sum + found.filter((one) => one === wanted || one === "both").length,
      0,
    );
  return {
    rows: rowsOf(kept, filter),
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

const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  gain: "gained",
  loss: "lost",
  both: "bound otherwise",
};

/** A cell's whole name: role, route and what stands there, for who does not see where it stands. */
export function nameCell({ cells, names }: Matrix, role: string, route: string): string {
  const said = cells.map((one, index) => {
    const text = sayCell(cellAt(one, role, route));
    return names.length === 0 ? text : `${text} in ${names[index]}`;
  });
  const change = changeAt(cells, role, route);
  return `${role}, ${route}: ${said.join("; ")}${change === undefined ? "" : `; ${CHANGE_WORDS[change]}`}`;
}

/** A role and a route. */
export interface CellKey {
  readonly role: string;
  readonly route: string;
}
