import { respondTo } from "../../decision/authorize.ts";
import { supposedCaller } from "../../decision/caller.ts";
import { BASE_RESERVE, FRAME_RESERVE } from "../../exact/budget.ts";
import type { Item, TenantItem } from "../../model/items.ts";
import { type Group, type Layout, readLayout } from "../../model/layout.ts";
import { memoize } from "../../model/memoize.ts";
import { plural } from "../../model/plural.ts";
import { canonicalJson } from "../source/digest.ts";
import type { LayoutOptions } from "./build-layout.ts";
import { readItems } from "./catalogue.ts";
import type { CompiledPolicies } from "./compile.ts";
import { explainSplits, type Split } from "./proof-report.ts";

/** What the build reports about caching, in the terminal and in the manifest. */
export interface CachingReport {
  readonly mode: string;
  /** Why `auto` does not take `token`. */
  readonly why?: string;
  readonly encodedPaths: string;
  readonly slashAtTheEnd: "allowed" | "denied if the path ends in a literal";
  readonly groups: readonly {
    readonly name: string;
    readonly routes: readonly string[];
    readonly longestBytes: number;
  }[];
  readonly splits: readonly Split[];
  /** The longest authorizer responses, in bytes of the whole response. */
  readonly longest: {
    /** For any possible caller. */
    readonly possible: { readonly bytes: number; readonly group: string };
    /** For callers of the tenants in the files; null: not computed, or there are none. */
    readonly known: LongestKnown | null;
  };
  /**
   * The approximate number of Lambda calls for one token within one TTL, in words. It is no maximum: AWS does not say
   * that a region has only one cache.
   */
  readonly lambdaCalls: string;
}

interface LongestKnown {
  readonly bytes: number;
  readonly group: string;
  readonly tenant: string;
  readonly roles: readonly string[];
}

export function cachingReport(
  compiled: CompiledPolicies,
  options: LayoutOptions,
  { withCallers }: { withCallers: boolean } = { withCallers: true },
): CachingReport {
  const proof = compiled.proofs[compiled.mode];
  if (proof === undefined) throw new Error(`There is no layout for ${compiled.mode}`);
  const layout = readLayout(proof.layout);
  const groups = proof.groups.map((group, index) => ({ ...group, name: layout.groups[index]?.name ?? "" }));
  const longest = groups.reduce(
    (most, group) => (group.longest > most.longest ? group : most),
    groups[0] ?? { name: "", longest: 0 },
  );
  return {
    mode: compiled.mode,
    ...(compiled.why !== undefined && { why: compiled.why }),
    encodedPaths: options.encodedPaths,
    slashAtTheEnd: layout.slashes ? "allowed" : "denied if the path ends in a literal",
    groups: groups.map(({ name, routes, longest: bytes }) => ({
      name,
      routes: routes.map((route) => route.key),
      longestBytes: bytes + FRAME_RESERVE,
    })),
    splits: compiled.mode === "token" ? explainSplits(groups, options) : [],
    longest: {
      possible: { bytes: longest.longest + FRAME_RESERVE, group: longest.name },
      known: withCallers ? longestKnown(compiled, layout) : null,
    },
    lambdaCalls: lambdaCalls(layout),
  };
}

function lambdaCalls({ apiType, mode, groups }: Layout): string {
  const routes = groups.reduce((sum, group) => sum + group.routes.length, 0);
  if (mode === "off") return "one for each request";
  if (apiType === "http-simple") return "about one for each route and path that it requests";
  if (mode === "route") return `about one for each route that it requests, about ${routes} in all`;
  return `about one for each group whose routes it requests, about ${groups.length} in all`;
}

/** The maximum number of distinct tenants to try; those with the most own roles come first. */
const MAX_TENANTS = 200;

/**
 * Finds the longest response for callers of the files' tenants, with each role alone and with all roles together.
 */
function longestKnown(compiled: CompiledPolicies, layout: Layout): LongestKnown | null {
  let longest: LongestKnown | null = null;
  for (const items of compiled.items.values()) longest = longer(longest, longestIn(items, layout));
  return longest;
}

const longer = (a: LongestKnown | null, b: LongestKnown | null): LongestKnown | null =>
  (b?.bytes ?? 0) > (a?.bytes ?? 0) ? b : a;

function longestIn(items: readonly Item[], layout: Layout): LongestKnown | null {
  const { catalogue, tenants } = readItems(items);
  let longest: LongestKnown | null = null;
  for (const tenant of distinct([...tenants.values()])) {
    const names = [...catalogue.roles.keys(), ...tenant.roles.keys()];
    for (const roles of [names, ...names.map((name) => [name])])
      for (const resolved of resolvedRoutes(layout)) {
        const caller = supposedCaller({
          tenant: tenant.id,
          roles,
          subject: "0".repeat(36),
          scopes: scopesOf(resolved.group),
        });
        const { response } = respondTo(
          resolved,
          caller,
          { catalogue, tenant, membershipState: null },
          layout,
        );
        const bytes = JSON.stringify(response).length;
        if (longest === null || bytes > longest.bytes)
          longest = { bytes, group: resolved.group.name, tenant: tenant.id, roles };
      }
  }
  return longest;
}

const scopesOf = memoize(({ routes }: Group): readonly string[] => [
  ...new Set(routes.flatMap((route) => route.scopes)),
]);

/** Keeps one of several tenants that differ only in their names. */
function distinct(tenants: readonly TenantItem[]): TenantItem[] {
  const profile = ({ plan, status, changes, never, roles }: TenantItem): string =>
    canonicalJson({
      plan,
      status,
      changes: [...changes].map(([role, change]) => [role, change === "none" ? change : [...change]]),
      never: [...never],
      roles: [...roles],
    });
  const different = [...new Map(tenants.map((tenant) => [profile(tenant), tenant])).values()];
  return different.sort((a, b) => b.roles.size - a.roles.size).slice(0, MAX_TENANTS);
}

/**
 * Returns one route of each group in mode `token`, in which a group's routes share a response; otherwise all
 * routes.
 */
function resolvedRoutes(layout: Layout) {
  const arn = { base: "x".repeat(BASE_RESERVE), method: "GET", path: "/" };
  const distinctRoutes = (group: Group) =>
    layout.mode === "token" ? group.routes.slice(0, 1) : group.routes;
  return layout.groups.flatMap((group) => distinctRoutes(group).map((route) => ({ route, group, arn })));
}

/** Returns the report as lines for a terminal. */
export function printCachingReport(report: CachingReport): string[] {
  const { known, possible } = report.longest;
  return [
    `Caching mode ${report.mode}${report.why === undefined ? "" : `, because ${report.why}`}`,
    ...report.groups.map(
      (group) =>
        `  group ${group.name}: ${plural(group.routes.length, "route")}, policies of at most ${group.longestBytes} bytes`,
    ),
    ...report.splits.map(({ groups: [a, b], because }) => `  ${a} and ${b} are separate, because ${because}`),
    `  longest possible response: ${possible.bytes} of 8192 bytes, in group ${possible.group}`,
    ...(known === null
      ? []
      : [
          `  longest response for a tenant in the files: ${known.bytes} bytes, in group ${known.group}, for ${known.tenant} as ${known.roles.join(" and ")}`,
        ]),
    `  a slash at the end of a path is ${report.slashAtTheEnd}; encoded slashes: ${report.encodedPaths === "unknown" ? "proven for both readings" : "as sent"}`,
    `  Lambda calls for one token within one TTL: ${report.lambdaCalls}`,
  ];
}
