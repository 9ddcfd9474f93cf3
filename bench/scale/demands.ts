import type { ApiShape } from "./api-shape.ts";
import { QUOTAS, type QuotaName } from "./quotas.ts";
import type { Outcome } from "./simulate.ts";

/** How much of each quota a deployment takes, in the quota's own unit. */
export const demandsOf = (outcome: Outcome, shape: ApiShape): Record<QuotaName, number> => ({
  stageThrottle: outcome.requests,
  gatewayRate: outcome.requests,
  concurrency: outcome.busiest,
  invocations: outcome.invocations,
  scaling: outcome.startsWhenNew,
  tableStart: outcome.readUnits,
  table: outcome.readUnits,
  tenantPartition: outcome.hottestTenantUnits,
  // Each of them reads the catalogue at its start.
  cataloguePartition: outcome.startsWhenNew * shape.catalogueUnits,
});

/** Whether a quota is not enough; what is a hair above it comes of adding fractions. */
export const isMet = (name: QuotaName, demand: number): boolean => demand > QUOTAS[name].limit * 1.001;

/** The quotas that are not enough. */
export function quotasMet(outcome: Outcome, shape: ApiShape): QuotaName[] {
  const demands = demandsOf(outcome, shape);
  return (Object.keys(QUOTAS) as QuotaName[]).filter((name) => isMet(name, demands[name]));
}
