import {
  type AuthorizeDeps,
  authorize,
  type ParsedRequest,
  parseRequest,
  type ResponseExtras,
} from "../../core/decision/authorize.ts";
import type { UsageKeys } from "../../core/decision/usage-plan.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { LoggedResponse } from "../../core/policy/authorizer-response.ts";
import { boundedCache } from "../../runtime/cache/bounded-cache.ts";
import { type GetJson, jsonGetter } from "../../runtime/jwt/https-getter.ts";
import { keySets } from "../../runtime/jwt/key-sets.ts";
import { type TokenKey, tokenKey } from "../../runtime/jwt/token-key.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import type { Shadow } from "../../runtime/shadow/shadow.ts";
import type { PermissionsTable } from "../../runtime/table/permissions-table.ts";
import type { Log } from "../../runtime/telemetry/log.ts";
import type { MetricFields } from "../../runtime/telemetry/metrics.ts";
import { type Telemetry, type TelemetrySink, timed } from "../../runtime/telemetry/telemetry.ts";
import { type Grounds, rememberedAnswers } from "./cached-responses.ts";
import { correlationIdIn, withCorrelationId } from "./correlation.ts";
import { type Authorizer, handleRequests } from "./handle-request.ts";

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
  readonly report?: TelemetrySink;
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
    keySets: keySets(trust, getJson, now, table.persistedJwks, onKeyRefresh),
    issuerItem: async (name) => (await table.catalogue()).issuers.get(name),
    now,
  });
  const kept = { capacity: POLICIES, ttl: TEN_MINUTES, now };
  const extras: ResponseExtras = { usageKeys, roleSets: boundedCache(kept), policies: boundedCache(kept) };
  const remembered = shadow === undefined ? rememberedAnswers(layout, now) : undefined;

  async function decideAnew(
    parsed: ParsedRequest,
    key: TokenKey,
    telemetry: Telemetry,
  ): Promise<LoggedResponse> {
    const grounds: Partial<Grounds> = {};
    const live: AuthorizeDeps = {
      layout,
      extras,
      async verifyToken(token) {
        const verified = await timed(telemetry.steps, "token", () => verify(token, key));
        grounds.verified = verified;
        telemetry.tokenCached = verified.cached;
        telemetry.staleKeys = verified.staleKeys;
        return verified.claims;
      },
      async loadPermissions(caller) {
        const loaded = await timed(telemetry.steps, "permissions", () => table.load(caller));
        grounds.loaded = loaded;
        telemetry.stalePermissions = loaded.stale;
        telemetry.permissionsCached = loaded.cached;
        return loaded;
      },
    };
    const answer = await authorize(parsed, shadow?.(parsed.request, live, telemetry) ?? live);
    const { verified, loaded } = grounds;
    if (verified && loaded) remembered?.add(key, parsed, { verified, loaded }, answer);
    return withCorrelationId(answer, telemetry.correlationId, layout);
  }

  return handleRequests({
    layout,
    now,
    log,
    metrics,
    report,
    decide(request, telemetry) {
      telemetry.correlationId = correlationIdIn(request.headers);
      const parsed = parseRequest(request, layout);
      const key = tokenKey(parsed.authorization);
      const known = remembered?.get(key, parsed);
      if (known === undefined) return decideAnew(parsed, key, telemetry);
      telemetry.tokenCached = telemetry.permissionsCached = true;
      return withCorrelationId(known, telemetry.correlationId, layout);
    },
  });
}
