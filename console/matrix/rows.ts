import { isGuarded, type Operation } from "../../core/policy-files/model/operation.ts";

/** A row of the matrix: an operation and its permission group. */
export interface Row {
  readonly operation: Operation;
  readonly group: string;
  /** Whether it is the first row of its group. */
  readonly isFirst: boolean;
  /** What guards the route instead of Portcullis, so that the row has no cells; undefined if Portcullis guards it. */
  readonly note: string | undefined;
}

/** Groups operations by permission; those without one follow, then those that Portcullis does not guard. */
export function buildRows(operations: readonly Operation[], filter: string): Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = operations.filter((operation) => {
    const text = `${operation.route.key} ${operation.permission ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const groups = new Map<string, Operation[]>();
  for (const operation of shown) {
    const group = groupName(operation);
    groups.set(group, [...(groups.get(group) ?? []), operation]);
  }
  const order = [...groups.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return order.flatMap((group) =>
    (groups.get(group) ?? []).map((operation, index) => ({
      operation,
      group,
      isFirst: index === 0,
      note: unguardedNote(operation),
    })),
  );
}

/** Returns the operations of both APIs, each route once. */
export const mergeOperations = (a: readonly Operation[], b: readonly Operation[]): Operation[] => [
  ...new Map([...b, ...a].map((operation) => [operation.route.key, operation])).values(),
];

const WITHOUT_PERMISSION = "no permission";
const UNGUARDED = "not guarded here";

const groupName = (operation: Operation): string =>
  isGuarded(operation) ? (operation.permission ?? WITHOUT_PERMISSION) : UNGUARDED;

const rank = (group: string): number => [WITHOUT_PERMISSION, UNGUARDED].indexOf(group);

function unguardedNote({ public: isPublic, external, jwt }: Operation): string | undefined {
  if (isPublic) return "public: needs no token";
  if (external !== undefined) return `guarded by another authorizer, ${external}`;
  return jwt === undefined ? undefined : `accepts any token of ${jwt}`;
}
