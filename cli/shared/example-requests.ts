import { supposedCaller } from "../../core/decision/caller.ts";
import { decide } from "../../core/decision/decide.ts";
import { isDenial } from "../../core/decision/denial.ts";
import { permissionsOf } from "../../core/decision/permissions.ts";
import { type Route, selectRoute } from "../../core/model/route.ts";
import { readItems } from "../../core/policy-files/compile/catalogue.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { shellArgument, shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { oneLine } from "./output.ts";

interface Example {
  readonly tenant: string;
  readonly role: string;
  readonly allowed: Route;
  readonly denied: Route;
}

/** Returns three curl commands for a shell: an allowed request, a denied one and one without a token. */
export function exampleRequests(policies: PolicySet, origin: string, tokenCommand: string): string[] {
  const example = findExample(policies);
  if (example === undefined)
    return [
      "No active tenant has a role that allows one route and denies another, so there is no example to print.",
    ];
  const { tenant, role, allowed, denied } = example;
  const header = `-H "Authorization: Bearer $(${tokenCommand} ${shellArgument("tenant", tenant)} ${shellArgument("role", role)})"`;
  return [
    `# allowed: ${oneLine(`${role} of ${tenant}`)}`,
    `curl -i ${header} ${request(allowed, origin)}`,
    `# denied: the same caller`,
    `curl -i ${header} ${request(denied, origin)}`,
    "# unauthenticated",
    `curl -i ${request(allowed, origin)}`,
  ];
}

function request(route: Route, origin: string): string {
  return `${route.method === "GET" ? "" : `-X ${route.method} `}${shellQuote(origin + examplePath(route))}`;
}

const examplePath = ({ segments }: Route): string =>
  `/${segments.map((segment) => (segment.kind === "literal" ? segment.text : segment.kind === "greedy" ? "a/b.txt" : "42")).join("/")}`;

function findExample(policies: PolicySet): Example | undefined {
  const { catalogue, tenants } = readItems(permissionItems(policies));
  const routes = guardedRoutes(policies.api);
  const plain = routes.filter(
    (route) =>
      selectRoute(routes, route.method, examplePath(route)) === route && !needsParameters(policies, route),
  );
  for (const tenant of tenants.values())
    for (const role of [...tenant.roles.keys(), ...catalogue.roles.keys()].sort().reverse()) {
      const caller = supposedCaller({ tenant: tenant.id, roles: [role] });
      const permissions = permissionsOf(caller, { catalogue, tenant, membershipState: null });
      const acceptsMain = tenant.issuers === null || [...tenant.issuers].some((name) => name === "main");
      if (isDenial(permissions) || !acceptsMain) continue;
      const decision = decide(permissions, plain, { shortTenantIds: false });
      if (isDenial(decision)) continue;
      const granted = decision.granted
        .filter(({ alternatives }) => alternatives.some((values) => Object.keys(values).length === 0))
        .map(({ route }) => route);
      const allowed =
        granted.find((route) => route.segments.some(({ kind }) => kind === "parameter")) ?? granted[0];
      const denied = plain.find((route) => permissions.grants.get(route.key) === undefined);
      if (allowed !== undefined && denied !== undefined) return { tenant: tenant.id, role, allowed, denied };
    }
  return undefined;
}

/** A request without a required query parameter or header gets 400 before it is decided. */
function needsParameters(policies: PolicySet, route: Route): boolean {
  const operation = policies.api.operations.find((candidate) => candidate.route === route);
  const declared = JSON.stringify(
    operation &&
      (policies.api.document["paths"] as Record<string, Record<string, unknown>>)[route.path]?.[
        String(operation.pointer.at(-1))
      ],
  );
  return /"in":"(query|header)"[^}]*"required":true|"required":true[^}]*"in":"(query|header)"/.test(
    declared ?? "",
  );
}
