import type { ClaimReading } from "../model/claim-location.ts";
import type { ClaimShape } from "../model/claim-shape.ts";
import type { Party } from "../model/client-ceilings.ts";
import type { Binding, BindingSource, BoundValues } from "../model/grant.ts";
import type { IssuerName, RoleName, RouteKey, TenantId } from "../model/ids.ts";
import type { ClaimPath } from "../model/items.ts";
import type { DenyReason } from "./denial.ts";

/** A check that one of the functions that decide made, whether it denies the request, and the facts that it saw. */
type Checked<Name extends string, Facts> = Readonly<{ check: Name; denies: DenyReason | null } & Facts>;

/** A claim of the token, how it is read (null: as it is), and its shape. */
export interface ReadClaim {
  readonly claim: ClaimPath;
  readonly as: ClaimReading["as"] | null;
  readonly found: ClaimShape;
}

/** What a parameter of a bound route must be, and whether the request has it. */
export interface CheckedParameter {
  readonly name: string;
  /** `other`: the value of another caller. `spelling`: the caller's own value, in a spelling that no policy allows. */
  readonly verdict: "own" | "spelling" | "other";
  /** The spellings of the caller's own value that the policy allows. */
  readonly accepted: readonly string[];
}

/**
 * What one check of a decision found. The functions that decide report findings when they get a {@link Report}, and
 * every explanation is made of them. `denies` is the reason if this check alone denies the request, else null.
 */
