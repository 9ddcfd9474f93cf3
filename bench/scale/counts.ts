import type { ApiShape } from "./api-shape.ts";
import type { Reads } from "./environment.ts";
import type { Platform } from "./inputs.ts";

/** What calls came to, added up. */
export interface Counts {
  calls: number;
  /** Requests to the table. */
  batches: number;
  catalogueQueries: number;
  keyFetches: number;
  /** Read units: of all, and of each tenant's partition. */
  units: number;
  readonly tenantUnits: Map<number, number>;
  /** Billed, INIT included. */
  seconds: number;
  ages: number;
  oldest: number;
}

export const noCounts = (): Counts => ({
  calls: 0,
  batches: 0,
  catalogueQueries: 0,
  keyFetches: 0,
  units: 0,
  tenantUnits: new Map(),
  seconds: 0,
  ages: 0,
  oldest: 0,
});

export function count(counts: Counts, reads: Reads, tenant: number, shape: ApiShape, seconds: number): void {
  const batch = reads.tenant || reads.people;
  const own = (reads.tenant ? shape.tenantUnits : 0) + (reads.people ? shape.peopleUnits : 0);
  const shared = reads.catalogue ? shape.catalogueUnits : 0;
  counts.calls++;
  counts.batches += Number(batch);
  counts.catalogueQueries += Number(reads.catalogue);
  counts.keyFetches += Number(reads.keys);
  counts.units += own + shared;
  counts.tenantUnits.set(tenant, (counts.tenantUnits.get(tenant) ?? 0) + own);
  counts.seconds += seconds;
  counts.ages += reads.age;
  counts.oldest = Math.max(counts.oldest, reads.age);
}

/** What a warm call takes; the catalogue's read comes before the other, and both before the decision. */
export function warmSeconds(
  reads: Pick<Reads, "catalogue" | "tenant" | "people">,
  platform: Platform,
): number {
  const inTurn = Number(reads.catalogue) + Number(reads.tenant || reads.people);
  return platform.decideSeconds + inTurn * platform.readSeconds;
}

/** What a cold start adds to a call. */
export const coldSeconds = ({ initSeconds, firstCallSeconds }: Platform): number =>
  initSeconds + firstCallSeconds;
