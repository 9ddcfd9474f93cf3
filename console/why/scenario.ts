import { type Caller, sourceValue, supposedCaller } from "../../core/decision/caller.ts";
import { parseDelegate } from "../../core/decision/delegates.ts";
import type { BindingSource } from "../../core/model/grant.ts";
import { tenantId } from "../../core/model/ids.ts";
import { parameterNames, type Route } from "../../core/model/route.ts";
import type { CellKey } from "../matrix/model.ts";
import type { Side } from "../matrix/sides.ts";
import type { PathValues } from "../request-path.ts";
import { type RecordedRequest, valuesIn } from "./recorded.ts";

/** An example caller and request, which the reader can change. */
export interface Scenario {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** Forwarded claims by their key in the authorizer context. */
  readonly claims: Readonly<Record<string, string>>;
  readonly values: PathValues;
  /** All roles of the caller. */
  readonly roles: readonly string[];
  /** Undefined: not named, so that the limits of an issuer do not apply. */
  readonly issuer: string | undefined;
  /** The OAuth client; undefined: none limits the caller. */
  readonly client: string | undefined;
  /** Who acts for the caller: the issuer, a space, and the subject. */
  readonly delegate: string | undefined;
  /** When it is decided, and the token was issued, in seconds since 1970. */
  readonly at: number;
  /** What the running stack did not record of the request, so that the page supposes it; empty for an example. */
  readonly assumed: ReadonlySet<"roles" | "issuer" | "subject" | "scopes" | "claims" | "client">;
}

const NOTHING: Scenario["assumed"] = new Set();

export const findRoute = ({ set }: Side, { route }: CellKey): Route | undefined =>
  set.rules.api.operations.find((operation) => operation.route.key === route)?.route;

/** Returns a scenario that satisfies the cell's grant: the caller has every scope and uses only their own values. */
export function createScenario(side: Side, cell: CellKey): Scenario {
  const route = findRoute(side, cell);
  const sources = findBindings(side, cell);
  const claims = [...sources.values()].flatMap((source) =>
    source.startsWith("claim.") ? [source.slice("claim.".length)] : [],
  );
  const scenario = {
    subject: "ann",
    scopes: route?.scopes ?? [],
    claims: Object.fromEntries(claims.map((name) => [name, `own-${name}`])),
    values: {},
    roles: [cell.role],
    issuer: undefined,
    client: undefined,
    delegate: undefined,
    at: Date.now() / 1_000,
    assumed: NOTHING,
  };
  const caller = buildCaller(side, cell, scenario);
  const values = parameterNames(route?.segments ?? []).map((name) => {
    const source = sources.get(name);
    return [name, source === undefined ? "42" : sourceValue(caller, source)] as const;
  });
  return { ...scenario, values: Object.fromEntries(values) };
}

/** Returns the scenario of a recorded request. What was not recorded is that of the example, and marked as assumed. */
export function recordedScenario(side: Side, cell: CellKey, recorded: RecordedRequest): Scenario {
  const example = createScenario(side, cell);
  const route = findRoute(side, cell);
  const { subject, scopes, issuer, client, delegate, roles, path } = recorded;
  const found = { roles, issuer, client, subject, scopes, claims: undefined };
  return {
    ...example,
    subject: subject ?? example.subject,
    scopes: scopes ?? example.scopes,
    roles: roles ?? example.roles,
    issuer,
    client,
    delegate,
    at: Date.parse(recorded.time) / 1_000 || example.at,
    values: route === undefined ? {} : valuesIn(route, path),
    assumed: new Set(
      (Object.keys(found) as (keyof typeof found)[]).filter((name) => found[name] === undefined),
    ),
  };
}

/** Returns the source that a grant of the role binds each of the route's parameters to. */
function findBindings({ set, tenant }: Side, { role, route }: CellKey): Map<string, BindingSource> {
  const { catalogue, tenants } = set.simulator(tenant);
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

export const buildCaller = (
  { tenant }: Side,
  _cell: CellKey,
  { roles, subject, scopes, claims, issuer, client, delegate, at }: Omit<Scenario, "values">,
): Caller =>
  supposedCaller({
    ...{ tenant, roles, subject, scopes, claims, issuer, issuedAt: at },
    clientId: client,
    delegate: delegate === undefined ? undefined : parseDelegate(delegate),
  });
