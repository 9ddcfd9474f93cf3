import { readLayout } from "../../core/model/layout.ts";
import type { NaiveDocument } from "../oracle/naive-matcher.ts";
import type { World } from "./worlds.ts";

type Change = (document: NaiveDocument) => NaiveDocument;

const changeResources =
  (change: (resources: readonly string[], effect: string) => readonly string[]): Change =>
  ({ Statement }) => ({
    Statement: Statement.map(({ Effect, Resource }) => ({
      Effect,
      Resource: change([Resource].flat(), Effect),
    })),
  });

const changeAllows = (change: (resources: readonly string[]) => readonly string[]): Change =>
  changeResources((resources, effect) => (effect === "Allow" ? change(resources) : resources));

/** Mistakes of a compiler, as changes to the documents of the correct one. */
export const DOCUMENT_MUTATIONS: Readonly<Record<string, Change>> = {
  "* instead of ?*": changeAllows((resources) => resources.map((one) => one.replaceAll("?*", "*"))),
  "a literal widened to a star": changeAllows((resources) =>
    resources.map((one) => one.replace(/\/a(?=\/|$)/, "/?*")),
  ),
  "a star that takes the rest of the path": changeAllows((resources) =>
    resources.map((one) => one.replace(/\?\*\/.*$/, "?*")),
  ),
  "any method": changeAllows((resources) => resources.map((one) => one.replace(/\/[A-Z]+\//, "/*/"))),
  "the Deny for empty segments missing": changeResources((resources) =>
    resources.filter((one) => !one.endsWith("/*//*")),
  ),
  "one spelling of a bound value missing": changeAllows((resources) =>
    resources.filter((one) => !/%[0-9A-F][A-F]/.test(one)),
  ),
  "the Deny for bound values missing": changeResources((resources, effect) =>
    effect === "Deny" ? resources.filter((one) => one.endsWith("/*//*")) : resources,
  ),
  "everything allowed, although one route is not granted": changeAllows(([first = ""]) => [
    first.replace(/^((?:[^/]*\/){2}).*$/s, "$1*"),
  ]),
  "the first resource missing": changeAllows((resources) => resources.slice(1)),
};

/** Merges the first two groups. */
export function mergeTwoGroups(world: World): World {
  const [first, second, ...rest] = world.layout.groups;
  if (first === undefined || second === undefined) throw new Error("There is one group only");
  const merged = {
    ...first,
    routes: [...first.routes, ...second.routes],
    anyMethodPaths: new Set([...first.anyMethodPaths, ...second.anyMethodPaths]),
  };
  return { ...world, layout: { ...world.layout, groups: [merged, ...rest] } };
}

/** Permits one resource for all methods on every path with more than one route. */
export function mergeAllMethods(world: World): World {
  const groups = world.layout.groups.map((group) => {
    const paths = group.routes.map((route) => route.path as string);
    return { ...group, anyMethodPaths: new Set(paths.filter((path, at) => paths.indexOf(path) !== at)) };
  });
  return { ...world, layout: { ...world.layout, groups } };
}

/** Removes a route from its group. */
export function loseRoute(world: World): World {
  const groups = world.proven.layout.groups.map((group, index) =>
    index === 0 ? { ...group, routes: group.routes.slice(1) } : group,
  );
  return { ...world, layout: readLayout({ ...world.proven.layout, groups }) };
}
