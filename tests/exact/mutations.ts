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

const ofAllows = (change: (resources: readonly string[]) => readonly string[]): Change =>
  changeResources((resources, effect) => (effect === "Allow" ? change(resources) : resources));

/** A compiler that has a mistake, played on the documents that the right one returns. */
export const DOCUMENT_MUTATIONS: Readonly<Record<string, Change>> = {
  "* for ?*": ofAllows((resources) => resources.map((one) => one.replaceAll("?*", "*"))),
  "a literal widened to a star": ofAllows((resources) =>
    resources.map((one) => one.replace(/\/a(?=\/|$)/, "/?*")),
  ),
  "a star that takes the rest of the path": ofAllows((resources) =>
    resources.map((one) => one.replace(/\?\*\/.*$/, "?*")),
  ),
  "any method": ofAllows((resources) => resources.map((one) => one.replace(/\/[A-Z]+\//, "/*/"))),
  "the Deny for empty segments dropped": changeResources((resources) =>
    resources.filter((one) => !one.endsWith("/*//*")),
  ),
  "one spelling of a bound value forgotten": ofAllows((resources) =>
    resources.filter((one) => !/%[0-9A-F][A-F]/.test(one)),
  ),
  "the Deny beside bound values dropped": changeResources((resources, effect) =>
    effect === "Deny" ? resources.filter((one) => one.endsWith("/*//*")) : resources,
  ),
  "everything, where one route is missing": ofAllows(([first = ""]) => [
    first.replace(/^((?:[^/]*\/){2}).*$/s, "$1*"),
  ]),
  "the first resource lost": ofAllows((resources) => resources.slice(1)),
};

/** The first two groups made one. */
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

/** Every path of more than one route taken for one whose methods may be merged. */
export function mergeAllMethods(world: World): World {
  const groups = world.layout.groups.map((group) => {
    const paths = group.routes.map((route) => route.path as string);
    return { ...group, anyMethodPaths: new Set(paths.filter((path, at) => paths.indexOf(path) !== at)) };
  });
  return { ...world, layout: { ...world.layout, groups } };
}

/** A route in no group. */
export function loseRoute(world: World): World {
  const groups = world.proven.layout.groups.map((group, index) =>
    index === 0 ? { ...group, routes: group.routes.slice(1) } : group,
  );
  return { ...world, layout: readLayout({ ...world.proven.layout, groups }) };
}
