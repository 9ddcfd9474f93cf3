/** The header `Date` has whole seconds, so it is half a second behind on average. */
const HALF_SECOND = 0.5;

/**
 * Returns how far a server's clock is ahead of this machine's, in seconds, from the headers `Date` and `Age` (the
 * seconds that the response spent in a cache). Returns undefined without a valid `Date`.
 */
export function clockOffset(
  { date, age }: { readonly date: string | null | undefined; readonly age?: string | null | undefined },
  sentAt: number,
  receivedAt: number,
): number | undefined {
  const parsed = Date.parse(date ?? "");
  if (Number.isNaN(parsed)) return undefined;
  const cached = /^\d{1,9}$/.test(age ?? "") ? Number(age) : 0;
  const serverTime = parsed / 1_000 + cached + HALF_SECOND;
  return Math.round((serverTime - (sentAt + receivedAt) / 2_000) * 10) / 10;
}
