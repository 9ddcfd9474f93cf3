import type { IssuerName, Subject, TenantId } from "../model/ids.ts";
import type { Caller } from "./caller.ts";

/** Why a valid token may not. Lower case and underscores only: error templates do not escape. */
export const REASONS = [
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
export type Reason = (typeof REASONS)[number];

/** A valid token that may not: answered with an explicit Deny, so with 403. */
export interface Refusal {
  readonly reason: Reason;
  readonly subject?: Subject;
  readonly tenant?: TenantId;
  readonly issuer?: IssuerName;
}

export const refuse = (reason: Reason): Refusal => ({ reason });

/** A refusal that says whose. */
export const refusalOf = (
  { subject, tenant, issuer }: Pick<Caller, "subject" | "tenant" | "issuer">,
  reason: Reason,
): Refusal => ({ reason, subject, tenant, ...(issuer !== null && { issuer }) });

export const isRefusal = (value: object): value is Refusal => "reason" in value;
