import { issuerName } from "../../core/model/ids.ts";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import type { Authorizer } from "../../lambdas/authorizer/handle-request.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { keyRefreshes } from "../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics } from "../../runtime/telemetry/metrics.ts";
import { traces } from "../../runtime/telemetry/trace.ts";
import { LAYOUT, TABLE } from "./permissions.ts";
import { AUDIENCE, ISSUER, type Signer } from "./signer.ts";

/** The authorizer with the logs and metrics of a deployed one, and counts of its decisions. */
export interface OurHandler {
  readonly authorizer: Authorizer;
  /** `cached` counts the decisions whose token was cached. */
  readonly counts: { decisions: number; cached: number };
}

/** Creates the authorizer. It formats log lines but does not write them, because a write's duration depends on the pipe. */
export function ourHandler({ jwk, algorithm }: Signer): OurHandler {
  const counts = { decisions: 0, cached: 0 };
  const refreshes = keyRefreshes();
  const authorizer = createAuthorizer({
    trust: {
      issuers: [
        {
          name: issuerName("main"),
          url: ISSUER,
          jwksUri: `${ISSUER}/jwks.json`,
          audiences: [AUDIENCE],
          algorithms: [algorithm],
        },
      ],
      clockToleranceSeconds: 30,
      keysStaleSeconds: 86_400,
      local: false,
    },
    layout: LAYOUT,
    table: permissionsTable({ reader: TABLE, ttlSeconds: 3_600, now: Date.now }),
    now: Date.now,
    log(line) {
      counts.decisions++;
      if (line.includes('"tokenCached":true')) counts.cached++;
    },
    getJson: () => Promise.resolve({ keys: [jwk] }),
    metrics: embeddedMetrics({ functionName: "bench", metrics: "off", refreshes }),
    onKeyRefresh: refreshes.count,
    report: traces({}),
  });
  return { authorizer, counts };
}
