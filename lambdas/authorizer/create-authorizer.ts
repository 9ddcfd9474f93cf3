import {
  type AuthorizeDeps,
  authorize,
  parseRequest,
  type ResponseExtras,
} from "../../core/decision/authorize.ts";
import type { RoleSet } from "../../core/decision/permissions.ts";
import type { UsageKeys } from "../../core/decision/usage-plan.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import { boundedCache } from "../../runtime/cache/bounded-cache.ts";
import { GET_LIMITS, type GetJson, type GetLimits, jsonGetter } from "../../runtime/jwt/https-getter.ts";
import { hostGuard, publicGetter } from "../../runtime/jwt/issuer-hosts.ts";
import { isTemplate, templateHost } from "../../runtime/jwt/issuer-template.ts";
import { keySets, keysCreator } from "../../runtime/jwt/key-sets.ts";
import { tableIssuers } from "../../runtime/jwt/table-issuers.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import type { Shadow } from "../../runtime/shadow/shadow.ts";
import type { PermissionsTable } from "../../runtime/table/permissions-table.ts";
import type { Log } from "../../runtime/telemetry/log.ts";
import type { MetricFields } from "../../runtime/telemetry/metrics.ts";
import { type TelemetrySink, timeStep } from "../../runtime/telemetry/telemetry.ts";
import { readCorrelationId, withCorrelationId } from "./correlation.ts";
import { type Authorizer, DECISION_DEADLINE, handleRequests } from "./handle-request.ts";

/** The parts of an authorizer. None of them reads an environment variable. */
export interface AuthorizerParts {
  readonly trust: TrustConfig;
  readonly layout: Layout;
  readonly table: PermissionsTable;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** Fetches the issuers' documents; over HTTPS by default. */
  readonly getJson?: GetJson;
  /** Returns the fields of a decision's line that CloudWatch counts; none by default. */
  readonly metrics?: MetricFields;
  /** Derives API keys; absent when plans are not enforced. */
  readonly usageKeys?: UsageKeys | undefined;
  /** Receives every completed decision, in addition to the log. */
  readonly telemetrySink?: TelemetrySink;
  /** Called after every attempt to fetch an issuer's keys. */
  readonly onKeyRefresh?: (failed: boolean) => void;
  /** Evaluates the candidate's items alongside, without changing the response. */
  readonly shadow?: Shadow | undefined;
}

/** The most that all role sets may take, and the most that all policies may take, in bytes. */
const CACHE_BYTES = 8 * 1_024 * 1_024;
const TEN_MINUTES = 600_000;
/** The memory of one grant in a role set, in bytes: a map slot and its share of a string. */
const GRANT_BYTES = 100;
const ROLE_SET_BYTES = 1_000;

const getLimits = ({ keysTimeoutSeconds }: TrustConfig): GetLimits => ({
  ...GET_LIMITS,
  timeout: keysTimeoutSeconds * 1_000,
});

/**
 * Creates an authorizer from its parts.
 *
 * @example
 * import { type AuthorizerParts, createAuthorizer } from "./create-authorizer.ts";
 *
 * export const authorizeEvent = (parts: AuthorizerParts, event: unknown) => createAuthorizer(parts)(event);
 */
export function createAuthorizer({
  trust,
  layout,
  table,
  now,
  log,
  getJson = jsonGetter(getLimits(trust)),
  metrics = () => undefined,
  usageKeys,
  telemetrySink = () => undefined,
  onKeyRefresh = () => undefined,
  shadow,
}: AuthorizerParts): Authorizer {
  const createKeys = keysCreator(trust, now, table.persistedJwks, onKeyRefresh);
  const templates = trust.issuers.map(({ url }) => url).filter(isTemplate);
  const hosts = [...trust.issuerHosts, ...templates.map(templateHost)];
  const getOwn = hostGuard(hosts, getJson, trust.local ? getJson : publicGetter(getLimits(trust)));
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, getJson, now, table.persistedJwks, onKeyRefresh),
    tableIssuers: tableIssuers({
      trust,
      readItem: table.item,
      createKeys: (issuer, sortKey) => createKeys(issuer, getOwn, sortKey),
      now,
      ...table.ages,
    }),
    issuerItem: async (name) => (await table.catalogue()).issuers.get(name),
    issuerSwitch: table.issuerSwitch,
    now,
  });
  const limits = { maxBytes: CACHE_BYTES, ttl: TEN_MINUTES, now };
  const extras: ResponseExtras = {
    usageKeys,
    roleSets: boundedCache<RoleSet>({
      ...limits,
      sizeOf: ({ grantCount }) => ROLE_SET_BYTES + GRANT_BYTES * grantCount,
    }),
    policies: boundedCache<CompiledPolicy>({
      ...limits,
      sizeOf: (policy) => ("bytes" in policy ? 2 * policy.bytes : 0),
    }),
  };

  return handleRequests({
    layout,
    // A slow issuer's keys, and after them 1.5 s for the persisted ones and the rest.
    deadline: Math.max(DECISION_DEADLINE, trust.keysTimeoutSeconds * 1_000 + 1_500),
    now,
    log,
    metrics,
    telemetrySink,
    async decide(request, telemetry) {
      telemetry.correlationId = readCorrelationId(request.headers);
      const live: AuthorizeDeps = {
        layout,
        extras,
        async verifyToken(token) {
          const { claims, staleKeys } = await timeStep(telemetry.steps, "token", () => verify(token));
          telemetry.staleKeys = staleKeys;
          return claims;
        },
        async loadPermissions(caller) {
          const loaded = await timeStep(telemetry.steps, "permissions", () => table.load(caller));
          telemetry.stalePermissions = loaded.stale;
          telemetry.permissionsCached = loaded.cached;
          return loaded;
        },
      };
      const response = await authorize(
        parseRequest(request, layout),
        shadow?.(request, live, telemetry) ?? live,
      );
      return withCorrelationId(response, telemetry.correlationId, layout);
    },
  });
}
