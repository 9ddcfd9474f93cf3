import { supposedCaller } from "../../decision/caller.ts";
import type { RoleName, RouteKey } from "../../model/ids.ts";
import { type Item, readTenant, type TenantItem } from "../../model/items.ts";
import type { PolicyTest } from "./policy-tests.ts";
import { type StateOf, WITHOUT_TABLE } from "./run-time-state.ts";
import { type PolicySimulator, type Simulation, simulate } from "./simulate.ts";

/** A policy test and its result. */
export interface PolicyTestResult {
  readonly test: PolicyTest;
  /** Whether the simulated outcome is the expected one. */
  readonly met: boolean;
  readonly simulation: Simulation;
}

/**
 * Simulates the request of every policy test. A test whose tenant does not exist always fails, because every `cannot`
 * of a misspelt tenant would pass. A public route is allowed to everybody. A test of a route that is left
 * to another authorizer always fails, because Portcullis does not decide its requests.
 *
 * @param stateOf finds what a table has for a caller; without it no table is read
 */
export function runPolicyTests(
  simulator: PolicySimulator,
  policyTests: readonly PolicyTest[],
  stateOf: StateOf = WITHOUT_TABLE,
): PolicyTestResult[] {
  return policyTests.map((policyTest) => {
    const { as, method, path, can } = policyTest;
    const caller = supposedCaller(as);
    const simulation = simulate(simulator, caller, method, path, stateOf(caller));
    const isAllowed = simulation.outcome === "allowed" || simulation.outcome === "public";
    const isDecidedHere = simulation.outcome !== "unknown-route" && simulation.outcome !== "external";
    const met = simulator.tenants.has(as.tenant) && isDecidedHere && isAllowed === can;
    return { test: policyTest, met, simulation };
  });
}

const OUTCOMES = {
  allowed: "allowed",
  public: "public",
  external: "left to another authorizer, so Portcullis does not decide it",
  "unknown-route": "no such route",
} as const;

/** Prints who makes a policy test's request, and what is expected of it. */
export function printRequest({ as, method, path, can }: PolicyTest): string {
  const who = `${as.tenant} ${as.roles.join("+") || "(no role)"}${as.subject === undefined ? "" : ` ${as.subject}`}${as.clientId === undefined ? "" : ` by ${as.clientId}`}${as.delegate === undefined ? "" : ` through ${as.delegate.subject}`}`;
  return `${who} ${can ? "can" : "cannot"} ${method} ${path}`;
}

/** Prints what was expected and what was found, in one line. */
export function printPolicyTest({ test: policyTest, met, simulation }: PolicyTestResult): string {
  const { as, at } = policyTest;
  const found =
    simulation.outcome === "denied" && simulation.reason === "unknown_tenant"
      ? `there is no tenant "${as.tenant}": correct the name, or mark the test with the environment that has the tenant, as in environment: prod`
      : simulation.outcome === "denied"
        ? `denied: ${simulation.reason ?? ""}`
        : OUTCOMES[simulation.outcome];
  return `${at.file}:${at.line}:${at.column}: ${met ? "ok" : "failed"}: ${printRequest(policyTest)} (${found})`;
}

/** One grant of a shared role, or of a tenant's own role. */
export interface RoleGrant {
  /** Null: a shared role. */
  readonly tenant: string | null;
  readonly role: RoleName;
  readonly route: RouteKey;
}

export const printRoleGrant = ({ tenant, role, route }: RoleGrant): string =>
  `${tenant === null ? "" : `${tenant} / `}${role}: ${route}`;

/** Returns all grants of all roles. */
export function allGrants({
  catalogue,
  tenants,
}: Pick<PolicySimulator, "catalogue" | "tenants">): RoleGrant[] {
  const shared = [...catalogue.roles.values()].flatMap(({ name, grants }) =>
    grants.map(({ route }) => ({ tenant: null, role: name, route })),
  );
  const own = [...tenants.values()].flatMap((tenant) =>
    [...tenant.roles].flatMap(([role, grants]) =>
      grants.map(({ route }) => ({ tenant: tenant.id, role, route })),
    ),
  );
  return [...new Map([...shared, ...own].map((grant) => [printRoleGrant(grant), grant])).values()];
}

