import type { Binding, BindingSource } from "../model/grant.ts";
import type { Layout } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { type Caller, sourceValue } from "./caller.ts";
import { type Denial, type DenyReason, denialFor } from "./denial.ts";
import type { Permissions } from "./permissions.ts";

/** Values that a route's parameters must have, raw; no parameters: any. */
export type BoundValues = Readonly<Record<string, string>>;

/** A route that the caller may call, and with which parameters: one alternative suffices. */
export interface GrantedRoute {
  readonly route: Route;
  /** Never empty; `[{}]` where the route is granted unbound. */
  readonly alternatives: readonly BoundValues[];
}

/** At least one granted route. */
export interface Decision {
  readonly granted: readonly GrantedRoute[];
}

/**
 * Which of these routes the caller may call: granted by a role, with every scope that the route asks for,
 * under bindings that can be expressed. None: a refusal that says what was missing.
 */
export function decide(
  permissions: Permissions,
  routes: readonly Route[],
  { shortTenantIds }: Pick<Layout, "shortTenantIds">,
): Decision | Denial {
  const values = new CallerValues(permissions.caller, shortTenantIds);
  const granted: GrantedRoute[] = [];
  const missing = new Set<DenyReason>();
  for (const route of routes) {
    const verdict = decideRoute(permissions, route, values);
    if (typeof verdict === "string") missing.add(verdict);
    else granted.push(verdict);
  }
  if (granted.length > 0) return { granted };
  const reason = MOST_TELLING.find((candidate) => missing.has(candidate)) ?? "route_not_granted";
  return denialFor(permissions.caller, reason);
}

const MOST_TELLING: readonly DenyReason[] = ["scope_missing", "binding_not_expressible"];

function decideRoute(
  { caller, grants }: Permissions,
  route: Route,
  values: CallerValues,
): GrantedRoute | DenyReason {
  const bindings = grants.get(route.key);
  if (bindings === undefined) return "route_not_granted";
  if (!route.scopes.every((scope) => caller.scopes.includes(scope))) return "scope_missing";
  if (bindings.some(isUnbound)) return { route, alternatives: UNBOUND };
  const alternatives = bindings
    .map((binding) => boundValues(values, binding))
    .filter((values) => values !== undefined);
  if (alternatives.length === 0) return "binding_not_expressible";
  return { route, alternatives: withoutSuperfluous(alternatives) };
}

/** What every other alternative is a part of. */
const UNBOUND: readonly BoundValues[] = [{}];

function isUnbound(binding: Binding): boolean {
  for (const name in binding) if (Object.hasOwn(binding, name)) return false;
  return true;
}

/** Values that a policy can carry: no wildcard, no `$`, nothing that a path's spelling could change. */
const ENCODABLE = /^[A-Za-z0-9\-._~@:+=,!|]{1,128}$/;
/** Ids that have one spelling only, so that many routes bound to the tenant fit into a policy. */
export const SHORT_TENANT_ID = /^[A-Za-z0-9\-._~]{1,64}$/;

/** A caller's own values, where a policy can carry them. */
class CallerValues {
  readonly #caller: Caller;
  readonly #shortTenantIds: boolean;

  constructor(caller: Caller, shortTenantIds: boolean) {
    this.#caller = caller;
    this.#shortTenantIds = shortTenantIds;
  }

  expressible(source: BindingSource): string | undefined {
    const value = sourceValue(this.#caller, source);
    if (source === "tenant" && this.#shortTenantIds && !SHORT_TENANT_ID.test(value)) return undefined;
    return ENCODABLE.test(value) && value !== "." && value !== ".." ? value : undefined;
  }
}

/** The caller's values for a binding; undefined where one is empty or not expressible, or where two sources differ. */
function boundValues(caller: CallerValues, binding: Binding): BoundValues | undefined {
  const values: Record<string, string> = {};
  for (const [name, sources] of Object.entries(binding)) {
    const [value, ...others] = new Set(sources.map((source) => caller.expressible(source)));
    if (value === undefined || others.length > 0) return undefined;
    values[name] = value;
  }
  return values;
}

/** An alternative whose conditions another's are a part of adds nothing. */
function withoutSuperfluous(alternatives: readonly BoundValues[]): BoundValues[] {
  if (alternatives.length === 1) return [...alternatives];
  const distinct = [
    ...new Map(
      alternatives.map((values) => [JSON.stringify(Object.entries(values).sort()), values]),
    ).values(),
  ];
  return distinct.filter((values) => !distinct.some((other) => other !== values && isPartOf(other, values)));
}

/** Whether whoever meets the conditions of `whole` meets those of `part`. */
export const isPartOf = (part: BoundValues, whole: BoundValues): boolean =>
  Object.entries(part).every(([name, value]) => Object.hasOwn(whole, name) && whole[name] === value);
