import { issuerName } from "../../core/model/ids.ts";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import type { Authorizer } from "../../lambdas/authorizer/handle-request.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { keyRefreshes } from "../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics } from "../../runtime/telemetry/metrics.ts";
import { traces } from "../../runtime/telemetry/trace.ts";
import { LAYOUT, TABLE } from "./permissions.ts";
import { AUDIENCE, ISSUER, type Signer } from "./signer.ts";

/** The authorizer with what a deployed one has around it, and how many of its decisions knew their token. */
export interface OurHandler {
  readonly authorizer: Authorizer;
  readonly seen: { decisions: number; cached: number };
}

/** Lines of the log are written out and thrown away: what a write takes is the pipe's, not ours. */
export function ourHandler({ jwk, algorithm }: Signer): OurHandler {
  const seen = { decisions: 0, cached: 0 };
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
      seen.decisions++;
      if (line.includes('"tokenCached":true')) seen.cached++;
    },
    getJson: () => Promise.resolve({ keys: [jwk] }),
    metrics: embeddedMetrics({ functionName: "bench", metrics: "off", refreshes }),
    onKeyRefresh: refreshes.count,
    report: traces({}),
  });
  return { authorizer, seen };
}
