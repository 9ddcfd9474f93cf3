import type { Caller } from "../decision/caller.ts";
import type { Denial, DenyReason } from "../decision/denial.ts";
import type { Permissions } from "../decision/permissions.ts";

/** Flat strings of printable ASCII, as API Gateway passes them to backends and templates. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** Of the context's JSON, in bytes. */
export const MAX_CONTEXT_BYTES = 1_024;
/** Of `principalId`, in bytes. */
export const MAX_PRINCIPAL_BYTES = 256;

/** The keys that Portcullis itself writes; a passed claim may not take one, nor API Gateway's own. */
export const RESERVED_KEYS: readonly string[] = [
  "userId",
  "tenantId",
  "roles",
  "plan",
  "scopes",
  "issuer",
  "actor",
  "tokenId",
  "policyVersion",
  "correlationId",
  "group",
  "reason",
  "principalId",
  "claims",
  "integrationLatency",
];

/** What backends read of the caller. `reason` is for the error template of a request that the policy refuses. */
export function createContext(
  { caller, roles, plan, actor, version }: Permissions,
  reason: DenyReason,
): AuthorizerContext {
  return encodeAll(caller.forwardedClaims, {
    userId: caller.subject,
    tenantId: caller.tenant,
    roles: roles.join(","),
    plan: plan ?? "",
    scopes: caller.scopes.join(" "),
    issuer: caller.issuer ?? "",
    actor: actor ?? "",
    tokenId: caller.tokenId,
    policyVersion: version,
    reason,
  });
}

const NONE_PASSED: Caller["forwardedClaims"] = new Map();

/** The context of a refusal: for access logs and the error template, no backend is reached. */
export function denialContext(
  { reason, subject, tenant, issuer }: Denial,
  version: string | undefined,
): AuthorizerContext {
  const known = {
    userId: subject ?? "",
    tenantId: tenant ?? "",
    issuer: issuer ?? "",
    policyVersion: version ?? "",
    reason,
  };
  const context = encodeAll(NONE_PASSED, known);
  return fitsContext(context) ? context : { reason };
}

/** Of its JSON, which is ASCII. */
export const countContextBytes = (context: AuthorizerContext): number => JSON.stringify(context).length;

export const fitsContext = (context: AuthorizerContext): boolean =>
  countContextBytes(context) <= MAX_CONTEXT_BYTES;

export const principalIdFor = (caller: { readonly subject?: Caller["subject"] }): string =>
  encodeValue(caller.subject ?? "");

/** Empty values are left out: what AWS makes of an empty string in a context is not documented. */
function encodeAll(
  passed: Caller["forwardedClaims"],
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [key, value] of passed)
    if (value !== "" && !RESERVED_KEYS.includes(key)) context[key] = encodeValue(value);
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== "") context[key] = encodeValue(value);
  }
  return context;
}

const PLAIN = /^[ !#$&-[\]-~]*$/;

/**
 * Percent-encodes what is not printable ASCII, `%` itself, so that no two values become one, and `"` and `\`,
 * for access logs and error templates are JSON into which API Gateway puts values as they are.
 */
export const encodeValue = (value: string): string =>
  PLAIN.test(value) ? value : value.replace(/[^ !#$&-[\]-~]+/gu, encodeURIComponent);
