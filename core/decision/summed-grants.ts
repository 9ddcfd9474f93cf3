import type { Binding, BindingSource, Grant } from "../model/grant.ts";
import type { RoleName, RouteKey } from "../model/ids.ts";
import type { PlanItem, TenantItem } from "../model/items.ts";
import { memoize } from "../model/memoize.ts";
import type { ClientLimit } from "./client-limit.ts";
import type { FindingOf, Report } from "./finding.ts";

/** The granted routes, each with its alternative bindings. A Map has this type. */
export interface Grants extends Iterable<readonly [RouteKey, readonly Binding[]]> {
  /** @param report receives what each role, the tenant and its plan say about the route */
  get(route: RouteKey, report?: Report): readonly Binding[] | undefined;
}

/** A role that the caller has in the tenant, and what the tenant takes from it. */
export interface HeldRole {
  readonly name: RoleName;
  readonly hash: string;
  readonly grants: GrantsByRoute;
  readonly without: ReadonlySet<RouteKey>;
}

type GrantsByRoute = ReadonlyMap<RouteKey, readonly Binding[]>;

/** Indexes a role's grants by route. */
export const byRoute = memoize((grants: readonly Grant[]): GrantsByRoute => {
  const index = new Map<RouteKey, Binding[]>();
  for (const { route, binding } of grants) {
    const alternatives = index.get(route);
    if (alternatives === undefined) index.set(route, [binding]);
    else alternatives.push(binding);
  }
  return index;
});

/** Lists what the bindings of a role need from the caller. */
export const sourcesOf = memoize((grants: GrantsByRoute): readonly BindingSource[] => {
  const bindings = [...grants.values()].flat();
  return [...new Set(bindings.flatMap((binding) => Object.values(binding).flat()))];
});

/** Grants that are added up when a route is looked up, because most decisions concern few routes. */
export class SummedGrants implements Grants {
  readonly #held: readonly HeldRole[];
  readonly #tenant: TenantItem;
  readonly #plan: PlanItem | undefined;
  readonly #limits: readonly ClientLimit[];

  constructor(
    held: readonly HeldRole[],
    tenant: TenantItem,
    plan: PlanItem | undefined,
    limits: readonly ClientLimit[],
  ) {
    this.#held = held;
    this.#tenant = tenant;
    this.#plan = plan;
    this.#limits = limits;
  }

  get(route: RouteKey, report?: Report): readonly Binding[] | undefined {
    let sum: readonly Binding[] | undefined;
    for (const { grants, without } of this.#held) {
      const own = grants.get(route);
      if (own === undefined || without.has(route)) continue;
      sum = sum === undefined ? own : [...sum, ...own];
    }
    const never = this.#tenant.never.has(route);
    const within = this.#plan?.ceiling.has(route) !== false;
    if (report !== undefined) this.#report(route, sum !== undefined, { never, within }, report);
    return sum === undefined ||
      never ||
      !within ||
      this.#limits.some((limit) => clientVerdict(limit, route) !== "within")
      ? undefined
      : sum;
  }

  #report(
    route: RouteKey,
    granted: boolean,
    { never, within }: { readonly never: boolean; readonly within: boolean },
    report: Report,
  ): void {
    const [tenant, deny] = [this.#tenant.id, (denies: boolean) => (denies ? "route_not_granted" : null)];
    for (const { name: role, grants, without } of this.#held) {
      const bindings = grants.get(route) ?? [];
      const verdict = bindings.length === 0 ? "not_granted" : without.has(route) ? "changed" : "grants";
      report({ check: "role_grants", denies: deny(!granted), route, tenant, role, bindings, verdict });
    }
    if (never) report({ check: "never", denies: deny(true), route, tenant });
    if (this.#plan !== undefined)
      report({ check: "ceiling", denies: deny(!within), route, plan: this.#plan.name });
    for (const limit of this.#limits) {
      const { issuer, party, ceiling } = limit;
      const verdict = clientVerdict(limit, route);
      const facts = { route, tenant, issuer, party, entry: ceiling.entry, verdict };
      report({ check: "client_ceiling", denies: deny(verdict !== "within"), ...facts });
    }
  }

  *[Symbol.iterator](): Iterator<readonly [RouteKey, readonly Binding[]]> {
    for (const route of new Set(this.#held.flatMap(({ grants }) => [...grants.keys()]))) {
      const bindings = this.get(route);
      if (bindings !== undefined) yield [route, bindings];
    }
  }
}

/** Returns whether a ceiling has the route in this tenant, or why not. */
function clientVerdict(
  { ceiling, hasTenant, change }: ClientLimit,
  route: RouteKey,
): FindingOf<"client_ceiling">["verdict"] {
  if (!hasTenant) return "tenant";
  if (!ceiling.routes.has(route)) return "outside";
  return change === "none" || change?.has(route) ? "changed" : "within";
}
