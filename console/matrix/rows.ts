import { isGuarded, type Operation } from "../../core/policy-files/model/operation.ts";

/** A line of the matrix: a route, and in which group it stands. */
export interface Row {
  readonly operation: Operation;
  readonly group: string;
  /** The first of its group. */
  readonly isFirst: boolean;
  /** Why there are no cells, for no authorizer of ours guards it. */
  readonly open: string | undefined;
}

/** The routes of one or two APIs by permission; then those without one, then those that no authorizer of ours guards. */
export function rowsOf(operations: readonly Operation[], filter: string): Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = operations.filter((operation) => {
    const text = `${operation.route.key} ${operation.permission ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const groups = new Map<string, Operation[]>();
  for (const operation of shown) {
    const group = groupOf(operation);
    groups.set(group, [...(groups.get(group) ?? []), operation]);
  }
  const order = [...groups.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return order.flatMap((group) =>
    (groups.get(group) ?? []).map((operation, index) => ({
      operation,
      group,
      isFirst: index === 0,
      open: openTo(operation),
    })),
  );
}

/** The operations of both, each route once. */
export const unionOf = (a: readonly Operation[], b: readonly Operation[]): Operation[] => [
  ...new Map([...b, ...a].map((operation) => [operation.route.key, operation])).values(),
];

const WITHOUT_PERMISSION = "no permission";
const UNGUARDED = "not guarded here";

const groupOf = (operation: Operation): string =>
  isGuarded(operation) ? (operation.permission ?? WITHOUT_PERMISSION) : UNGUARDED;

const rank = (group: string): number => [WITHOUT_PERMISSION, UNGUARDED].indexOf(group);

function openTo({ public: isPublic, external, jwt }: Operation): string | undefined {
  if (isPublic) return "public: no token is asked for";
  if (external !== undefined) return `left to another authorizer, ${external}`;
  return jwt === undefined ? undefined : `any token of ${jwt}`;
}
