import { type Caller, readsTokenRoles, sourceValue } from "../../decision/caller.ts";
import { memberRoles } from "../../decision/memberships.ts";
import { ownsSubjects } from "../../decision/permissions.ts";
import { conjoin, printGrant } from "../../model/grant.ts";
import { type IssuerItem, TENANT_SORT_KEY, tenantKey } from "../../model/items.ts";
import type { Route } from "../../model/route.ts";
import { matchPath } from "../../model/route.ts";
import type { Operation } from "../model/operation.ts";
import { type Entry, lineage, type RoleDefinition } from "../model/role-grants.ts";
import type { Rules } from "../model/rules-json.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import { type PolicySimulator, type Simulation, simulate } from "../simulate/simulate.ts";
import type { StoredMembershipState } from "./memberships.ts";
import { type ExplanationStep, gives, note, type Origin, takes } from "./step.ts";

/** Why a request is allowed or denied. */
export interface Explanation {
  readonly request: string;
  readonly simulation: Simulation;
  readonly steps: readonly ExplanationStep[];
}

/**
 * Explains the decision on a caller's request, step by step. Each step has its origin: a line of the policy files, or
 * an item of the table for a tenant that only the table has and for the caller's memberships and revocations.
 */
export function explain(
  policies: Rules,
  simulator: PolicySimulator,
  caller: Caller,
  { method, path }: { readonly method: string; readonly path: string },
  membershipState: StoredMembershipState | null = null,
): Explanation {
  const simulation = simulate(simulator, caller, method, path, membershipState);
  const steps =
    simulation.outcome === "unknown-route"
      ? []
      : [
          ...routeSteps(policies, simulation.route),
          ...("response" in simulation
            ? callerSteps({ policies, simulator, membershipState }, caller, simulation.route, path)
            : []),
        ];
  return { request: `${method} ${path}`, simulation, steps };
}

function findOperation({ api }: Rules, route: Route): Operation | undefined {
  return api.operations.find((operation) => operation.route.key === route.key);
}

function routeSteps(policies: Rules, route: Route): ExplanationStep[] {
  const operation = findOperation(policies, route);
  const what = operation?.permission === undefined ? "" : `, permission ${operation.permission}`;
  if (operation?.public === true)
    return [gives(`${route.key} is public: it has no authorizer`, operation.at)];
  if (operation?.external !== undefined)
    return [
      note(
        `${route.key} is left to another authorizer, the security scheme ${operation.external}: no role grants it, and only that authorizer decides who can call it`,
        operation.at,
      ),
    ];
  if (operation?.jwt !== undefined)
    return [
      gives(
        `${route.key} is left to API Gateway's own JWT authorizer: it accepts any token of ${operation.jwt}`,
        operation.at,
      ),
    ];
  return [
    note(
      `the request matches ${route.key}${what}${operation?.explicit === true ? ", explicit" : ""}`,
      operation?.at,
    ),
  ];
}

interface ExplainContext {
  readonly policies: Rules;
  readonly simulator: PolicySimulator;
  readonly membershipState: StoredMembershipState | null;
}

function callerSteps(context: ExplainContext, caller: Caller, route: Route, path: string): ExplanationStep[] {
  const { policies, simulator, membershipState } = context;
  const tenant = policies.tenants.get(caller.tenant) ?? tenantAtRunTime(simulator, caller.tenant);
  if (tenant === undefined) return [takes(noTenant(context, caller))];
  const issuer = caller.issuer === null ? undefined : simulator.catalogue.issuers.get(caller.issuer);
  const first = [
    ...tenantSteps(policies, caller, tenant),
    ...(membershipState?.revocationSteps(caller) ?? []),
  ];
  if (first.some((step) => step.effect === "takes")) return first;
  const members = issuer === undefined ? [] : memberSteps(caller, issuer, membershipState);
  const added = memberRoles(caller, issuer, membershipState).roles;
  const withRoles = { ...caller, roles: [...new Set([...caller.roles, ...added])].sort() };
  if (withRoles.roles.length === 0) return [...first, ...members, takes("the caller has no role")];
  const item = simulator.tenants.get(tenant.id);
  const owns = item === undefined || ownsSubjects(issuer, item);
  return [
    ...first,
    ...members,
    ...withRoles.roles.flatMap((name) => roleSteps(policies, tenant, name, route)),
    ...limitSteps(policies, tenant, route),
    ...bindingSteps(policies, withRoles, tenant, { route, path, owns }),
    ...scopeSteps(policies, withRoles, route),
  ];
}

