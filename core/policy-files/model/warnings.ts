import { conjoin } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import { matchPath, parameterNames, type Route, type Segment } from "../../model/route.ts";
import { hasFixedLength } from "../../policy/compile.ts";
import { bodyWarnings } from "../openapi/check-bodies.ts";
import { type Problem, Problems } from "../source/problem.ts";
import { isGuarded, type Operation } from "./operation.ts";
import type { PlanDefinition } from "./plans.ts";
import type { PolicySet } from "./policy-set.ts";
import { collectGrants, type Entry, lineage, type RoleDefinition, routeKeys } from "./role-grants.ts";
import type { TenantDefinition } from "./tenant-grants.ts";

/** Returns warnings: parts of a policy set that are valid, but probably not intended. */
export function findWarnings(policies: PolicySet): Problem[] {
  const problems = new Problems();
  const granted = new Map(
    [...policies.roles.values()].map((role) => [
      role.name,
      new Set(collectGrants(lineage(role, policies.roles)).map(({ route }) => route)),
    ]),
  );
  warnOfUnreachable(policies, granted, problems);
  warnOfUnusedRoles(policies, problems);
  for (const role of policies.roles.values()) warnOfIdleExcepts(role, policies.roles, problems);
  for (const tenant of policies.tenants.values()) warnOfTenant(tenant, policies, granted, problems);
  for (const operation of policies.api.operations)
    if (operation.unbound)
      problems.warn(
        "unbound-route",
        operation.at,
        `${operation.route.key} opts out of the root's bind, so callers of every tenant can use every value of its parameters`,
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

/** What a tenant's warnings depend on. */
interface WarningRules {
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  readonly plans: ReadonlyMap<string, Pick<PlanDefinition, "ceiling">>;
}

type Granted = ReadonlyMap<string, ReadonlySet<RouteKey>>;

function warnOfUnreachable({ api, tenants }: PolicySet, granted: Granted, problems: Problems): void {
  const reached = new Set([...granted.values()].flatMap((routes) => [...routes]));
  for (const tenant of tenants.values())
    for (const role of tenant.roles.values())
      for (const entry of role.allow) for (const { route } of entry.operations) reached.add(route.key);
  for (const { route, at } of api.operations.filter(isGuarded))
    if (!reached.has(route.key))
      problems.warn("unreachable-route", at, `${route.key}: no role grants it, so every request is denied`);
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
      problems.warn(
        "unused-role",
        role.at,
        `role ${role.name}: no plan has it and no role extends it, so it is unused`,
      );
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
    if (!reachesAny(entry, allowed))
      problems.warn(
        "idle-except",
        entry.at,
        `role ${role.name}: except "${entry.text}" has no effect, because the role allows none of its routes`,
      );
}

const reachesAny = (entry: Entry, from: ReadonlySet<RouteKey>): boolean =>
  entry.operations.some(({ route }) => from.has(route.key));

/** Warns of what has no effect in a tenant. */
export function warnOfTenant(
  tenant: TenantDefinition,
  { roles, plans }: WarningRules,
  granted: Granted,
  problems: Problems,
): void {
  for (const [name, { except }] of tenant.changes)
    for (const entry of except === "none" ? [] : except)
      if (!reachesAny(entry, granted.get(name) ?? new Set()))
        problems.warn(
          "idle-change",
          entry.at,
          `changes: except "${entry.text}" has no effect, because ${name} grants none of its routes`,
        );
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
          "above-ceiling",
          entry.at,
          `role ${role.name}: "${entry.text}" allows routes outside the ceiling of plan ${tenant.plan}, which stay denied: ${above.slice(0, 3).join(", ")}${above.length > 3 ? ", …" : ""}`,
        );
    }
  }
}

/**
 * Warns of bindings that cannot be encoded: in a route with a free `{proxy+}` only the first parameter can be
 * bound. See `compilePolicy`.
 */
