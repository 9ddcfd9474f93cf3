import type { IssuerName, Subject, TenantId } from "../model/ids.ts";
import type { Delegate } from "./delegates.ts";

/**
 * The reasons why a request with a valid token is denied. Lower case and underscores only: error templates do
 * not escape.
 */
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

/** The denial of a request with a valid token. The response is a policy with an explicit Deny (403). */
export interface Denial {
  readonly reason: DenyReason;
  readonly subject?: Subject;
  readonly tenant?: TenantId;
  readonly issuer?: IssuerName;
  /** The client of the token; empty if it does not name exactly one. */
  readonly clientId?: string;
  readonly delegates?: readonly Delegate[];
}

/** Creates a denial whose caller is not known. */
export const denial = (reason: DenyReason): Denial => ({ reason });

/** Creates a denial that names the caller. */
export const denialFor = (
  {
    subject,
    tenant,
    issuer,
    clientId,
    delegates,
  }: {
    subject: Subject;
    tenant: TenantId;
    issuer: IssuerName | null;
    clientId: string | null;
    delegates: readonly Delegate[];
  },
  reason: DenyReason,
): Denial => ({
  reason,
  subject,
  tenant,
  ...(issuer !== null && { issuer }),
  ...(clientId !== null && { clientId }),
  ...(delegates.length > 0 && { delegates }),
});

/** Returns whether a result is a denial. */
export const isDenial = (value: object): value is Denial => "reason" in value;
