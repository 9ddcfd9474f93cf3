import { authorize, type Collaborators } from "../../core/authorize.ts";
import type { Layout } from "../../core/layout.ts";
import type { TrustConfig } from "./config.ts";
import { type Authorizer, handleRequests, type Observed } from "./handle-request.ts";
import { type GetJson, jsonGetter } from "./https-getter.ts";
import { keySets } from "./key-sets.ts";
import type { Log } from "./log.ts";
import type { MetricFields } from "./metrics.ts";
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
  shadow = (_, live) => live,
}: AuthorizerParts): Authorizer {
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, getJson, now, table.storedKeys),
    issuerItem: async (name) => (await table.catalogue()).issuers.get(name),
    now,
  });
  const collaborators = (observed: Observed): Collaborators => ({
    layout,
    async verifyToken(token) {
      const { claims, cached, staleKeys } = await verify(token);
      observed.tokenCached = cached;
      observed.staleKeys = staleKeys;
      return claims;
    },
    async loadPermissions(caller) {
      const loaded = await table.load(caller);
      observed.stalePermissions = loaded.stale;
      return loaded;
    },
  });
  return handleRequests({
    layout,
    now,
    log,
    metrics,
    decide: (request, observed) => authorize(request, shadow(request, collaborators(observed), observed)),
  });
}
