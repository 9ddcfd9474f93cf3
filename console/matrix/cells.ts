import type { AccessKind, KindedCell } from "../../core/policy-files/access/kinds.ts";
import type { Side } from "./sides.ts";

/** A tenant's cells by role and route. */
export type Cells = ReadonlyMap<string, KindedCell>;

const cellKey = (role: string, route: string): string => `${role}\n${route}`;

export const mapCells = ({ set, tenant }: Side): Cells =>
  new Map(set.cells(tenant).map((cell) => [cellKey(cell.role, cell.route), cell]));

export const cellAt = (cells: Cells, role: string, route: string): KindedCell | undefined =>
  cells.get(cellKey(role, route));

/** Returns the roles of all the cells, shared roles first. */
export const listRoles = (...all: readonly Cells[]): string[] => [
  ...new Set(all.flatMap((cells) => [...cells.values()].map(({ role }) => role))),
];

/** Returns the kind of a cell; `none` if the role or the route does not exist. */
export const kindAt = (cell: KindedCell | undefined): AccessKind | "none" => cell?.kind ?? "none";

/** The name of each kind, as shown on the page. */
export const KIND_NAMES: Readonly<Record<AccessKind | "none", string>> = {
  allowed: "allowed",
  scope: "needs scope",
  bound: "limited to the caller's own",
  plan: "outside the plan",
  denied: "denied",
  none: "does not exist",
};

/** Describes a cell in words, with its bindings and scopes. */
export function describeCell(cell: KindedCell | undefined): string {
  const name = KIND_NAMES[kindAt(cell)];
  if (cell === undefined || cell.kind === "plan") return name;
  const { detail, scopes } = cell;
  const reason = cell.kind === "denied" ? detail.replaceAll("_", " ") : detail;
  return `${name}${reason === "" ? "" : `, ${reason}`}${scopes.length === 0 ? "" : `, scope ${scopes.join(" ")}`}`;
}

/** Whether the second cell grants more than the first, or less. `both` means that the bindings differ. */
export type Change = "gain" | "loss" | "both";

/** The name of each change, as shown on the page. */
export const CHANGE_NAMES: Readonly<Record<Change, string>> = {
  gain: "gained",
  loss: "lost",
  both: "other binding",
};

/**
 * Compares two cells as `portcullis diff` does: a binding that is removed is a gain, a new one is a loss, and another
 * binding is both.
 */
export function changeBetween(a: KindedCell | undefined, b: KindedCell | undefined): Change | undefined {
  const [had, has] = [grantedBindings(a), grantedBindings(b)];
  if (had === has) return undefined;
  if (had === undefined || has === "") return "gain";
  if (has === undefined || had === "") return "loss";
  return "both";
}

/** Returns a cell's bindings as one string, empty if there are none; undefined if the cell grants nothing. */
const grantedBindings = (cell: KindedCell | undefined): string | undefined =>
  cell === undefined || cell.access === "denied" ? undefined : cell.detail;
