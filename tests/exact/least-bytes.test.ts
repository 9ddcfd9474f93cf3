import { expect, it } from "vitest";
import { denySize, RESOURCE_BUDGET, routeSize, type Sizes } from "../../core/exact/budget.ts";
import { findConflicts } from "../../core/exact/conflicts.ts";
import { groupRoutes } from "../../core/exact/grouping.ts";
import { leastBytes } from "../../core/exact/least-bytes.ts";
import { PathLengths } from "../../core/exact/path-lengths.ts";
import { routeOf } from "./worlds.ts";

const sizes: Sizes = { base: 90, slashes: false, shortTenantIds: true, bindingsOf: () => [{}] };
const reading = { decodedSlashes: true };
const routes = Array.from({ length: 150 }, (_, at) => [
  routeOf(`GET /area${at % 15}/thing${at}/{id}`),
  routeOf(`PUT /area${at % 15}/thing${at}/{id}`),
]).flat();

it("paths that reach each other are not counted as merged: the first number tried is the one found", () => {
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