/** Explains whether the token's own roles count, and which roles memberships give. */
const memberSteps = (
  caller: Caller,
  issuer: IssuerItem,
  membershipState: StoredMembershipState | null,
): ExplanationStep[] => [
  ...(readsTokenRoles(issuer)
    ? []
    : [note(`issuer ${issuer.name}: roles come only from memberships, and the token's roles are ignored`)]),
  ...(membershipState?.membershipSteps(caller, issuer) ?? []),
];

const noTenant = ({ policies, membershipState }: ExplainContext, { tenant }: Caller): string =>
  `there is no tenant "${tenant}" in the files for ${policies.environment}${membershipState === null ? "" : ", and none in the table"}`;

/** A tenant from the files or from the table. */
type TenantWithOrigin = Omit<TenantDefinition, "at"> & { readonly at: Origin };

/** Returns a tenant that only the table has: sign-up writes no changes, no `never` and no own roles. */
function tenantAtRunTime({ tenants }: PolicySimulator, id: string): TenantWithOrigin | undefined {
  const item = tenants.get(id);
  if (item === undefined) return undefined;
  return {
    id,
    name: undefined,
    at: { item: `${tenantKey(id)} ${TENANT_SORT_KEY}` },
    status: item.status,
    plan: item.plan ?? undefined,
    issuers: item.issuers === null ? undefined : [...item.issuers],
    changes: new Map(),
    never: [],
    roles: new Map(),
  };
}

function tenantSteps({ plans, issuers }: Rules, caller: Caller, tenant: TenantWithOrigin): ExplanationStep[] {
  const plan = tenant.plan === undefined ? undefined : plans.get(tenant.plan);
  const steps = [
    note(`tenant ${tenant.id}, ${plan === undefined ? "no plan" : `plan ${plan.name}`}`, tenant.at),
  ];
  const issuer = caller.issuer === null ? undefined : issuers.get(caller.issuer);
  if (issuer !== undefined && issuer.tenants !== "*" && !issuer.tenants.includes(tenant.id))
    steps.push(takes(`issuer ${issuer.name} does not cover this tenant`, issuer.at));
  if (caller.issuer !== null && tenant.issuers !== undefined && !tenant.issuers.includes(caller.issuer))
    steps.push(takes(`the tenant does not accept issuer ${caller.issuer}`, tenant.at));
  if (tenant.status === "suspended")
    steps.push(takes("the tenant is suspended: every request is denied", tenant.at));
  return steps;
}

/**
 * Explains one of the caller's roles: the lines that allow the route, own or inherited, and the lines that remove
 * it.
 */
function roleSteps(policies: Rules, tenant: TenantWithOrigin, name: string, route: Route): ExplanationStep[] {
  const role = tenant.roles.get(name) ?? policies.roles.get(name);
  if (role === undefined)
    return [takes(`there is no role "${name}": no shared role and no role of ${tenant.id} has that name`)];
  const plan = tenant.plan === undefined ? undefined : policies.plans.get(tenant.plan);
  if (!tenant.roles.has(name) && plan?.roles !== undefined && !plan.roles.includes(name))
    return [takes(`plan ${plan.name} does not have the role ${name}`, plan.at)];
  const change = tenant.roles.has(name) ? undefined : tenant.changes.get(name);
  if (change?.except === "none") return [takes(`${tenant.id} does not have the role ${name}`, change.at)];
  const ancestors = lineage(role, new Map([...policies.roles, ...tenant.roles]));
  const allowed = ancestors.flatMap((ancestor) =>
    entrySteps(role, ancestor, ancestor.allow, route, gives, "allows"),
  );
  if (allowed.length === 0) return [note(`role ${name} does not allow ${route.key}`, role.at)];
  const excepted = ancestors.flatMap((ancestor) =>
    entrySteps(role, ancestor, ancestor.except, route, takes, "excepts"),
  );
  const changed = ancestors.flatMap((ancestor) => changeSteps(policies, tenant, ancestor, route));
  return [...allowed, ...excepted, ...changed];
}

