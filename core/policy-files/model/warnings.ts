import { conjoin } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import { matchPath, parameterNames, type Route, type Segment } from "../../model/route.ts";
import { hasFixedLength } from "../../policy/compile.ts";
import { bodyWarnings } from "../openapi/check-bodies.ts";
import { type Problem, Problems } from "../source/problem.ts";
import { isGuarded, type Operation } from "./operation.ts";
import type { PolicySet } from "./policy-set.ts";
import { type Entry, grantsOf, lineage, type RoleDefinition, routeKeys } from "./role-grants.ts";
import type { TenantDefinition } from "./tenant-grants.ts";

/** What is no error in a policy set, but probably not what was meant. */
export function findWarnings(policies: PolicySet): Problem[] {
  const problems = new Problems();
  const granted = new Map(
    [...policies.roles.values()].map((role) => [
      role.name,
      new Set(grantsOf(lineage(role, policies.roles)).map(({ route }) => route)),
    ]),
  );
  warnOfUnreachable(policies, granted, problems);
  warnOfUnusedRoles(policies, problems);
  for (const role of policies.roles.values()) warnOfIdleExcepts(role, policies.roles, problems);
  for (const tenant of policies.tenants.values()) warnOfTenant(tenant, policies, granted, problems);
  for (const operation of policies.api.operations)
    if (operation.unbound)
      problems.warn(
        operation.at,
        `${operation.route.key} opts out of the root's bind: every tenant's callers reach every value`,
      );
  const roles = [
    ...policies.roles.values(),
    ...[...policies.tenants.values()].flatMap((tenant) => [...tenant.roles.values()]),
  ];
  for (const role of roles) warnOfLostBindings(role, problems);
  warnOfSelection(policies.api.operations, problems);
  problems.list.push(...bodyWarnings(policies.api));
  return problems.sorted();
}

type Granted = ReadonlyMap<string, ReadonlySet<RouteKey>>;

function warnOfUnreachable({ api, tenants }: PolicySet, granted: Granted, problems: Problems): void {
  const reached = new Set([...granted.values()].flatMap((routes) => [...routes]));
  for (const tenant of tenants.values())
    for (const role of tenant.roles.values())
      for (const entry of role.allow) for (const { route } of entry.operations) reached.add(route.key);
  for (const { route, at } of api.operations.filter(isGuarded))
    if (!reached.has(route.key)) problems.warn(at, `${route.key}: no role grants it, so nobody can reach it`);
}

function warnOfUnusedRoles({ roles, plans, tenants }: PolicySet, problems: Problems): void {
  const lists = [...plans.values()].map((plan) => plan.roles);
  if (plans.size === 0 || lists.includes(undefined)) return;
  const extended = new Set(
    [...roles.values(), ...[...tenants.values()].flatMap((tenant) => [...tenant.roles.values()])].flatMap(
      (role) => role.parents.map(({ name }) => name),
    ),
  );
  for (const role of roles.values())
    if (!lists.some((list) => list?.includes(role.name)) && !extended.has(role.name))
      problems.warn(role.at, `role ${role.name}: no plan has it, and no role extends it`);
}

const allowedBy = (role: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): ReadonlySet<RouteKey> =>
  new Set(lineage(role, roles).flatMap((ancestor) => ancestor.allow.flatMap(routeKeys)));

function warnOfIdleExcepts(
  role: RoleDefinition,
  roles: ReadonlyMap<string, RoleDefinition>,
  problems: Problems,
): void {
  if (role.except.length === 0) return;
  const allowed = allowedBy(role, roles);
  for (const entry of role.except)
    if (!takesAny(entry, allowed))
      problems.warn(entry.at, `role ${role.name}: "${entry.text}" takes nothing that the role allows`);
}

const takesAny = (entry: Entry, from: ReadonlySet<RouteKey>): boolean =>
  entry.operations.some(({ route }) => from.has(route.key));

