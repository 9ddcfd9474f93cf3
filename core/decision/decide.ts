import type { Binding, BindingSource, BoundValues } from "../model/grant.ts";
import { LIST_LIMIT } from "../model/issuer.ts";
import type { Layout } from "../model/layout.ts";
import type { Route } from "../model/route.ts";
import { type Caller, sourceValues } from "./caller.ts";
import { type Denial, type DenyReason, denialFor } from "./denial.ts";
import type { FindingOf, Report } from "./finding.ts";
import type { Permissions } from "./permissions.ts";

/** A route that the caller may call, with the parameter values that it may use. */
export interface GrantedRoute {
  readonly route: Route;
  /**
   * The alternatives, of which a request must match one. Never empty; `[{}]` if the route is granted unbound.
   */
  readonly alternatives: readonly BoundValues[];
}

/** The routes that a caller may call: at least one. */
export interface Decision {
  readonly granted: readonly GrantedRoute[];
  /** The value that the proof counts with one spelling: the tenant's id, if all ids are short. */
  readonly oneSpelling?: string | undefined;
}

/**
 * Decides which of these routes the caller may call. A role must grant the route, the caller must have every
 * scope that the route needs, and a policy must be able to carry the bound values. The subject is no bound value if the
 * caller's issuer does not own the tenant's people. If there is no such route, returns a denial with the reason.
 *
 * @param report receives the findings about each route; absent if nobody asks for them
 * @example
 * import { makeRoute } from "../model/route.ts";
 * import { supposedCaller } from "./caller.ts";
 * import { decide } from "./decide.ts";
 *
 * const [read, update] = [makeRoute("GET", "/users"), makeRoute("PATCH", "/users/{userId}")];
 * const caller = supposedCaller({ tenant: "acme", subject: "ann" });
 * const grants = new Map([[update.key, [{ userId: ["subject" as const] }]]]);
 * const layout = { shortTenantIds: false };
 * const decision = decide({ caller, grants, ownsSubject: true }, [read, update], layout);
 * "granted" in decision && decision.granted[0]?.alternatives; // => [{"userId":"ann"}]
 * const denial = decide({ caller, grants, ownsSubject: true }, [read], layout);
 * "reason" in denial && denial.reason; // => "route_not_granted"
 */
export function decide(
  permissions: Pick<Permissions, "caller" | "grants" | "ownsSubject">,
  routes: readonly Route[],
  { shortTenantIds }: Pick<Layout, "shortTenantIds">,
  report?: Report,
): Decision | Denial {
  const values = new CallerValues(permissions, shortTenantIds);
  const granted: GrantedRoute[] = [];
  const missing = new Set<DenyReason>();
  for (const route of routes) {
    const verdict = decideRoute(permissions, route, values, report);
    if (typeof verdict === "string") missing.add(verdict);
    else granted.push(verdict);
  }
  if (granted.length > 0)
    return { granted, ...(shortTenantIds && { oneSpelling: permissions.caller.tenant }) };
  const reason = MOST_SPECIFIC.find((candidate) => missing.has(candidate)) ?? "route_not_granted";
  return denialFor(permissions.caller, reason);
}

/** The reasons that say more than `route_not_granted`, the most specific first. */
const MOST_SPECIFIC: readonly DenyReason[] = ["scope_missing", "binding_not_expressible"];

function decideRoute(
  { caller, grants }: Pick<Permissions, "caller" | "grants">,
  route: Route,
  values: CallerValues,
  report?: Report,
): GrantedRoute | DenyReason {
  const bindings = grants.get(route.key, report);
  const missing = missingScopes(caller, route);
  if (route.scopes.length > 0)
    report?.({
      check: "scopes",
      denies: missing.length > 0 ? "scope_missing" : null,
      route: route.key,
      needed: route.scopes,
      missing,
    });
  if (bindings === undefined) return "route_not_granted";
  if (missing.length > 0) return "scope_missing";
  const alternatives = alternativesOf(bindings, values, route, report);
  if (alternatives === undefined) return "binding_not_expressible";
  report?.({ check: "granted", denies: null, route: route.key, alternatives });
  return { route, alternatives };
}

const NO_SCOPES: readonly string[] = [];

const missingScopes = (caller: Caller, { scopes }: Route): readonly string[] =>
  scopes.length === 0 ? NO_SCOPES : scopes.filter((scope) => !caller.scopes.includes(scope));

/** Returns the values of each binding that a policy can carry; undefined if there are none. */
function alternativesOf(
  bindings: readonly Binding[],
  values: CallerValues,
  { key: route }: Route,
  report?: Report,
): readonly BoundValues[] | undefined {
  if (bindings.some(isUnbound)) return UNBOUND;
  const found = bindings.map((binding) => boundValues(values, binding));
  const alternatives = found.flatMap((one) => ("values" in one ? one.values : []));
  const denies = alternatives.length === 0 ? "binding_not_expressible" : null;
  if (report !== undefined)
    for (const [index, binding] of bindings.entries()) {
      const one = found[index];
      const problem = one !== undefined && "verdict" in one ? one : undefined;
      report({ check: "binding", denies, route, binding, problem });
    }
  return alternatives.length === 0 ? undefined : withoutSuperfluous(alternatives);
}

