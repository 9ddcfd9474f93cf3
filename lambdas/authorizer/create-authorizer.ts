import { type AnswerExtras, authorize, type Collaborators } from "../../core/authorize.ts";
import type { Layout } from "../../core/layout.ts";
import type { AuthorizerRequest } from "../../core/place.ts";
import type { UsageKeys } from "../../core/usage-plan.ts";
import { boundedCache } from "./bounded-cache.ts";
import type { TrustConfig } from "./config.ts";
import { correlationIdIn, withCorrelationId } from "./correlation.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";
import { type GetJson, jsonGetter } from "./https-getter.ts";
import { keySets } from "./key-sets.ts";
import type { Log } from "./log.ts";
import type { MetricFields } from "./metrics.ts";
import { type Observed, type Report, timed } from "./observation.ts";
import type { LoadedPermissions, PermissionsTable } from "./permissions-table.ts";
import { type Asked, askedOf, rememberedAnswers } from "./remembered-answers.ts";
import type { Shadow } from "./shadow.ts";
import { type TokenKey, tokenKey } from "./token-key.ts";
import { tokenVerifier, type Verification } from "./verify-token.ts";

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

/** Of 8 kB each at the most. */
const POLICIES = 500;
const TEN_MINUTES = 600_000;

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
  metrics = () => undefined,
  usageKeys,
  report = () => undefined,
  onKeyRefresh = () => undefined,
  shadow,
}: AuthorizerParts): Authorizer {
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, getJson, now, table.storedKeys, onKeyRefresh),
    issuerItem: async (name) => (await table.catalogue()).issuers.get(name),
    now,
  });
  const kept = { capacity: POLICIES, ttl: TEN_MINUTES, now };
  const extras: AnswerExtras = { usageKeys, roleSets: boundedCache(kept), policies: boundedCache(kept) };
  const remembered = shadow === undefined ? rememberedAnswers(now) : undefined;
  const collaborators = (request: AuthorizerRequest, observed: Observed): Collaborators => {
    let asked: Asked | undefined;
    let key: TokenKey | undefined;
    let verified: Verification | undefined;
    let loaded: LoadedPermissions | undefined;
    return {
      layout,
      extras,
      async verifyToken(token) {
        const known = key ?? tokenKey(token);
        verified = await timed(observed.steps, "token", () => verify(token, known));
        observed.tokenCached = verified.cached;
        observed.staleKeys = verified.staleKeys;
        return verified.claims;
      },
      async loadPermissions(caller) {
        loaded = await timed(observed.steps, "permissions", () => table.load(caller));
        observed.stalePermissions = loaded.stale;
        observed.permissionsCached = loaded.cached;
        return loaded;
      },
      answers: remembered && {
        recall(token, place) {
          key = tokenKey(token);
          asked = askedOf(key, request, place, layout);
          const answer = remembered.get(asked);
          if (answer !== undefined) observed.tokenCached = observed.permissionsCached = true;
          return answer;
        },
        remember(answer) {
          if (asked && verified && loaded) remembered.add(asked, { verified, loaded }, answer);
        },
      },
    };
  };
  return handleRequests({
    layout,
    now,
    log,
    metrics,
    report,
    async decide(request, observed) {
      observed.correlationId = correlationIdIn(request.headers);
      const live = collaborators(request, observed);
      const answer = await authorize(request, shadow?.(request, live, observed) ?? live);
      return withCorrelationId(answer, observed.correlationId, layout);
    },
  });
}
