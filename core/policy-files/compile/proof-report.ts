import { RESOURCE_BUDGET } from "../../exact/budget.ts";
import type { RouteGroup, Ungroupable } from "../../exact/grouping.ts";
import { type ArnReading, patternParts, requestParts } from "../../exact/overlap.ts";
import { matcherOf } from "../../exact/pattern-masks.ts";
import type { Route } from "../../model/route.ts";
import type { LayoutOptions } from "./build-layout.ts";

/** Explains why the routes need more authorizers than the API can have, and names the routes that cause it. */
export function explainUngroupable(
  { needed, because }: Ungroupable,
  { maxGroups, encodedPaths }: LayoutOptions,
): string {
  if ("tooLong" in because)
    return `the policy of ${names(because.tooLong)} alone can exceed ${RESOURCE_BUDGET} bytes, because each bound parameter has several spellings: bind fewer parameters, use fewer alternatives, or lower at_most of bound claims (pass in issuers.yaml)`;
  const limit = `${needed} authorizers are needed, but the limit is ${maxGroups} (--max-groups)`;
  if ("bytes" in because)
    return `${limit}: the longest policies take ${because.bytes} bytes of ${RESOURCE_BUDGET} each`;
  const hint =
    encodedPaths === "unknown"
      ? "; if you verified that AWS evaluates encoded slashes as sent, --encoded-paths as_sent may need fewer"
      : "";
  return `${limit}: no two of these routes can share an authorizer, because the pattern of one matches requests of the other: ${names(because.clique)}${hint}`;
}

const names = (routes: readonly Route[]): string => {
  const shown = routes.slice(0, 12).map((route) => route.key);
  return shown.join(", ") + (routes.length > shown.length ? ` and ${routes.length - shown.length} more` : "");
};

/** Why two groups are separate: two of their routes exclude each other, or their policy would be too long. */
export interface Split {
  readonly groups: readonly [string, string];
  readonly because: string;
}

/** Returns one reason for each pair of groups. */
export function explainSplits(
  groups: readonly (RouteGroup & { readonly name: string })[],
  { encodedPaths }: LayoutOptions,
): Split[] {
  const reading = { decodedSlashes: encodedPaths === "unknown" };
  const prepared = groups.map((group) => ({ ...group, routes: prepareRoutes(group.routes, reading) }));
  return prepared.flatMap((group, index) =>
    prepared.slice(0, index).map((earlier): Split => {
      const pair = findPair(earlier.routes, group.routes) ?? findPair(group.routes, earlier.routes);
      const because =
        pair === undefined
          ? `together their policy could take ${earlier.longest + group.longest} of ${RESOURCE_BUDGET} bytes`
          : `the pattern of ${pair[0].key} also matches requests of ${pair[1].key}`;
      return { groups: [earlier.name, group.name], because };
    }),
  );
}

type Prepared = ReturnType<typeof prepareRoutes>;

const prepareRoutes = (routes: readonly Route[], reading: ArnReading) =>
  routes.map((route) => ({
    route,
    matches: matcherOf(patternParts(route)),
    parts: requestParts(route, reading),
  }));

function findPair(patterns: Prepared, requests: Prepared): readonly [Route, Route] | undefined {
  for (const { route, matches } of patterns)
    for (const { route: other, parts } of requests)
      if (route.method === other.method && matches(parts)) return [route, other];
  return undefined;
}
