import { respondTo } from "../../decision/authorize.ts";
import { supposedCaller } from "../../decision/caller.ts";
import { BASE_RESERVE, FRAME_RESERVE } from "../../exact/budget.ts";
import type { Item, TenantItem } from "../../model/items.ts";
import { type Group, type Layout, readLayout } from "../../model/layout.ts";
import { canonicalJson } from "../source/digest.ts";
import type { LayoutOptions } from "./build-layout.ts";
import { readItems } from "./catalogue.ts";
import type { CompiledPolicies } from "./compile.ts";
import { explainSplits, type Split } from "./proof-report.ts";

/** What the build tells about caching: it is printed, and stands in the manifest. */
export interface CachingReport {
  readonly mode: string;
  /** Why `auto` does not take `token`. */
  readonly why?: string;
  readonly encodedPaths: string;
  readonly slashAtTheEnd: "allowed" | "refused where a path ends in a literal";
  readonly groups: readonly {
    readonly name: string;
    readonly routes: readonly string[];
    readonly longestBytes: number;
  }[];
  readonly splits: readonly Split[];
  /** Of any caller that could be, and of any whom the files know, in bytes of the whole answer. */
  readonly longest: {
    readonly possible: { readonly bytes: number; readonly group: string };
    readonly known: LongestKnown | null;
  };
  /** The most that one token costs within one TTL. */
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
    slashAtTheEnd: layout.slashes ? "allowed" : "refused where a path ends in a literal",
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
  if (mode === "off") return "one for every request";
  if (apiType === "http-simple") return "one for each route and path that it is used on";
  if (mode === "route") return `one for each route that it is used on: ${routes} at most`;
  return `one for each group that it is used on: ${groups.length} at most`;
}

/** So many tenants that differ in more than their names are tried, those with the most roles of their own first. */
const MOST_TENANTS = 200;

/** Among the tenants of the files, with each role and with all of them: who gets the longest answer. */
function longestKnown(compiled: CompiledPolicies, layout: Layout): LongestKnown | null {
  let longest: LongestKnown | null = null;
  for (const items of compiled.items.values()) longest = longerOf(longest, longestIn(items, layout));
  return longest;
}

const longerOf = (a: LongestKnown | null, b: LongestKnown | null): LongestKnown | null =>
  (b?.bytes ?? 0) > (a?.bytes ?? 0) ? b : a;

function longestIn(items: readonly Item[], layout: Layout): LongestKnown | null {
  const { catalogue, tenants } = readItems(items);
  let longest: LongestKnown | null = null;
  for (const tenant of distinct([...tenants.values()])) {
    const names = [...catalogue.roles.keys(), ...tenant.roles.keys()];
    for (const roles of [names, ...names.map((name) => [name])])
      for (const place of placesOf(layout)) {
        const caller = supposedCaller({
          tenant: tenant.id,
          roles,
          subject: "0".repeat(36),
          scopes: place.group.routes.flatMap((route) => route.scopes),
        });
        const { response } = respondTo(place, caller, { catalogue, tenant, membershipState: null }, layout);
        const bytes = JSON.stringify(response).length;
        if (longest === null || bytes > longest.bytes)
          longest = { bytes, group: place.group.name, tenant: tenant.id, roles };
      }
  }
  return longest;
}

/** One tenant of all that differ in nothing but their names. */
function distinct(tenants: readonly TenantItem[]): TenantItem[] {
  const profile = ({ plan, status, changes, never, roles }: TenantItem): string =>
    canonicalJson({
      plan,
      status,
      changes: [...changes].map(([role, change]) => [role, change === "none" ? change : [...change]]),
      never: [...never],
      roles: [...roles],
    });
  const kinds = [...new Map(tenants.map((tenant) => [profile(tenant), tenant])).values()];
  return kinds.sort((a, b) => b.roles.size - a.roles.size).slice(0, MOST_TENANTS);
}

/** In `token` mode an answer is the same for all routes of a group; else each route has its own. */
function placesOf(layout: Layout) {
  const arn = { base: "x".repeat(BASE_RESERVE), method: "GET", path: "/" };
  const routesOf = (group: Group) => (layout.mode === "token" ? group.routes.slice(0, 1) : group.routes);
  return layout.groups.flatMap((group) => routesOf(group).map((route) => ({ route, group, arn })));
}

/** The report as lines for a terminal. */
export function printCachingReport(report: CachingReport): string[] {
  const { known, possible } = report.longest;
  return [
    `Caching mode ${report.mode}${report.why === undefined ? "" : `, for ${report.why}`}`,
    ...report.groups.map(
      (group) =>
        `  group ${group.name}: ${group.routes.length} routes, policies of ${group.longestBytes} bytes at the most`,
    ),
    ...report.splits.map(({ groups: [a, b], because }) => `  ${a} and ${b} are two, for ${because}`),
    `  longest possible answer: ${possible.bytes} of 8192 bytes, in group ${possible.group}`,
    ...(known === null
      ? []
      : [
          `  longest of a caller in the files: ${known.bytes} bytes, in group ${known.group}: ${known.tenant} as ${known.roles.join(" and ")}`,
        ]),
    `  a slash at a path's end is ${report.slashAtTheEnd}; encoded slashes: ${report.encodedPaths === "unknown" ? "proven for both readings" : "as sent"}`,
    `  Lambda calls that a token costs within a TTL: ${report.lambdaCalls}`,
  ];
}
