import type { TaggedRoute } from "../fixtures/github.ts";

/** Returns the keys of the routes whose flag is set. */
export const flaggedKeys = (flags: readonly boolean[], routes: readonly TaggedRoute[]): ReadonlySet<string> =>
  new Set(routes.filter((_, index) => flags[index] === true).map(({ key }) => key));