const UNBOUND: readonly BoundValues[] = [{}];

function isUnbound(binding: Binding): boolean {
  for (const name in binding) if (Object.hasOwn(binding, name)) return false;
  return true;
}

/**
 * The values that a policy can carry: no wildcard, no `$`, nothing that the spelling of a path could change.
 */
const ENCODABLE = /^[A-Za-z0-9\-._~@:+=,!|]{1,128}$/;
/** The tenant ids that have only one spelling, so that many routes bound to the tenant fit into a policy. */
export const SHORT_TENANT_ID = /^[A-Za-z0-9\-._~]{1,64}$/;

/** The caller's values for bindings, if a policy can carry them. */
class CallerValues {
  readonly #caller: Caller;
  readonly #ownsSubject: boolean;
  readonly #shortTenantIds: boolean;

  constructor({ caller, ownsSubject }: Pick<Permissions, "caller" | "ownsSubject">, shortTenantIds: boolean) {
    this.#caller = caller;
    this.#ownsSubject = ownsSubject;
    this.#shortTenantIds = shortTenantIds;
  }

  /** Returns the values of a source that a policy can carry, at least one, or why there are none. */
  valuesOf(source: BindingSource): readonly string[] | Exclude<BindingProblem["verdict"], "sources_differ"> {
    if (source === "subject" && !this.#ownsSubject) return "not_owned";
    const values = sourceValues(this.#caller, source);
    if (values === null) return "too_many";
    if (values.length === 0) return "empty";
    const encodable = values.filter((value) => this.#isEncodable(source, value));
    return encodable.length === 0 ? "not_encodable" : encodable;
  }

  #isEncodable(source: BindingSource, value: string): boolean {
    if (source === "tenant" && this.#shortTenantIds && !SHORT_TENANT_ID.test(value)) return false;
    return ENCODABLE.test(value) && value !== "." && value !== "..";
  }
}

type BindingProblem = NonNullable<FindingOf<"binding">["problem"]>;

/**
 * Returns the caller's values for a binding, one alternative for each value of a list, or why there are none: one is
 * empty or not encodable, or two sources have no value in common.
 */
function boundValues(
  caller: CallerValues,
  binding: Binding,
): { readonly values: readonly BoundValues[] } | BindingProblem {
  let alternatives: readonly BoundValues[] = UNBOUND;
  for (const [parameter, sources] of Object.entries(binding)) {
    if (sources.length === 0) return { parameter, source: undefined, verdict: "empty" };
    let own: readonly string[] | undefined;
    for (const source of sources) {
      const values = caller.valuesOf(source);
      if (typeof values === "string") return { parameter, source, verdict: values };
      own = own === undefined ? values : own.filter((value) => values.includes(value));
      if (own.length === 0) return { parameter, source, verdict: "sources_differ" };
    }
    alternatives = alternatives.flatMap((one) =>
      (own ?? []).map((value) => ({ ...one, [parameter]: value })),
    );
  }
  return alternatives.length > 1 ? listedValues(binding, alternatives) : { values: alternatives };
}

/** A value of a list of several: it has one spelling, and is counted as short. */
const LISTED = /^[A-Za-z0-9\-._]{1,64}$/;

/** Returns the alternatives of lists that the proof counts: short values, of several lists no more than of one. */
function listedValues(
  binding: Binding,
  alternatives: readonly BoundValues[],
): { readonly values: readonly BoundValues[] } | BindingProblem {
  const [parameter = ""] = Object.keys(binding);
  const [source] = binding[parameter] ?? [];
  const lists = Object.keys(binding).filter(
    (name) => new Set(alternatives.map((values) => values[name])).size > 1,
  );
  if (lists.length > 1 && alternatives.length > LIST_LIMIT) return { parameter, source, verdict: "too_many" };
  const listed = alternatives.filter((values) => Object.values(values).every((value) => LISTED.test(value)));
  return listed.length === 0 ? { parameter, source, verdict: "not_encodable" } : { values: listed };
}

/** Removes duplicates, and alternatives that a less strict alternative makes superfluous. */
function withoutSuperfluous(alternatives: readonly BoundValues[]): BoundValues[] {
  if (alternatives.length === 1) return [...alternatives];
  const distinct = [
    ...new Map(
      alternatives.map((values) => [JSON.stringify(Object.entries(values).sort()), values]),
    ).values(),
  ];
  return distinct.filter((values) => !distinct.some((other) => other !== values && isPartOf(other, values)));
}

/**
 * Returns whether `whole` contains every value of `part`, so that a request that matches `whole` matches `part`
 * too.
 */
export const isPartOf = (part: BoundValues, whole: BoundValues): boolean =>
  Object.entries(part).every(([name, value]) => Object.hasOwn(whole, name) && whole[name] === value);
