import { RESOURCE_BUDGET } from "../../exact/budget.ts";
import type { RouteGroup, Ungroupable } from "../../exact/grouping.ts";
import { overlaps, patternParts } from "../../exact/overlap.ts";
import type { Route } from "../../model/route.ts";
import type { LayoutOptions } from "./build-layout.ts";

/** Why routes cannot share the authorizers that there are, naming those that force it. */
export function explainUngroupable(
  { needed, because }: Ungroupable,
  { maxGroups, encodedPaths }: LayoutOptions,
): string {
  if ("tooLong" in because)
    return `the policy of ${names(because.tooLong)} alone can outgrow ${RESOURCE_BUDGET} bytes, by the spellings of its bound parameters: bind fewer of them, or under fewer alternatives`;
  const limit = `${needed} authorizers are needed and there are ${maxGroups} (--max-groups)`;
  if ("bytes" in because)
    return `${limit}: the longest policies take ${because.bytes} bytes of ${RESOURCE_BUDGET} each`;
  const hint =
    encodedPaths === "unknown"
      ? "; if AWS was seen to evaluate encoded slashes as sent, --encoded-paths as_sent may need fewer"
      : "";
  return `${limit}: no two of these can share one, for the pattern of one matches requests of the other: ${names(because.clique)}${hint}`;
}

const names = (routes: readonly Route[]): string => {
  const shown = routes.slice(0, 12).map((route) => route.key);
  return shown.join(", ") + (routes.length > shown.length ? ` and ${routes.length - shown.length} more` : "");
};

/** Why two groups are two: a pair of routes that exclude each other, or length. */
export interface Split {
  readonly groups: readonly [string, string];
  readonly because: string;
}

/** For each two groups one reason why they are not one. */
export function explainSplits(
  groups: readonly (RouteGroup & { readonly name: string })[],
  { encodedPaths }: LayoutOptions,
): Split[] {
  const reading = { decodedSlashes: encodedPaths === "unknown" };
  return groups.flatMap((group, index) =>
    groups.slice(0, index).map((earlier): Split => {
      const pair =
        findPair(earlier.routes, group.routes, reading) ?? findPair(group.routes, earlier.routes, reading);
      const because =
        pair === undefined
          ? `together their policy could take ${earlier.longest + group.longest} bytes of ${RESOURCE_BUDGET}`
          : `the pattern of ${pair[0].key} also matches requests of ${pair[1].key}`;
      return { groups: [earlier.name, group.name], because };
    }),
  );
}

function findPair(
  patterns: readonly Route[],
  requests: readonly Route[],
  reading: { decodedSlashes: boolean },
): readonly [Route, Route] | undefined {
  for (const route of patterns)
    for (const other of requests)
      if (route.method === other.method && overlaps(patternParts(route), other, reading))
        return [route, other];
  return undefined;
}
