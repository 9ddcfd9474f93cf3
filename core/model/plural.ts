/**
 * Returns a number with its noun.
 *
 * @example
 * import { plural } from "./plural.ts";
 *
 * [plural(1, "route"), plural(2, "route")]; // => ["1 route","2 routes"]
 */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
