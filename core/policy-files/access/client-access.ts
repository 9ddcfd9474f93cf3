import { type CeilingChange, type ClientCeiling, ceilingOf, changeOf } from "../../model/client-ceilings.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Catalogue, IssuerItem, TenantItem } from "../../model/items.ts";

/** The routes that a client can reach at most, with what limits it there as text; "": nothing else. */
export type ClientAccess = ReadonlyMap<RouteKey, string>;

/** A state of the items, as far as clients are concerned. */
interface State {
  readonly catalogue: Catalogue;
  readonly tenants: ReadonlyMap<string, TenantItem>;
}

/** One client before and after a change; `tenant` is "" for a change in every tenant. */
export interface ClientComparison {
  readonly tenant: string;
  readonly client: string;
  readonly before: ClientAccess;
  readonly after: ClientAccess;
}

/**
 * Compares what clients can reach at most. A client that only one state names has the default in the other one, and without
 * ceilings it reaches every route that a role grants.
 */
export function* compareClients(old: State, now: State): Generator<ClientComparison> {
  const all = grantedRoutes(old, now);
  for (const [name, issuer] of now.catalogue.issuers) {
    const was = old.catalogue.issuers.get(name);
    if (was === undefined || (was.ceilings === null && issuer.ceilings === null)) continue;
    for (const named of entriesOf(was, issuer)) {
      const { party, entry } = named;
      const client = entry === null ? `any other client of ${name}` : `${party} ${entry} of ${name}`;
      const [before, after] = [entryAccess(was, named, all), entryAccess(issuer, named, all)];
      yield { tenant: "", client, before, after };
      for (const tenant of now.tenants.values()) {
        const [took, takes] = [old.tenants.get(tenant.id), tenant].map((one) => changeIn(one, issuer, named));
        if (took !== undefined || takes !== undefined)
          yield { tenant: tenant.id, client, before: without(after, took), after: without(after, takes) };
      }
    }
  }
}

const grantedRoutes = (...states: readonly State[]): readonly RouteKey[] => {
  const roles = states.flatMap(({ catalogue, tenants }) => [
    ...[...catalogue.roles.values()].map(({ grants }) => grants),
    ...[...tenants.values()].flatMap((tenant) => [...tenant.roles.values()]),
  ]);
  return [...new Set(roles.flatMap((grants) => grants.map(({ route }) => route)))];
};

type Named = Pick<ClientCeiling, "entry" | "party">;

/** Lists the entries of both states, of which the first is the default. */
function entriesOf(...issuers: readonly IssuerItem[]): readonly Named[] {
  const found = issuers.flatMap(({ ceilings }) => (ceilings === null ? [] : allNamed(ceilings)));
  const byName = new Map(found.map(({ party, entry }) => [`${party} ${entry}`, { party, entry }]));
  return [{ party: "client", entry: null }, ...byName.values()];
}

const allNamed = ({
  named,
  patterns,
  delegates,
}: NonNullable<IssuerItem["ceilings"]>): readonly ClientCeiling[] => [
  ...named.values(),
  ...patterns.map(({ ceiling }) => ceiling),
  ...delegates.values(),
];

function entryAccess(
  { ceilings }: IssuerItem,
  { party, entry }: Named,
  all: readonly RouteKey[],
): ClientAccess {
  if (ceilings === null) return new Map(all.map((route) => [route, ""]));
  const found =
    entry === null
      ? ceilings.otherwise
      : (allNamed(ceilings).find((one) => one.party === party && one.entry === entry) ??
        (party === "client" ? ceilingOf(ceilings, entry) : ceilings.otherwise));
  const limits = [
    ...(found.scopes === null
      ? []
      : [found.scopes.size === 0 ? "without scopes" : `with the scopes ${[...found.scopes].join(" ")}`]),
    ...(found.tenants === null ? [] : [`in ${[...found.tenants].join(", ") || "no tenant"}`]),
  ].join(" ");
  return new Map([...found.routes].map((route) => [route, limits]));
}

const changeIn = (
  tenant: TenantItem | undefined,
  { name }: IssuerItem,
  entry: Named,
): CeilingChange | undefined => {
  const changes = tenant?.clients.get(name);
  return changes && changeOf(changes, entry);
};

const without = (access: ClientAccess, change: CeilingChange | undefined): ClientAccess =>
  new Map([...access].filter(([route]) => change !== "none" && change?.has(route) !== true));
