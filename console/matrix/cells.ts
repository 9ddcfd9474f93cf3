import type { AccessKind, KindedCell } from "../../core/policy-files/access/kinds.ts";
import type { Side } from "./sides.ts";

/** Cells by role and route. */
export type Cells = ReadonlyMap<string, KindedCell>;

const keyOf = (role: string, route: string): string => `${role}\n${route}`;

export const cellsOf = ({ set, tenant }: Side): Cells =>
  new Map(set.cellsOf(tenant).map((cell) => [keyOf(cell.role, cell.route), cell]));

export const cellAt = (cells: Cells, role: string, route: string): KindedCell | undefined =>
  cells.get(keyOf(role, route));

/** The roles that either of them has, shared ones first. */
export const rolesOf = (...all: readonly Cells[]): string[] => [
  ...new Set(all.flatMap((cells) => [...cells.values()].map(({ role }) => role))),
];

/** `none`: the role, or the route, is not there at all. */
export const kindOf = (cell: KindedCell | undefined): AccessKind | "none" => cell?.kind ?? "none";

/** What the page calls each kind. */
export const KIND_NAMES: Readonly<Record<AccessKind | "none", string>> = {
  allowed: "allowed",
  scope: "by scope",
  bound: "bound to the caller",
  plan: "above the plan",
  denied: "denied",
  none: "not there",
};

/** A cell in words, with its bindings and scopes. */
export function sayCell(cell: KindedCell | undefined): string {
  const name = KIND_NAMES[kindOf(cell)];
  if (cell === undefined || cell.kind === "plan") return name;
  const { detail, scopes } = cell;
  const reason = cell.kind === "denied" ? detail.replaceAll("_", " ") : detail;
  return `${name}${reason === "" ? "" : `, ${reason}`}${scopes.length === 0 ? "" : `, with scope ${scopes.join(" ")}`}`;
}

/** What the second cell has more than the first, or less; `both`: other bindings. */
export type Change = "gain" | "loss" | "both";

/** As `portcullis diff` counts it: to become unbound is a gain, to become bound a loss, another binding both. */
export function changeBetween(a: KindedCell | undefined, b: KindedCell | undefined): Change | undefined {
  const [had, has] = [grantOf(a), grantOf(b)];
  if (had === has) return undefined;
  if (had === undefined || has === "") return "gain";
  if (has === undefined || had === "") return "loss";
  return "both";
}

/** The bindings as one text, empty for none; undefined where nothing is granted. */
const grantOf = (cell: KindedCell | undefined): string | undefined =>
  cell === undefined || cell.access === "denied" ? undefined : cell.detail;
