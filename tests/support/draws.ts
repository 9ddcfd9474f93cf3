/**
 * Returns how many random draws a property makes: all of them with FUZZ=full, as `.ci/run` sets it, else a part, so
 * that `npm test` stays quick.
 */
export const draws = (full: number, byDefault: number): number =>
  process.env["FUZZ"] === "full" ? full : byDefault;
