import type { TaggedRoute } from "../github.ts";

/** The routes whose flag is set. */
export const flagged = (flags: readonly boolean[], routes: readonly TaggedRoute[]): ReadonlySet<string> =>
  new Set(routes.filter((_, index) => flags[index] === true).map(({ key }) => key));
