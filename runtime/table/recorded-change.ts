import type { TenantRules } from "../../core/policy-files/model/written-rules.ts";

/** A tenant's rules as they were written, and what they are compiled to. Undefined attributes are absent. */
export type RulesContent = { readonly [Key in "rules" | "needs" | keyof TenantRules]?: unknown };

/**
 * What an entry of the history did: one change, or the changes of an import that were written together. Times are in
 * seconds since 1970.
 */
export type RecordedChange =
  | SingleChange
  | { readonly kind: "import"; readonly changes: readonly SingleChange[] };

/** Returns the changes of an entry: one, or those of an import. */
export const singleChanges = (change: RecordedChange): readonly SingleChange[] =>
  change.kind === "import" ? change.changes : [change];

/** One change, with everything that is needed to make it again after a restore of the table to an earlier time. */
export type SingleChange =
  | { readonly kind: "suspend-tenant" | "reinstate-tenant" | "remove-tenant" }
  | {
      readonly kind: "put-tenant";
      readonly status?: string | undefined;
      readonly plan?: string | undefined;
      readonly issuers?: readonly string[] | null | undefined;
      readonly directories?: Readonly<Record<string, string | null>> | null | undefined;
      /** What the tenant's item has of its rules after the change; absent if it has none. */
      readonly rules?: RulesContent | undefined;
    }
  /** The tenant's content stays. @see rules in {@link RulesContent}, for run time */
  | { readonly kind: "move-tenant"; readonly to: "files" | "runtime"; readonly rules?: unknown }
  | {
      readonly kind: "revoke";
      readonly sk: string;
      readonly before?: number | undefined;
      /** As `ISSUER#CLIENT`; absent for another revocation. */
      readonly client?: string | undefined;
      readonly until: number;
    }
  | { readonly kind: "undo-revocation"; readonly sk: string; readonly client?: string | undefined }
  | {
      readonly kind: "grant";
      readonly sk: string;
      readonly role: string;
      readonly until?: number | undefined;
      readonly reason?: string | undefined;
    }
  /** Without `role`, all roles. */
  | { readonly kind: "ungrant"; readonly sk: string; readonly role?: string | undefined }
  | { readonly kind: "suspend-issuer" | "reinstate-issuer" }
  | { readonly kind: "deny-key" | "allow-key"; readonly kid: string }
  | { readonly kind: "revoke-client"; readonly client: string; readonly until: number }
  | { readonly kind: "undo-client"; readonly client: string };
