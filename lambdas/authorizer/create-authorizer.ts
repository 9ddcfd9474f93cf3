import { authorize, type Collaborators } from "../../core/authorize.ts";
import type { Layout } from "../../core/layout.ts";
import type { UsageKeys } from "../../core/usage-plan.ts";
import type { TrustConfig } from "./config.ts";
import { correlationIdIn, withCorrelationId } from "./correlation.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";
import { type GetJson, jsonGetter } from "./https-getter.ts";
import { keySets } from "./key-sets.ts";
import type { Log } from "./log.ts";
import type { MetricFields } from "./metrics.ts";
import { type Observed, type Report, timed } from "./observation.ts";
import type { PermissionsTable } from "./permissions-table.ts";
import type { Shadow } from "./shadow.ts";
import { tokenVerifier } from "./verify-token.ts";

export interface AuthorizerParts {
  readonly trust: TrustConfig;
  readonly layout: Layout;
  readonly table: PermissionsTable;
  /** The time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** How issuers' documents are fetched. */
  readonly getJson?: GetJson;
  /** What a decision's line holds for CloudWatch to count; nothing where it is absent. */
  readonly metrics?: MetricFields;
  /** Absent: plans are not enforced. */
  readonly usageKeys?: UsageKeys | undefined;
  /** Tells of a decision what is not in its line. */
  readonly report?: Report;
  /** Hears of every attempt to fetch an issuer's keys. */
  readonly onKeyRefresh?: (failed: boolean) => void;
  /** Decides by the candidate's items too, and leaves the answer as it is. */
  readonly shadow?: Shadow | undefined;
}

/**
 * Puts an authorizer together, from parts that know no environment variable.
 *
 * @example
 * const table = permissionsTable({ reader: dynamodbReader(client, "permissions"), ttlSeconds: 30, now: Date.now });
 * const authorizer = createAuthorizer({ trust, layout, table, now: Date.now, log: logToStdout });
 */
export function createAuthorizer({
  trust,
  layout,
  table,
  now,
  log,
  getJson = jsonGetter(),
  metrics = () => ({}),
  usageKeys,
  report = () => undefined,
  onKeyRefresh = () => undefined,
  shadow = (_, live) => live,
}: AuthorizerParts): Authorizer {
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, getJson, now, table.storedKeys, onKeyRefresh),
    issuerItem: async (name) => (await table.catalogue()).issuers.get(name),
    now,
  });
  const collaborators = (observed: Observed): Collaborators => ({
    layout,
    async verifyToken(token) {
      const { claims, cached, staleKeys } = await timed(observed.steps, "token", () => verify(token));
      observed.tokenCached = cached;
      observed.staleKeys = staleKeys;
      return claims;
    },
    async loadPermissions(caller) {
      const loaded = await timed(observed.steps, "permissions", () => table.load(caller));
      observed.stalePermissions = loaded.stale;
      observed.permissionsCached = loaded.cached;
      return loaded;
    },
    usageKeys,
  });
  return handleRequests({
    layout,
    now,
    log,
    metrics,
    report,
    async decide(request, observed) {
      observed.correlationId = correlationIdIn(request.headers);
      const answer = await authorize(request, shadow(request, collaborators(observed), observed));
      return withCorrelationId(answer, observed.correlationId, layout);
    },
  });
}
