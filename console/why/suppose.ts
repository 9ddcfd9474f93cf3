import { type Caller, sourceValue, supposedCaller } from "../../core/decision/caller.ts";
import type { BindingSource } from "../../core/model/grant.ts";
import { tenantId } from "../../core/model/ids.ts";
import { parameterNames, type Route } from "../../core/model/route.ts";
import type { CellKey } from "../matrix/model.ts";
import type { Side } from "../matrix/sides.ts";

/** The caller and the request that are supposed, as a person can change them. */
export interface Supposed {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** By their key in the context. */
  readonly claims: Readonly<Record<string, string>>;
  /** The path's parameters. */
  readonly values: Readonly<Record<string, string>>;
}

export const routeOf = ({ set }: Side, { route }: CellKey): Route | undefined =>
  set.rules.api.operations.find((operation) => operation.route.key === route)?.route;

/** A caller with every scope, whose request names the caller's own where a role binds to it. */
export function supposeFor(side: Side, cell: CellKey): Supposed {
  const route = routeOf(side, cell);
  const sources = boundSources(side, cell);
  const claims = [...sources.values()].flatMap((source) =>
    source.startsWith("claim.") ? [source.slice("claim.".length)] : [],
  );
  const supposed = {
    subject: "ann",
    scopes: route?.scopes ?? [],
    claims: Object.fromEntries(claims.map((name) => [name, `own-${name}`])),
    values: {},
  };
  const caller = callerOf(side, cell, supposed);
  const values = parameterNames(route?.segments ?? []).map((name) => {
    const source = sources.get(name);
    return [name, source === undefined ? "42" : sourceValue(caller, source)] as const;
  });
  return { ...supposed, values: Object.fromEntries(values) };
}

/** To what the role binds the route's parameters, in some grant of it. */
function boundSources({ set, tenant }: Side, { role, route }: CellKey): Map<string, BindingSource> {
  const { catalogue, tenants } = set.standOf(tenant);
  const shared = [...catalogue.roles.values()].find(({ name }) => name === role)?.grants ?? [];
  const own = [...(tenants.get(tenantId(tenant))?.roles ?? [])].flatMap(([name, grants]) =>
    name === role ? grants : [],
  );
  const bindings = [...shared, ...own].filter((grant) => grant.route === route).map(({ binding }) => binding);
  return new Map(
    bindings.flatMap((binding) =>
      Object.entries(binding).flatMap(([name, [source]]) =>
        source === undefined ? [] : [[name, source] as const],
      ),
    ),
  );
}

export const callerOf = (
  { tenant }: Side,
  { role }: CellKey,
  { subject, scopes, claims }: Omit<Supposed, "values">,
): Caller => supposedCaller({ tenant, roles: [role], subject, scopes, claims });

/** The request's path: values as a client writes them. */
export function pathOf({ segments }: Route, values: Supposed["values"]): string {
  const parts = segments.map((segment) => {
    if (segment.kind === "literal") return segment.text;
    const value = values[segment.name] ?? "";
    return segment.kind === "greedy"
      ? value.split("/").map(encodeURIComponent).join("/")
      : encodeURIComponent(value);
  });
  return `/${parts.join("/")}`;
}
