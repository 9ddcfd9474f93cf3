/** An answer's `Date` has whole seconds, so on the average it is half of one behind. */
const HALF_SECOND = 0.5;

/**
 * How far another's clock is ahead of this machine's, in seconds, by the `Date` of its answer; `Age` says how long
 * a cache has kept that. Undefined: it does not tell the time.
 */
export function clockAhead(
  { date, age }: { readonly date: string | null | undefined; readonly age?: string | null | undefined },
  sentAt: number,
  receivedAt: number,
): number | undefined {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return undefined;
  const kept = /^\d{1,9}$/.test(age ?? "") ? Number(age) : 0;
  const theirs = told / 1_000 + kept + HALF_SECOND;
  return Math.round((theirs - (sentAt + receivedAt) / 2_000) * 10) / 10;
}
