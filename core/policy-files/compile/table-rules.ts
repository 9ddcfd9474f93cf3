import type { ClientCeiling, ClientCeilings } from "../../model/client-ceilings.ts";
import { BY_DIRECTORY } from "../../model/directory.ts";
import { type Grant, printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import { fieldReader } from "../../model/item-reader.ts";
import { CATALOGUE_KEY, type Catalogue, type IssuerItem, type Item, ROUTES_KEY } from "../../model/items.ts";
import type { CeilingDefinition, CeilingsDefinition } from "../model/client-ceiling.ts";
import type { Operation } from "../model/operation.ts";
import type { PlanDefinition } from "../model/plans.ts";
import type { Entry, RoleDefinition } from "../model/role-grants.ts";
import type { KnownIssuer, TenantContext } from "../model/tenants.ts";
import type { Position } from "../source/problem.ts";
import { positionOf, readRoutes } from "./route-items.ts";

/** What a tenant's own roles can refer to, as the items of a table have it. */
export interface TableRules extends TenantContext {
  readonly plans: ReadonlyMap<string, Pick<PlanDefinition, "roles" | "ceiling">>;
  /**
   * The grants with a binding that shared roles have. Only these bindings are sure to have room in the deployed policies,
   * because the proof counted them.
   */
  readonly countedBindings: ReadonlySet<string>;
}

/**
 * Reads what a tenant's file is checked against from the items of a table, instead of the files.
 *
 * @param items those of the catalogue and of the routes; others are ignored
 * @param catalogue the same catalogue, parsed, with the issuers that the tenant names
 * @throws InternalError `item_invalid`
 */
export function readTableRules(items: readonly Item[], catalogue: Catalogue): TableRules {
  const operations = readRoutes(items.filter(({ pk }) => pk === ROUTES_KEY));
  const byKey = new Map(operations.map((operation) => [operation.route.key, operation]));
  const roles = items
    .filter(({ pk, sk }) => pk === CATALOGUE_KEY && String(sk).startsWith("ROLE#"))
    .map((item) => readRole(item, byKey));
  const at = { file: CATALOGUE_KEY, line: 1, column: 1 };
  return {
    operations,
    // A binding that no shared role has is rejected, so a claim that no issuer forwards is too.
    forwardedClaims: undefined,
    roles: new Map(roles.map(({ definition }) => [definition.name, definition])),
    plans: new Map(
      [...catalogue.plans.values()].map(({ name, ceiling, roles: names }) => [
        name,
        { ceiling: entries(ceiling, byKey, at), roles: names === null ? undefined : [...names] },
      ]),
    ),
    hasPlans: catalogue.hasPlans,
    issuers: new Map(
      [...catalogue.issuers.values()].map((issuer) => [issuer.name, readIssuer(issuer, byKey)]),
    ),
    countedBindings: new Set(roles.flatMap(({ grants }) => grants.filter(isBound).map(printGrant))),
  };
}

const isBound = ({ binding }: Grant): boolean => Object.keys(binding).length > 0;

type Operations = ReadonlyMap<RouteKey, Operation>;

function readRole(item: Item, operations: Operations) {
  const read = fieldReader(item);
  const at = positionOf(item);
  const grants = read.grants("grants");
  const definition: RoleDefinition = {
    name: read.string("name"),
    description: undefined,
    at,
    allowAt: at,
    parents: (read.optional("extends", read.strings) ?? []).map((name) => ({ name, at })),
    // The item's grants are those of the whole lineage, less what it excepts, so they give the same sums.
    allow: grants.flatMap(({ route, binding }) =>
      entries([route], operations, at).map((entry) => ({ ...entry, where: binding })),
    ),
    except: entries(read.optional("except", read.routes) ?? [], operations, at),
  };
  return { definition, grants };
}

/** Returns an entry for each route that the table has; a role may have one more while a publish is under way. */
function entries(routes: Iterable<RouteKey>, operations: Operations, at: Position): Entry[] {
  return [...routes].flatMap((route) => {
    const operation = operations.get(route);
    return operation === undefined ? [] : [{ text: route, at, operations: [operation], where: {} }];
  });
}

function readIssuer({ name, tenants, ceilings }: IssuerItem, operations: Operations): KnownIssuer {
  return {
    name,
    tenants: tenants === null ? "*" : tenants === BY_DIRECTORY ? tenants : [...tenants],
    ceilings: ceilings === null ? undefined : readCeilings(ceilings, operations),
  };
}

function readCeilings(
  { otherwise, named, patterns, delegates }: ClientCeilings,
  operations: Operations,
): CeilingsDefinition {
  const at = { file: CATALOGUE_KEY, line: 1, column: 1 };
  const read = ({ routes, scopes, tenants }: ClientCeiling): CeilingDefinition => ({
    at,
    lines: { ceiling: at, scopes: at, tenants: at },
    ceiling: entries(routes, operations, at),
    scopes: scopes === null ? undefined : [...scopes],
    tenants: tenants === null ? undefined : [...tenants],
  });
  const readAll = (all: Iterable<ClientCeiling>) =>
    new Map([...all].map((ceiling) => [ceiling.entry ?? "", read(ceiling)]));
  return {
    otherwise: read(otherwise),
    clients: readAll([...named.values(), ...patterns.map(({ ceiling }) => ceiling)]),
    delegates: readAll(delegates.values()),
  };
}