function warnOfLostBindings(role: RoleDefinition, problems: Problems): void {
  for (const entry of role.allow)
    for (const { route, bind } of entry.operations) {
      const binding = conjoin(bind, entry.where);
      const [first] = parameterNames(route.segments);
      const lost = Object.keys(binding).filter((name) => name !== first);
      if (lost.length > 0 && !hasFixedLength(route.segments, binding))
        problems.warn(
          "lost-binding",
          entry.at,
          `role ${role.name}: {${lost.join("}, {")}} of ${route.key} cannot be bound, because an unbound {proxy+} follows, so the route stays denied: bind its first parameter only`,
        );
    }
}

/**
 * Warns of requests whose first segments match one route's literal, while only a route with a parameter in its
 * place matches the whole path. It is not documented whether API Gateway then selects that route, or none.
 */
function warnOfSelection(operations: readonly Operation[], problems: Problems): void {
  const routes = indexLiterals(operations);
  const reported = new Set<string>();
  for (const { route, at: position } of operations)
    for (const { other, at } of divergingRoutes(route, routes)) {
      const path = examplePath(route.segments, other.segments, at);
      const request = `${route.method} ${path}`;
      if (reported.has(request)) continue;
      reported.add(request);
      const selected = routes.byLiteral.get(literalKey(other, at)) ?? [];
      if (selected.some(({ segments }) => matchPath(segments, path) !== undefined)) continue;
      problems.warn(
        "uncertain-route",
        position,
        `${request} matches ${route.key}, but its first segments match ${other.path}: it is not documented which route API Gateway selects, and the local gateway finds none`,
      );
    }
}

/** The routes with a literal at some index. */
interface LiteralRoutes {
  /** One route of each literal, by the method and the segments before it, see {@link prefixKey}. */
  readonly byPrefix: ReadonlyMap<string, readonly Route[]>;
  /** By the method, the index and the literal, see {@link literalKey}. */
  readonly byLiteral: ReadonlyMap<string, readonly Route[]>;
}

function indexLiterals(operations: readonly Operation[]): LiteralRoutes {
  const byPrefix = new Map<string, Map<string, Route>>();
  const byLiteral = new Map<string, Route[]>();
  for (const { route } of operations)
    for (const [at, segment] of route.segments.entries()) {
      if (segment.kind !== "literal") continue;
      const sameLiteral = byLiteral.get(literalKey(route, at));
      if (sameLiteral === undefined) byLiteral.set(literalKey(route, at), [route]);
      else sameLiteral.push(route);
      const literals = byPrefix.get(prefixKey(route, at)) ?? new Map<string, Route>();
      if (!literals.has(segment.text)) literals.set(segment.text, route);
      byPrefix.set(prefixKey(route, at), literals);
    }
  return {
    byPrefix: new Map([...byPrefix].map(([key, literals]) => [key, [...literals.values()]])),
    byLiteral,
  };
}

/** Returns the method and the segments before an index, without the names of parameters. */
const prefixKey = ({ method, segments }: Route, at: number): string =>
  [method, ...segments.slice(0, at).map((each) => (each.kind === "literal" ? each.text : "{}"))].join("/");

function literalKey({ method, segments }: Route, at: number): string {
  const segment = segments[at];
  return `${method} ${at} ${segment?.kind === "literal" ? segment.text : ""}`;
}

/** Lists routes with a literal where `route` has a parameter that is not its last segment. */
const divergingRoutes = (route: Route, { byPrefix }: LiteralRoutes): { other: Route; at: number }[] =>
  route.segments
    .slice(0, -1)
    .flatMap((segment, at) =>
      segment.kind === "parameter"
        ? (byPrefix.get(prefixKey(route, at)) ?? []).map((other) => ({ other, at }))
        : [],
    );

function examplePath(segments: readonly Segment[], other: readonly Segment[], at: number): string {
  const parts = segments.map((segment, index) => {
    const theirs = other[index];
    if (index === at && theirs?.kind === "literal") return theirs.text;
    return segment.kind === "literal" ? segment.text : "1";
  });
  return `/${parts.join("/")}`;
}
