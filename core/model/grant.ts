import type { RouteKey } from "./ids.ts";

/**
 * The source of a bound parameter's value: the caller's subject, its tenant, or a claim that the issuer
 * forwards.
 */
export type BindingSource = "subject" | "tenant" | `claim.${string}`;

/**
 * The path parameters that must equal the caller's own values, by their names. All of them must match.
 * A parameter with several sources must equal each of them. A binding without parameters means unbound.
 */
export type Binding = Readonly<Record<string, readonly BindingSource[]>>;

/** The values that parameters of a route must have, not encoded. Parameters that are not named are free. */
export type BoundValues = Readonly<Record<string, string>>;

/** A route that a role allows under one binding. Several grants of a route are alternatives. */
export interface Grant {
  readonly route: RouteKey;
  readonly binding: Binding;
}

const WHERE = " where ";
const AND = " and ";

/** Prints a grant as the table stores it and a Terraform plan shows it: the reverse of {@link parseGrant}. */
export function printGrant(grant: Grant): string {
  const conditions = Object.keys(grant.binding)
    .sort()
    .flatMap((name) => [...(grant.binding[name] ?? [])].sort().map((source) => `${name}=${source}`));
  return conditions.length === 0 ? grant.route : `${grant.route}${WHERE}${conditions.join(AND)}`;
}

/**
 * Parses a grant as {@link printGrant} prints it. Returns undefined if the string is not a grant.
 *
 * @example
 * import { parseGrant } from "./grant.ts";
 *
 * parseGrant("PATCH /users/{userId} where userId=subject")?.binding; // => {"userId":["subject"]}
 * parseGrant("PATCH /users/{userId} where name=subject"); // => undefined
 */
export function parseGrant(text: string): Grant | undefined {
  const at = text.indexOf(WHERE);
  const route = at === -1 ? text : text.slice(0, at);
  if (!isRouteKey(route)) return undefined;
  const binding = at === -1 ? {} : parseConditions(text.slice(at + WHERE.length), route);
  return binding && { route, binding };
}

/** Returns whether a string has the form `METHOD /path`. Does not check that the API has such a route. */
export const isRouteKey = (text: string): text is RouteKey => /^[A-Z]+ \/\S*$/.test(text);

/**
 * Parses the conditions of a grant. A condition on a parameter that the route does not have makes the grant
 * invalid.
 */
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

/** Does not parse the template, because every cold start reads all grants of the catalogue. */
const hasParameter = (route: RouteKey, name: string): boolean =>
  `${route}/`.includes(`/{${name}}/`) || route.endsWith(`/{${name}+}`);

/** Combines two bindings into one that requires both. */
export function conjoin(a: Binding, b: Binding): Binding {
  const both: Record<string, readonly BindingSource[]> = { ...a };
  for (const [name, sources] of Object.entries(b))
    both[name] = [...new Set([...(Object.hasOwn(both, name) ? (both[name] ?? []) : []), ...sources])].sort();
  return both;
}

/** Sorts grants, and removes duplicates and those that a weaker grant of the same route makes superfluous. */
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

/** Returns whether every request that satisfies `strong` satisfies `weak`, so that `weak` alone suffices. */
function implies(strong: Binding, weak: Binding): boolean {
  return Object.entries(weak).every(([name, sources]) =>
    sources.every((source) => (Object.hasOwn(strong, name) ? strong[name] : undefined)?.includes(source)),
  );
}
