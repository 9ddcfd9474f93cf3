import { supposedCaller } from "../../decision/caller.ts";
import type { RoleName, RouteKey } from "../../model/ids.ts";
import { type Item, readTenant, type TenantItem } from "../../model/items.ts";
import type { PolicyTest } from "./policy-tests.ts";
import { type PolicySimulator, type Simulation, simulate } from "./simulate.ts";

/** An expectation and what came of it. */
export interface PolicyTestResult {
  readonly test: PolicyTest;
  readonly met: boolean;
  readonly simulation: Simulation;
}

/** Makes every expected request and compares. A public route may be called by anybody; of one that is left to another authorizer nothing can be expected. */
export function runPolicyTests(
  simulator: PolicySimulator,
  policyTests: readonly PolicyTest[],
): PolicyTestResult[] {
  return policyTests.map((policyTest) => {
    const { as, method, path, can } = policyTest;
    const simulation = simulate(simulator, supposedCaller(as), method, path);
    const may = simulation.outcome === "allowed" || simulation.outcome === "public";
    const isDecidedHere = simulation.outcome !== "unknown-route" && simulation.outcome !== "external";
    return { test: policyTest, met: isDecidedHere && may === can, simulation };
  });
}

const FOUND = {
  allowed: "allowed",
  public: "public",
  external: "left to another authorizer, so nothing here decides it",
  "unknown-route": "no such route",
} as const;

/** What was expected and what was found, in one line. */
export function printPolicyTest({ test: policyTest, met, simulation }: PolicyTestResult): string {
  const { as, method, path, can, at } = policyTest;
  const who = `${as.tenant} ${as.roles.join("+") || "(no role)"}${as.subject === undefined ? "" : ` ${as.subject}`}`;
  const found =
    simulation.outcome === "denied" ? `refused: ${simulation.reason ?? ""}` : FOUND[simulation.outcome];
  return `${at.file}:${at.line}:${at.column}: ${met ? "ok" : "failed"}: ${who} ${can ? "can" : "cannot"} ${method} ${path} (${found})`;
}

/** One grant of a role: a shared one's, or a tenant's own. */
export interface RoleGrant {
  readonly tenant: string | null;
  readonly role: RoleName;
  readonly route: RouteKey;
}

export const printRoleGrant = ({ tenant, role, route }: RoleGrant): string =>
  `${tenant === null ? "" : `${tenant} / `}${role}: ${route}`;

/** All grants of all roles. */
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

/** The grants that no expectation touches: no caller that has the role asks for the route. */
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

/** One change to one item that a good set of expectations notices. */
export interface Mutation {
  readonly text: string;
  readonly items: readonly Item[];
}

/** Drops and widens one grant at a time, and drops each thing that narrows. */
export function* mutations(items: readonly Item[], routes: readonly RouteKey[]): Generator<Mutation> {
  for (const [at, item] of items.entries())
    for (const { text, changed } of mutationsOf(item, routes)) yield { text, items: items.with(at, changed) };
}

interface ItemMutation {
  readonly text: string;
  readonly changed: Item;
}

function mutationsOf(item: Item, routes: readonly RouteKey[]): ItemMutation[] {
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
  const freed = grants
    .filter((grant) => grant !== bare(grant))
    .map((grant) => ({ text: `${role} gets ${bare(grant)} unbound`, grants: [...grants, bare(grant)] }));
  const added = routes
    .filter((route) => !granted.has(route))
    .map((route) => ({ text: `${role} gains ${route}`, grants: [...grants, route] }));
  return [...dropped, ...freed, ...added];
}

function mutateTenant(item: Item, routes: readonly RouteKey[]): ItemMutation[] {
  const { id, never, changes } = readTenant(item);
  const withoutNever = [...never].map((route) => ({
    text: `${id}: never loses ${route}`,
    changed: { ...item, never: [...never].filter((other) => other !== route) },
  }));
  const rest = (role: string) =>
    Object.fromEntries(Object.entries((item["changes"] ?? {}) as object).filter(([name]) => name !== role));
  const withoutChange = [...changes.keys()].map((role) => ({
    text: `${id}: the change to ${role} is gone`,
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
