import type { RouteKey } from "./ids.ts";

/** What a path parameter may be bound to: the caller's subject, tenant, or a claim that the issuer passes. */
export type BindingSource = "subject" | "tenant" | `claim.${string}`;

/**
 * Parameters that must equal the caller's own values, all at once; no parameters: unbound.
 * A parameter with several sources must equal each of them.
 */
export type Binding = Readonly<Record<string, readonly BindingSource[]>>;

/** A route that a role allows, under one alternative of its bindings. */
export interface Grant {
  readonly route: RouteKey;
  readonly binding: Binding;
}

const WHERE = " where ";
const AND = " and ";

/** `PATCH /users/{userId} where userId=subject`, as the table holds it and a plan shows it. */
export function printGrant(grant: Grant): string {
  const conditions = Object.keys(grant.binding)
    .sort()
    .flatMap((name) => [...(grant.binding[name] ?? [])].sort().map((source) => `${name}=${source}`));
  return conditions.length === 0 ? grant.route : `${grant.route}${WHERE}${conditions.join(AND)}`;
}

/** The reverse of {@link printGrant}; undefined where the text is not a grant. */
export function parseGrant(text: string): Grant | undefined {
  const at = text.indexOf(WHERE);
  const route = at === -1 ? text : text.slice(0, at);
  if (!isRouteKey(route)) return undefined;
  const binding = at === -1 ? {} : parseConditions(text.slice(at + WHERE.length), route);
  return binding && { route, binding };
}

/** `METHOD /path`; whether the API has such a route is not looked at. */
export const isRouteKey = (text: string): text is RouteKey => /^[A-Z]+ \/\S*$/.test(text);

/** A condition on a name that the route does not have would bind nothing: it makes the grant invalid. */
function parseConditions(text: string, route: RouteKey): Binding | undefined {
  const binding: Record<string, BindingSource[]> = {};
  for (const condition of text.split(AND)) {
    const match = /^([A-Za-z][A-Za-z0-9_.-]*)=(subject|tenant|claim\.[A-Za-z][A-Za-z0-9_]*)$/.exec(condition);
    const name = match?.[1];
    if (!match || name === undefined || !hasParameter(route, name)) return undefined;
    binding[name] = [
      ...(Object.hasOwn(binding, name) ? (binding[name] ?? []) : []),
      match[2] as BindingSource,
    ];
  }
  return binding;
}

/** By its text alone: every grant of the catalogue is read when a Lambda starts. */
const hasParameter = (route: RouteKey, name: string): boolean =>
  `${route}/`.includes(`/{${name}}/`) || route.endsWith(`/{${name}+}`);

/** Both bindings at once. */
export function conjoin(a: Binding, b: Binding): Binding {
  const both: Record<string, readonly BindingSource[]> = { ...a };
  for (const [name, sources] of Object.entries(b))
    both[name] = [...new Set([...(Object.hasOwn(both, name) ? (both[name] ?? []) : []), ...sources])].sort();
  return both;
}

/** Without repetition and without alternatives that a weaker one of the same route makes superfluous; sorted. */
export function normalizeGrants(grants: readonly Grant[]): Grant[] {
  const byText = new Map(grants.map((grant) => [printGrant(grant), grant]));
  const byRoute = new Map<RouteKey, Grant[]>();
  for (const grant of byText.values()) byRoute.set(grant.route, [...(byRoute.get(grant.route) ?? []), grant]);
  return [...byText.entries()]
    .filter(
      ([, grant]) =>
        !byRoute.get(grant.route)?.some((other) => other !== grant && implies(grant.binding, other.binding)),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, grant]) => grant);
}

/** Whether every request that satisfies `strong` satisfies `weak`, so that `weak` alone suffices. */
function implies(strong: Binding, weak: Binding): boolean {
  return Object.entries(weak).every(([name, sources]) =>
    sources.every((source) => (Object.hasOwn(strong, name) ? strong[name] : undefined)?.includes(source)),
  );
}
