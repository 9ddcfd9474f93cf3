import type { AuthorizeDeps, ResponseExtras } from "../../core/decision/authorize.ts";
import type { RoleSet } from "../../core/decision/permissions.ts";
import type { UsageKeys } from "../../core/decision/usage-plan.ts";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import { boundedCache } from "../../runtime/cache/bounded-cache.ts";
import { GET_LIMITS, type GetJson, type GetLimits, jsonGetter } from "../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import { functionGetter, type GetterOf } from "../../runtime/jwt/issuer-getter.ts";
import { hostGuard, publicGetter } from "../../runtime/jwt/issuer-hosts.ts";
import { isTemplate, templateHost } from "../../runtime/jwt/issuer-template.ts";
import { keySets, keysCreator } from "../../runtime/jwt/key-sets.ts";
import { tableIssuers } from "../../runtime/jwt/table-issuers.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import type { PermissionsTable } from "../../runtime/table/permissions-table.ts";
import { type Telemetry, timeStep } from "../../runtime/telemetry/telemetry.ts";
import { DECISION_DEADLINE } from "./handle-request.ts";

/** The parts that verify tokens and read permissions. None of them reads an environment variable. */
export interface DeciderParts {
  readonly trust: TrustConfig;
  readonly table: PermissionsTable;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
  /** Fetches the issuers' documents; over HTTPS by default. */
  readonly getJson?: GetJson;
  /** Derives API keys; absent when plans are not enforced. */
  readonly usageKeys?: UsageKeys | undefined;
  /** Called after every attempt to fetch an issuer's keys. */
  readonly onKeyRefresh?: (failed: boolean) => void;
}

/** What verifies tokens and reads permissions, with the caches that all requests share. */
export interface Decider {
  readonly extras: ResponseExtras;
  /** Returns the dependencies of one decision, which measure its steps. */
  depsFor(telemetry: Telemetry): Pick<AuthorizeDeps, "verifyToken" | "loadPermissions">;
  /** The longest that a decision may take, in ms. */
  readonly deadline: number;
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

/** Creates what decides, from the authorizer's parts. */
export function createDecider({
  trust,
  table,
  now,
  getJson,
  usageKeys,
  onKeyRefresh = () => undefined,
}: DeciderParts): Decider {
  const createKeys = keysCreator(trust, now, table.persistedJwks, onKeyRefresh);
  const templates = trust.issuers.map(({ url }) => url).filter(isTemplate);
  const hosts = [...trust.issuerHosts, ...templates.map(templateHost)];
  const limits = getLimits(trust);
  const getAny = getJson ?? jsonGetter(limits);
  const getterOf: GetterOf = getJson ? () => getJson : functionGetter(limits, trust.local);
  const getOwn = hostGuard(trust.issuerHosts, getAny, trust.local ? getAny : publicGetter(limits));
  // Directories have the settings of their configured issuer.
  const isConfigured = ({ name }: IssuerConfig) => trust.issuers.some((issuer) => issuer.name === name);
  const getterInTable = (issuer: IssuerConfig): GetJson =>
    isConfigured(issuer) ? hostGuard(hosts, getterOf(issuer), getterOf(issuer)) : getOwn;
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, getterOf, now, table.persistedJwks, onKeyRefresh),
    tableIssuers: tableIssuers({
      trust,
      readItem: table.item,
      createKeys: (issuer, sortKey) => createKeys(issuer, getterInTable(issuer), sortKey),
      now,
      ...table.ages,
    }),
    issuerItem: async (name) => (await table.catalogue()).issuers.get(name),
    issuerSwitch: table.issuerSwitch,
    now,
  });
  const cacheLimits = { maxBytes: CACHE_BYTES, ttl: TEN_MINUTES, now };
  const extras: ResponseExtras = {
    usageKeys,
    roleSets: boundedCache<RoleSet>({
      ...cacheLimits,
      sizeOf: ({ grantCount }) => ROLE_SET_BYTES + GRANT_BYTES * grantCount,
    }),
    policies: boundedCache<CompiledPolicy>({
      ...cacheLimits,
      sizeOf: (policy) => ("bytes" in policy ? 2 * policy.bytes : 0),
    }),
  };

  return {
    extras,
    // A slow issuer's keys, and after them 1.5 s for the persisted ones and the rest.
    deadline: Math.max(DECISION_DEADLINE, trust.keysTimeoutSeconds * 1_000 + 1_500),
    depsFor: (telemetry) => ({
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
    }),
  };
}
