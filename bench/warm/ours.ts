import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import type { Authorizer } from "../../lambdas/authorizer/handle-request.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { keyRefreshes } from "../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics } from "../../runtime/telemetry/metrics.ts";
import { traces } from "../../runtime/telemetry/trace.ts";
import { trustConfig } from "../../tests/support/configuration.ts";
import { LAYOUT, TABLE } from "./permissions.ts";
import { AUDIENCE, ISSUER, type Signer } from "./signer.ts";

/** Creates the authorizer. It formats log lines but does not write them, because a write's duration depends on the pipe. */
export function ourAuthorizer({ jwk, algorithm }: Signer): Authorizer {
  const refreshes = keyRefreshes();
  return createAuthorizer({
    trust: trustConfig({
      issuers: [
        { url: ISSUER, jwksUri: `${ISSUER}/jwks.json`, audiences: [AUDIENCE], algorithms: [algorithm] },
      ],
    }),
    layout: LAYOUT,
    table: permissionsTable({ reader: TABLE, ttlSeconds: 3_600, now: Date.now }),
    now: Date.now,
    log: () => undefined,
    getJson: () => Promise.resolve({ keys: [jwk] }),
    metrics: embeddedMetrics({ functionName: "bench", metrics: "off", refreshes }),
    onKeyRefresh: refreshes.count,
    telemetrySink: traces({}),
  });
}