function entrySteps(
  role: RoleDefinition,
  ancestor: RoleDefinition,
  entries: readonly Entry[],
  route: Route,
  step: typeof gives,
  verb: string,
): ExplanationStep[] {
  const source = ancestor === role ? "" : `, inherited from ${ancestor.name}`;
  return entries
    .filter((entry) => reaches(entry, route))
    .map((entry) => step(`role ${role.name} ${verb} it by "${entry.text}"${source}`, entry.at));
}

const reaches = (entry: Entry, route: Route): boolean =>
  entry.operations.some((operation) => operation.route.key === route.key);

function changeSteps(
  policies: Rules,
  tenant: TenantWithOrigin,
  role: RoleDefinition,
  route: Route,
): ExplanationStep[] {
  const change = tenant.roles.has(role.name) ? undefined : tenant.changes.get(role.name);
  if (change === undefined) return [];
  if (change.except !== "none")
    return change.except
      .filter((entry) => reaches(entry, route))
      .map((entry) => takes(`${tenant.id} takes it from ${role.name} by "${entry.text}"`, entry.at));
  const isInherited = lineage(role, policies.roles).some((ancestor) =>
    ancestor.allow.some((entry) => reaches(entry, route)),
  );
  return isInherited
    ? [takes(`${tenant.id} does not have the role ${role.name}, from which it is inherited`, change.at)]
    : [];
}

/** Explains what limits every role: the tenant's `never`, and the plan's ceiling. */
function limitSteps({ plans }: Rules, tenant: TenantWithOrigin, route: Route): ExplanationStep[] {
  const never = tenant.never
    .filter((entry) => reaches(entry, route))
    .map((entry) => takes(`${tenant.id} never allows it, by "${entry.text}"`, entry.at));
  const plan = tenant.plan === undefined ? undefined : plans.get(tenant.plan);
  if (plan === undefined) return never;
  const within = plan.ceiling.find((entry) => reaches(entry, route));
  return [
    ...never,
    within === undefined
      ? takes(`plan ${plan.name}'s ceiling does not reach it`, plan.at)
      : note(`plan ${plan.name}'s ceiling reaches it by "${within.text}"`, within.at),
  ];
}

/** Explains the bindings under which the route is granted, and whether the request has the bound values. */
function bindingSteps(
  policies: Rules,
  caller: Caller,
  tenant: TenantWithOrigin,
  { route, path, owns }: { readonly route: Route; readonly path: string; readonly owns: boolean },
): ExplanationStep[] {
  const all = new Map([...policies.roles, ...tenant.roles]);
  const entries = caller.roles.flatMap((name) => {
    const role = all.get(name);
    return role === undefined
      ? []
      : lineage(role, all).flatMap((ancestor) => ancestor.allow.filter((entry) => reaches(entry, route)));
  });
  const bind = findOperation(policies, route)?.bind ?? {};
  const sent = matchPath(route.segments, path.split("?", 1)[0] ?? path) ?? {};
  return [...new Set(entries)].flatMap((entry) => {
    const binding = conjoin(bind, entry.where);
    const conditions = Object.entries(binding).flatMap(([name, sources]) =>
      sources.map((source) => ({ name, source })),
    );
    const unmet = conditions.filter(
      ({ name, source }) => decode(sent[name] ?? "") !== sourceValue(caller, source),
    );
    if (conditions.length === 0) return [];
    const grant = printGrant({ route: route.key, binding });
    if (!owns && conditions.some(({ source }) => source === "subject"))
      return [
        takes(
          `bound: ${grant}; issuer ${caller.issuer} does not own the people of ${tenant.id}, so its subjects satisfy no binding to subject`,
          entry.at,
        ),
      ];
    if (unmet.length === 0)
      return [gives(`bound: ${grant}; the request has the caller's own values`, entry.at)];
    return [
      takes(
        `bound: ${grant}; the request has another ${[...new Set(unmet.map(({ name }) => name))].join(" and ")}`,
        entry.at,
      ),
    ];
  });
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const printScopes = (scopes: readonly string[]): string =>
  `${scopes.length === 1 ? "scope" : "scopes"} ${scopes.join(" ")}`;

function scopeSteps(policies: Rules, caller: Caller, route: Route): ExplanationStep[] {
  const missing = route.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (route.scopes.length === 0) return [];
  const at = findOperation(policies, route)?.at;
  return [
    missing.length === 0
      ? note(`the token has the ${printScopes(route.scopes)}`, at)
      : takes(`the token lacks the ${printScopes(missing)}`, at),
  ];
}
