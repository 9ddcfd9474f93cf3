import type { NaiveDocument } from "../oracle/naive-matcher.ts";
import type { World } from "./worlds.ts";

/** Counts the bytes of a document's resources in JSON, each with its quotes and a comma. */
export const resourceBytes = (document: NaiveDocument): number =>
  document.Statement.flatMap(({ Resource }) => [Resource].flat()).reduce(
    (sum, resource) => sum + resource.length + 3,
    0,
  );

/** Returns the name of each route's group, by the route's key. */
export const groupNames = (world: World): Record<string, string> =>
  Object.fromEntries(
    world.layout.groups
      .flatMap((group) => group.routes.map((route) => [route.key as string, group.name] as const))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
