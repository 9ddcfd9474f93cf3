import type { IssuerName, Subject, TenantId } from "../model/ids.ts";

/** Why a valid token may not. Lower case and underscores only: error templates do not escape. */
export const DENY_REASONS = [
  "no_tenant",
  "unknown_tenant",
  "tenant_suspended",
  "issuer_not_allowed",
  "no_role",
  "roles_not_per_tenant",
  "groups_overage",
  "scope_missing",
  "revoked",
  "context_too_large",
  "binding_not_expressible",
  "route_not_granted",
] as const;
export type DenyReason = (typeof DENY_REASONS)[number];

/** A valid token that may not: answered with an explicit Deny, so with 403. */
export interface Denial {
  readonly reason: DenyReason;
  readonly subject?: Subject;
  readonly tenant?: TenantId;
  readonly issuer?: IssuerName;
}

export const denial = (reason: DenyReason): Denial => ({ reason });

/** A refusal that says whose. */
export const denialFor = (
  { subject, tenant, issuer }: { subject: Subject; tenant: TenantId; issuer: IssuerName | null },
  reason: DenyReason,
): Denial => ({ reason, subject, tenant, ...(issuer !== null && { issuer }) });

export const isDenial = (value: object): value is Denial => "reason" in value;