/** Returns the grants that no policy test covers: no caller with the role requests the route. */
export function untouchedGrants(
  simulator: PolicySimulator,
  results: readonly PolicyTestResult[],
): RoleGrant[] {
  const touched = new Set(
    results.flatMap(({ test: { as }, simulation }) => {
      if (simulation.outcome !== "allowed" && simulation.outcome !== "denied") return [];
      const tenant = simulator.tenants.get(as.tenant);
      return as.roles.map((role) =>
        printRoleGrant({
          tenant: isOwn(tenant, role) ? as.tenant : null,
          role: role as RoleName,
          route: simulation.route.key,
        }),
      );
    }),
  );
  return allGrants(simulator).filter((grant) => !touched.has(printRoleGrant(grant)));
}

const isOwn = (tenant: TenantItem | undefined, role: string): boolean =>
  tenant?.roles.has(role as RoleName) === true;

/** The items with one change in one item, which a good set of policy tests detects. */
export interface Mutation {
  readonly text: string;
  readonly items: readonly Item[];
}

/**
 * Generates mutations: each drops, adds or unbinds one grant, or drops one `never` entry or one change of a
 * tenant.
 */
export function* mutations(items: readonly Item[], routes: readonly RouteKey[]): Generator<Mutation> {
  for (const [at, item] of items.entries())
    for (const { text, changed } of mutateItem(item, routes)) yield { text, items: items.with(at, changed) };
}

interface ItemMutation {
  readonly text: string;
  readonly changed: Item;
}

function mutateItem(item: Item, routes: readonly RouteKey[]): ItemMutation[] {
  const [kind] = String(item["sk"]).split("#", 1);
  if (kind === "ROLE")
    return mutateGrants(String(item["name"]), item["grants"] as string[], routes).map(({ text, grants }) => ({
      text,
      changed: { ...item, grants },
    }));
  return kind === "TENANT" ? mutateTenant(item, routes) : [];
}

function mutateGrants(
  role: string,
  grants: readonly string[],
  routes: readonly RouteKey[],
): { text: string; grants: string[] }[] {
  const bare = (grant: string): string => grant.split(" where ", 1)[0] ?? grant;
  const granted = new Set(grants.map(bare));
  const dropped = [...granted].map((route) => ({
    text: `${role} loses ${route}`,
    grants: grants.filter((grant) => bare(grant) !== route),
  }));
  const unbound = grants
    .filter((grant) => grant !== bare(grant))
    .map((grant) => ({ text: `${role} gains ${bare(grant)} unbound`, grants: [...grants, bare(grant)] }));
  const added = routes
    .filter((route) => !granted.has(route))
    .map((route) => ({ text: `${role} gains ${route}`, grants: [...grants, route] }));
  return [...dropped, ...unbound, ...added];
}

function mutateTenant(item: Item, routes: readonly RouteKey[]): ItemMutation[] {
  const { id, never, changes } = readTenant(item);
  const withoutNever = [...never].map((route) => ({
    text: `${id} loses ${route} under never`,
    changed: { ...item, never: [...never].filter((other) => other !== route) },
  }));
  const rest = (role: string) =>
    Object.fromEntries(Object.entries((item["changes"] ?? {}) as object).filter(([name]) => name !== role));
  const withoutChange = [...changes.keys()].map((role) => ({
    text: `${id} loses the change to ${role}`,
    changed: { ...item, changes: rest(role) },
  }));
  const own = Object.entries((item["roles"] ?? {}) as Record<string, { grants: string[] }>).flatMap(
    ([role, definition]) =>
      mutateGrants(`${id} / ${role}`, definition.grants, routes).map(({ text, grants }) => ({
        text,
        changed: { ...item, roles: { ...(item["roles"] as object), [role]: { ...definition, grants } } },
      })),
  );
  return [...withoutNever, ...withoutChange, ...own];
}