function warnOfTenant(
  tenant: TenantDefinition,
  { roles, plans }: PolicySet,
  granted: Granted,
  problems: Problems,
): void {
  for (const [name, { except }] of tenant.changes)
    for (const entry of except === "none" ? [] : except)
      if (!takesAny(entry, granted.get(name) ?? new Set()))
        problems.warn(entry.at, `changes: "${entry.text}" takes nothing that ${name} grants`);
  if (tenant.roles.size === 0) return;
  const all = new Map([...roles, ...tenant.roles]);
  const ceiling =
    tenant.plan === undefined ? undefined : new Set(plans.get(tenant.plan)?.ceiling.flatMap(routeKeys));
  for (const role of tenant.roles.values()) {
    warnOfIdleExcepts(role, all, problems);
    for (const entry of role.allow) {
      const above = ceiling === undefined ? [] : routeKeys(entry).filter((route) => !ceiling.has(route));
      if (above.length > 0)
        problems.warn(
          entry.at,
          `role ${role.name}: "${entry.text}" is above the ceiling of plan ${tenant.plan}: ${above.slice(0, 3).join(", ")}${above.length > 3 ? ", …" : ""} stay refused`,
        );
    }
  }
}

/** Beside a free `{proxy+}` only a route's first parameter can be bound: see `compilePolicy`. */
function warnOfLostBindings(role: RoleDefinition, problems: Problems): void {
  for (const entry of role.allow)
    for (const { route, bind } of entry.operations) {
      const binding = conjoin(bind, entry.where);
      const [first] = parameterNames(route.segments);
      const lost = Object.keys(binding).filter((name) => name !== first);
      if (lost.length > 0 && !hasFixedLength(route.segments, binding))
        problems.warn(
          entry.at,
          `role ${role.name}: {${lost.join("}, {")}} of ${route.key} cannot be bound beside {proxy+}, so the route stays refused: bind its first parameter only`,
        );
    }
}

/**
 * Whether API Gateway turns back from a literal when the rest of a path does not fit below it is not
 * established: such a request may reach the route with the parameter, or none.
 */
function warnOfSelection(operations: readonly Operation[], problems: Problems): void {
  const told = new Set<string>();
  for (const operation of operations)
    for (const other of operations) {
      const at = turningPoint(operation.route, other.route);
      if (at === undefined) continue;
      const path = examplePath(operation.route.segments, other.route.segments, at);
      const text = `${operation.route.method} ${path}`;
      if (
        told.has(text) ||
        operations.some(
          ({ route }) =>
            route.method === other.route.method &&
            below(route, other.route, at) &&
            matchPath(route.segments, path) !== undefined,
        )
      )
        continue;
      told.add(text);
      problems.warn(
        operation.at,
        `${text} reaches ${operation.route.key} only if API Gateway turns back from the literal of ${other.route.path}, which is not established: the local gateway refuses it`,
      );
    }
}

/** The place where one route has a parameter, and more behind it, and the other a literal. */
function turningPoint(route: Route, other: Route): number | undefined {
  if (route === other || route.method !== other.method) return undefined;
  for (const [index, segment] of route.segments.entries()) {
    const theirs = other.segments[index];
    if (theirs === undefined) return undefined;
    if (segment.kind === "parameter" && theirs.kind === "literal")
      return index < route.segments.length - 1 ? index : undefined;
    if (segment.kind === "literal" && !(theirs.kind === "literal" && theirs.text === segment.text))
      return undefined;
    if (segment.kind === "greedy" || theirs.kind === "greedy") return undefined;
  }
  return undefined;
}

const below = (route: Route, other: Route, at: number): boolean => {
  const [own, theirs] = [route.segments[at], other.segments[at]];
  return own?.kind === "literal" && theirs?.kind === "literal" && own.text === theirs.text;
};

function examplePath(segments: readonly Segment[], other: readonly Segment[], at: number): string {
  const parts = segments.map((segment, index) => {
    const theirs = other[index];
    if (index === at && theirs?.kind === "literal") return theirs.text;
    return segment.kind === "literal" ? segment.text : "1";
  });
  return `/${parts.join("/")}`;
}
