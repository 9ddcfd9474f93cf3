import { loadPolicies, type PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { isError, printProblem } from "../../core/policy-files/source/problem.ts";
import {
  PARTNER_TENANTS,
  PLANS,
  ROUTES,
  SHARED,
  type World,
  type WorldRole,
  type WorldRoute,
  type WorldTenant,
} from "./world.ts";

/** The part of a request that names the tenant; with `claim` only the token does. */
export type Selector = "claim" | "header" | "path" | "host";
export const TENANT_HEADER = "X-Tenant";
const TENANT_SELECTORS: Readonly<Record<Selector, Json | undefined>> = {
  claim: undefined,
  header: { header: TENANT_HEADER },
  path: { path: "orgId" },
  host: { host: true },
};

type Json = Readonly<Record<string, unknown>>;

/** Loads a state as policy files. @throws Error with every problem of the generated files */
export function buildPolicies(world: World, selector: Selector): PolicySet {
  const files = Object.entries(policyFiles(world, selector));
  const { policies, problems } = loadPolicies(
    new Map(files.map(([path, content]) => [path, JSON.stringify(content)])),
    "load",
  );
  if (policies !== undefined) return policies;
  throw new Error(
    `The generated folder has errors:\n${problems.filter(isError).map(printProblem).join("\n")}`,
  );
}

function policyFiles({ tenants }: World, selector: Selector): Record<string, Json> {
  const fileTenants = [...tenants.values()].filter(({ isRuntime }) => !isRuntime);
  return {
    "api.json": apiFile(selector),
    "issuers.json": {
      main: { preset: "generic", tenants: "*", memberships: "merge", pass: ["email"], subjects: "own" },
      partner: { preset: "generic", tenants: PARTNER_TENANTS, pass: ["email"], subjects: "own" },
    },
    "plans.json": Object.fromEntries(
      Object.entries(PLANS).map(([name, { ceiling, roles }]) => [
        name,
        { ceiling: ceiling.map(routeSelector), ...(roles && { roles }) },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(SHARED).map(([name, role]) => [`roles/${name}.json`, roleFile(role)]),
    ),
    ...Object.fromEntries(fileTenants.map((tenant) => [`tenants/${tenant.id}.json`, tenantFile(tenant)])),
  };
}

function apiFile(selector: Selector): Json {
  const paths: Record<string, Record<string, Json>> = {
    "/health": { get: { "x-portcullis": { backend: "docs", public: true } } },
  };
  ROUTES.forEach((route, index) => {
    const extension = {
      backend: "docs",
      permission: `routes.number${index}`,
      ...(route.scope && { scopes: [route.scope] }),
    };
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: { "x-portcullis": extension },
    };
  });
  return {
    openapi: "3.0.3",
    info: { title: "Load", version: "1" },
    "x-portcullis": {
      backends: { docs: "lambda" },
      bind: { orgId: "tenant" },
      ...(selector !== "claim" && { tenant: TENANT_SELECTORS[selector] }),
    },
    paths,
  };
}

function tenantFile({ plan, status, changes, never, roles, issuers }: WorldTenant): Json {
  return {
    plan,
    status,
    ...(issuers && { issuers }),
    changes: Object.fromEntries(
      Object.entries(changes).map(([role, left]) => [
        role,
        left === "none" ? left : { except: left.map(routeSelector) },
      ]),
    ),
    never: never.map(routeSelector),
    roles: Object.fromEntries(Object.entries(roles).map(([name, role]) => [name, roleFile(role)])),
  };
}

const roleFile = (role: WorldRole): Json => ({
  extends: role.extends,
  allow: role.allow.map(({ route, own }) =>
    own ? { route: routeSelector(route), where: { userId: "subject" } } : routeSelector(route),
  ),
});

function routeSelector(index: number): string {
  const { method, path } = ROUTES[index] as WorldRoute;
  return `${method} ${path}`;
}
