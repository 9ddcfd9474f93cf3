import { parseGrant, printGrant } from "../../model/grant.ts";
import { isObject } from "../../model/is-object.ts";
import { fieldReader } from "../../model/item-reader.ts";
import { type Item, ROUTES_KEY } from "../../model/items.ts";
import { type Method, makeRoute } from "../../model/route.ts";
import { isGuarded, type Operation } from "../model/operation.ts";
import type { Position } from "../source/problem.ts";

/** How many routes one item has, so that it stays far below DynamoDB's 400 kB. */
const ROUTES_PER_ITEM = 500;

/**
 * Returns the items of the routes that roles can grant, with their permissions. With them, what a tenant's roles select
 * is expanded and checked at run time as in the files.
 */
export function routeItems(operations: readonly Operation[]): Item[] {
  const routes = operations
    .filter(isGuarded)
    .map(({ route, bind, permission, explicit }) => ({
      grant: printGrant({ route: route.key, binding: bind }),
      ...(permission !== undefined && { permission }),
      ...(explicit && { explicit }),
    }))
    .sort((a, b) => (a.grant < b.grant ? -1 : 1));
  return Array.from({ length: Math.max(1, Math.ceil(routes.length / ROUTES_PER_ITEM)) }, (_, index) => ({
    pk: ROUTES_KEY,
    sk: String(index).padStart(4, "0"),
    routes: routes.slice(index * ROUTES_PER_ITEM, (index + 1) * ROUTES_PER_ITEM),
  }));
}

/** Reads the routes that {@link routeItems} wrote. @throws InternalError `item_invalid` */
export const readRoutes = (items: readonly Item[]): Operation[] => items.flatMap(readItem);

function readItem(item: Item): Operation[] {
  const read = fieldReader(item);
  const routes = read.value("routes");
  if (!Array.isArray(routes)) throw read.invalid("routes");
  const at = positionOf(item);
  return routes.map((written: unknown): Operation => {
    const { grant: text, permission, explicit } = isObject(written) ? written : {};
    const grant = typeof text === "string" ? parseGrant(text) : undefined;
    if (grant === undefined || !(permission === undefined || typeof permission === "string"))
      throw read.invalid("routes");
    const [method = "", path = ""] = grant.route.split(" ");
    return {
      ...NOT_STORED,
      ...{ route: makeRoute(method as Method, path), bind: grant.binding, permission, at },
      explicit: explicit === true,
    };
  });
}

/** Returns the place of a definition that comes from an item. */
export const positionOf = ({ pk, sk }: Item): Position => ({
  file: `${String(pk)} ${String(sk)}`,
  line: 1,
  column: 1,
});

/** What selectors do not need. Only guarded routes are stored. */
const NOT_STORED = {
  backend: "",
  public: false,
  external: undefined,
  apiKeys: [],
  unbound: false,
  broken: false,
  pointer: [],
} as const;