export type Finding =
  /** The issuer left the roles out of the token. */
  | Checked<"roles_left_out", { claim: ClaimPath }>
  /** The claim with the tenants of the token, and the tenant that the request's selector names. */
  | Checked<
      "tenant_claim",
      ReadClaim & {
        tenants: number;
        /** The directory that issued the token and names the tenant instead of the claim; null if there is none. */
        directory: string | null;
        /** Undefined: the API has no selector. */
        selected: "empty" | "named" | "other" | undefined;
      }
    >
  /** A token of several tenants must have roles for each of them. */
  | Checked<"roles_per_tenant", ReadClaim & { tenants: number }>
  /** The claim with the roles of the token, and the roles that result from it in the tenant. */
  | Checked<"roles_claim", ReadClaim & { roles: readonly RoleName[] }>
  /** The claim with the scopes of the token. */
  | Checked<"scopes_claim", ReadClaim & { scopes: readonly string[] }>
  /** The issuer is trusted, and covers the tenant. */
  | Checked<"issuer", { issuer: IssuerName; tenant: TenantId; trusted: boolean }>
  /**
   * How the issuer's memberships count, null if it reads none, and how many there are for the caller, null if the table
   * is not read.
   */
  | Checked<
      "membership_source",
      { issuer: IssuerName; source: "merge" | "instead" | null; found: number | null }
    >
  /** One role of one membership. */
  | Checked<
      "membership",
      {
        item: string;
        role: RoleName;
        until: number | null;
        because: string;
        verdict: "counts" | "earlier_tenant" | "no_tenant" | "ended" | "incomplete_for_staff";
      }
    >
  /** A tenant that the token does not name needs a membership. */
  | Checked<"member", { tenant: TenantId }>
  /** The tenant is in the table; `spelling` is the id of one that differs in case only. */
  | Checked<"tenant", { tenant: TenantId; plan: string | null; spelling: TenantId | null }>
  /** The tenant accepts the issuer. */
  | Checked<"tenant_issuers", { tenant: TenantId; issuer: IssuerName }>
  /** The tenant lists the directory that issued the token. */
  | Checked<"tenant_directory", { tenant: TenantId; issuer: IssuerName }>
  /** The tenant is active. */
  | Checked<"tenant_status", { tenant: TenantId }>
  /** One revocation. */
  | Checked<
      "revocation",
      {
        item: string;
        before: number | null;
        until: number;
        /** The client that is revoked, alone in every tenant, or in this one as `ISSUER#CLIENT`; undefined: a token or a subject. */
        client?: string | undefined;
        verdict: "revokes" | "earlier_tenant" | "no_tenant" | "ended" | "issued_later";
      }
    >
  /** The caller has at least one role. */
  | Checked<"no_roles", { tenant: TenantId }>
  /** A role of the caller that the tenant does not have. */
  | Checked<
      "role_held",
      {
        tenant: TenantId;
        role: RoleName;
        plan: string | null;
        verdict: "unknown" | "not_in_plan" | "removed";
      }
    >
  /** What one of the caller's roles says about the route; `changed`: the tenant takes the route from the role. */
  | Checked<
      "role_grants",
      {
        route: RouteKey;
        tenant: TenantId;
        role: RoleName;
        bindings: readonly Binding[];
        verdict: "grants" | "not_granted" | "changed";
      }
    >
  /** The route is in the tenant's `never`. */
  | Checked<"never", { route: RouteKey; tenant: TenantId }>
  /** The ceiling of the tenant's plan has the route, or not. */
  | Checked<"ceiling", { route: RouteKey; plan: string }>
  /**
   * What the ceiling of the caller's client or delegate says about the route: `tenant`: it is for other tenants; `changed`:
   * the tenant takes the route from it. The entry is null for the default.
   */
  | Checked<
      "client_ceiling",
      {
        route: RouteKey;
        tenant: TenantId;
        issuer: IssuerName;
        party: Party;
        entry: string | null;
        verdict: "within" | "outside" | "tenant" | "changed";
      }
    >
  /** Scopes of the token that do not count for the caller's client or delegate. */
  | Checked<
      "client_scopes",
      { issuer: IssuerName; party: Party; entry: string | null; removed: readonly string[] }
    >
  /** The caller has the scopes that the route needs. */
  | Checked<"scopes", { route: RouteKey; needed: readonly string[]; missing: readonly string[] }>
  /** A policy can carry the caller's values for a binding. */
  | Checked<
      "binding",
      {
        route: RouteKey;
        binding: Binding;
        /** The first value that no policy can carry; undefined if all can be carried. */
        problem:
          | {
              readonly parameter: string;
              /** Undefined: the binding has no source for the parameter. */
              readonly source: BindingSource | undefined;
              readonly verdict: "empty" | "not_encodable" | "not_owned" | "sources_differ" | "too_many";
            }
          | undefined;
      }
    >
  /** The route is granted, if the request has one of the alternatives. */
  | Checked<"granted", { route: RouteKey; alternatives: readonly BoundValues[] }>
  /** The resources of the bound routes are within API Gateway's limit. */
  | Checked<"resource_length", { limit: number }>
  /** The context and the principal are within API Gateway's limits. */
  | Checked<
      "context_size",
      {
        bytes: number;
        limit: number;
        /** The bytes of each key and its value, the longest first. */
        keys: readonly (readonly [key: string, bytes: number])[];
        principalBytes: number;
        principalLimit: number;
      }
    >
  /** The policy allows the request's own path. */
  | Checked<
      "request",
      {
        route: RouteKey;
        verdict:
          | "allowed"
          | "bound_value"
          | "empty_segment"
          | "extra_segment"
          | "resource_length"
          | "path_spelling";
        /** The parameters of the alternative of which the request has most. */
        parameters: readonly CheckedParameter[];
      }
    >
  /** The reason that the caller gets, where one response covers several routes. */
  | Checked<"response", { reason: DenyReason; group: string }>;

/** Receives the findings of a decision, in the order in which the checks are made. */
export type Report = (finding: Finding) => void;

/**
 * Makes a decision, and returns its result with what it reported.
 *
 * @example
 * import { tenantId } from "../model/ids.ts";
 * import { collectFindings } from "./finding.ts";
 *
 * const { result, findings } = collectFindings((report) => {
 *   report({ check: "no_roles", denies: "no_role", tenant: tenantId("acme") });
 *   return "denied";
 * });
 * [result, findings.length]; // => ["denied",1]
 */
export function collectFindings<T>(decide: (report: Report) => T): {
  readonly result: T;
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const result = decide((finding) => {
    findings.push(finding);
  });
  return { result, findings };
}

/** Returns the finding that decides: the first that denies; undefined if none does. */
export const decisiveFinding = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ denies }) => denies !== null);

/** The finding of one check. */
export type FindingOf<Name extends Finding["check"]> = Extract<Finding, { readonly check: Name }>;
