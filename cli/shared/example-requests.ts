import { readsTokenRoles, supposedCaller } from "../../core/decision/caller.ts";
import { decide } from "../../core/decision/decide.ts";
import { isDenial } from "../../core/decision/denial.ts";
import { permissionsOf } from "../../core/decision/permissions.ts";
import { issuerName } from "../../core/model/ids.ts";
import type { IssuerItem } from "../../core/model/items.ts";
import { type Route, selectRoute } from "../../core/model/route.ts";
import { readItems } from "../../core/policy-files/compile/catalogue.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { shellArgument, shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { oneLine } from "./output.ts";
import { requiredParameters } from "./required-parameters.ts";

interface Example {
  readonly issuer: string;
  readonly tenant: string;
  readonly role: string;
  readonly allowed: Route;
  readonly denied: Route;
}

/**
 * Returns three curl commands for a shell: an allowed request, a denied one and one without a token.
 *
 * @param issuers the issuers that the stack mints tokens for, the preferred one first
 */
export function exampleRequests(
  policies: PolicySet,
  issuers: readonly string[],
  origin: string,
  tokenCommand: string,
): string[] {
  if (issuers.length === 0)
    return ["Every issuer is a real identity provider: send requests with its tokens."];
  const example = findExample(policies, issuers);
  if (example === undefined)
    return [
      "No token of the local issuers allows one route and denies another, so there is no example to print.",
    ];
  const { tenant, role, allowed, denied } = example;
  const issuer = example.issuer === issuers[0] ? "" : ` ${shellArgument("issuer", example.issuer)}`;
  const header = `-H "Authorization: Bearer $(${tokenCommand}${issuer} ${shellArgument("tenant", tenant)} ${shellArgument("role", role)})"`;
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

function findExample(policies: PolicySet, issuers: readonly string[]): Example | undefined {
  const { catalogue, tenants } = readItems(permissionItems(policies));
  const routes = guardedRoutes(policies.api);
  const plain = routes.filter(
    (route) =>
      selectRoute(routes, route.method, examplePath(route)) === route && !needsParameters(policies, route),
  );
  for (const issuer of issuers)
    for (const tenant of tenants.values())
      for (const role of [...tenant.roles.keys(), ...catalogue.roles.keys()].sort().reverse()) {
        if (!canName(catalogue.issuers.get(issuerName(issuer)), role)) continue;
        const caller = supposedCaller({ tenant: tenant.id, roles: [role], issuer });
        const permissions = permissionsOf(caller, { catalogue, tenant, membershipState: null });
        if (isDenial(permissions)) continue;
        const decision = decide(permissions, plain, { shortTenantIds: false });
        if (isDenial(decision)) continue;
        const granted = decision.granted
          .filter(({ alternatives }) => alternatives.some((values) => Object.keys(values).length === 0))
          .map(({ route }) => route);
        const allowed =
          granted.find((route) => route.segments.some(({ kind }) => kind === "parameter")) ?? granted[0];
        const denied = plain.find((route) => permissions.grants.get(route.key) === undefined);
        if (allowed !== undefined && denied !== undefined)
          return { issuer, tenant: tenant.id, role, allowed, denied };
      }
  return undefined;
}

/** Returns whether a token of the issuer can give the role. */
const canName = (issuer: IssuerItem | undefined, role: string): boolean =>
  issuer !== undefined &&
  readsTokenRoles(issuer) &&
  (issuer.roleNames === null || [...issuer.roleNames.values()].flat().some((name) => name === role));

/** Returns whether a request needs more than its path to be decided. */
function needsParameters(policies: PolicySet, route: Route): boolean {
  const { query, header } = requiredParameters(policies, route.key);
  return query.length + header.length > 0;
}
