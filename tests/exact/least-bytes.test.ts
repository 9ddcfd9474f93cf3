import fc from "fast-check";
import { expect, it } from "vitest";
import { denySize, RESOURCE_BUDGET, routeSize, type Sizes } from "../../core/exact/budget.ts";
import { type Conflicts, findConflicts } from "../../core/exact/conflicts.ts";
import { groupRoutes } from "../../core/exact/grouping.ts";
import { leastBytes } from "../../core/exact/least-bytes.ts";
import { OpenGroup } from "../../core/exact/open-group.ts";
import { PathLengths } from "../../core/exact/path-lengths.ts";
import type { Route } from "../../core/model/route.ts";
import { GITHUB_KEYS } from "./real-apis.ts";
import { routeOf } from "./worlds.ts";

const sizes: Sizes = { base: 90, slashes: false, shortTenantIds: true, bindingsOf: () => [{}] };
const reading = { decodedSlashes: true };
const routes = Array.from({ length: 150 }, (_, at) => [
  routeOf(`GET /area${at % 15}/thing${at}/{id}`),
  routeOf(`PUT /area${at % 15}/thing${at}/{id}`),
]).flat();

it("paths that exclude each other are not counted as merged, so that the first number tried succeeds", () => {
  const conflicts = findConflicts(routes, reading);
  const sizeOf = new Map(routes.map((route) => [route, routeSize(route, sizes)]));
  const bytesFor = leastBytes(conflicts, new PathLengths(conflicts.paths, sizeOf, sizes));
  const room = RESOURCE_BUDGET - denySize(sizes);
  const groups = groupRoutes(routes, { sizes, reading, maxGroups: 10 });
  if ("needed" in groups) throw new Error("The routes cannot be grouped");
  const fewer = groups.length - 1;
  expect(bytesFor(fewer)).toBeGreaterThan(fewer * room);
  expect(bytesFor(groups.length)).toBeLessThanOrEqual(
    groups.reduce((sum, { longest }) => sum + longest - denySize(sizes), 0),
  );
});

it("the reported lower bound is never more than the groups that suffice", () => {
  const own = GITHUB_KEYS.slice(0, 330).map(routeOf);
  const countGroups = (maxGroups: number) => {
    const found = groupRoutes(own, { sizes, reading: { decodedSlashes: false }, maxGroups });
    return "needed" in found ? found.needed : found.length;
  };
  const found = countGroups(40);
  for (let maxGroups = 1; maxGroups < found; maxGroups++) {
    expect(countGroups(maxGroups)).toBeGreaterThan(maxGroups);
    expect(countGroups(maxGroups)).toBeLessThanOrEqual(found);
  }
});

const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"];
const PATHS = ["/a/{x}", "/a/{x}/b", "/c/{x}", "/{x}/d", "/e"];

/** Lists all ways to divide the elements. */
function partitions<T>([first, ...others]: readonly T[]): T[][][] {
  if (first === undefined) return [[]];
  return partitions(others).flatMap((parts) => [
    [[first], ...parts],
    ...parts.map((part, at) => parts.with(at, [first, ...part])),
  ]);
}

/** Returns the total length of the longest policies of all groups, in bytes. */
function totalBytes(
  groups: readonly (readonly Route[])[],
  conflicts: Conflicts,
  lengths: PathLengths,
): number {
  return groups
    .map((members) => {
      const group = new OpenGroup(conflicts, lengths, 0);
      for (const [path, { routes }] of conflicts.paths.entries()) {
        const own = routes.filter((route) => members.includes(route));
        if (own.length > 0) group.add(path, own);
      }
      return group.longest;
    })
    .reduce((sum, longest) => sum + longest, 0);
}

it("no division of any API takes fewer bytes, whatever is bound and however methods are divided", () => {
  const pool = PATHS.flatMap((path) => METHODS.map((method) => `${method} ${path}`));
  const apis = fc.record({
    keys: fc.subarray(pool, { minLength: 1, maxLength: 6 }),
    bound: fc.subarray(pool),
    decodedSlashes: fc.boolean(),
    slashes: fc.boolean(),
  });
  const holds = ({
    keys,
    bound,
    decodedSlashes,
    slashes,
  }: typeof apis extends fc.Arbitrary<infer T> ? T : never) => {
    const own = keys.map(routeOf);
    const some: Sizes = {
      ...sizes,
      slashes,
      bindingsOf: ({ key, path }) =>
        bound.includes(key) && path.includes("{x}") ? [{ x: ["subject"] }] : [{}],
    };
    const conflicts = findConflicts(own, { decodedSlashes });
    const lengths = new PathLengths(
      conflicts.paths,
      new Map(own.map((route) => [route, routeSize(route, some)])),
      some,
    );
    const bytesFor = leastBytes(conflicts, lengths);
    for (const groups of partitions(own))
      expect(bytesFor(groups.length)).toBeLessThanOrEqual(totalBytes(groups, conflicts, lengths));
  };
  const four = METHODS.slice(0, 4).map((method) => `${method} /c/{x}`);
  fc.assert(fc.property(apis, holds), {
    numRuns: 300,
    examples: [[{ keys: four, bound: [], decodedSlashes: true, slashes: false }]],
  });
});
