import type { TenantRules } from "../../core/policy-files/model/written-rules.ts";

/**
 * A tenant to create or change. `changes`, `never`, `roles` and `clients` are those of a tenant's policy file, and are checked
 * as there. Absent: an existing tenant keeps what it has. Null removes all of it.
 */
export interface TenantInput extends NullableRules {
  readonly id: string;
  /** Absent: an existing tenant keeps what it has. */
  readonly name?: string | undefined;
  readonly plan?: string | undefined;
  /** Absent: an existing tenant keeps its issuers. Null: every issuer that covers the tenant. */
  readonly issuers?: readonly string[] | null | undefined;
  /**
   * The tenant's directories by their issuers, such as its user pool. An existing tenant keeps those of issuers that are not
   * given. Null instead of a name removes one, and null instead of the directories removes all.
   */
  readonly directories?: Readonly<Record<string, string | null>> | null | undefined;
  /**
   * Absent: an existing tenant keeps its status, and a new one is active. So a suspended tenant is only reinstated
   * explicitly.
   */
  readonly status?: "active" | "suspended" | undefined;
}

type NullableRules = { readonly [Key in keyof TenantRules]?: TenantRules[Key] | null };

/** A `subject` or a `client` of an issuer. The issuer is optional if only one issuer uses memberships. */
export type MemberInput =
  | { readonly subject: string; readonly issuer?: string | undefined }
  | { readonly client: string; readonly issuer?: string | undefined };

/** A role to give to a subject or a client. */
export interface MembershipInput {
  readonly tenant: string;
  readonly to: MemberInput;
  readonly role: string;
  /** When the role ends, in seconds since 1970; absent means never. */
  readonly until?: number | undefined;
  readonly reason?: string | undefined;
}

/** A role to remove from a subject or a client; without `role`, all roles. */
export interface RemovalInput {
  readonly tenant: string;
  readonly to: MemberInput;
  readonly role?: string | undefined;
}

/** A key to deny or to allow again, by the id that the issuer's key set and the tokens' headers have. */
export interface IssuerKeyInput {
  readonly issuer: string;
  readonly kid: string;
}

/** Every tenant, in which only a client can be revoked. No tenant has this id. */
export const EVERY_TENANT = "*";

/** A client of an issuer, by its id. The issuer is optional if only one issuer uses memberships, or if there is only one. */
export interface ClientInput {
  readonly client: string;
  readonly issuer?: string | undefined;
}

/**
 * The tokens to deny in a tenant, and until when. `*` is every tenant, for a client only. Times are in seconds since 1970. Choose `until` so late that the tokens
 * have expired by then.
 */
export interface RevocationInput {
  readonly tenant: string;
  readonly what:
    | { readonly token: string }
    | { readonly subject: string; readonly issuer?: string | undefined }
    | ClientInput
    | { readonly issuedBefore: number };
  readonly until: number;
}

/** The revocation to remove: of a token, of a subject, of a client, or by the time of issue. */
export interface UndoInput {
  readonly tenant: string;
  readonly what:
    | { readonly token: string }
    | { readonly subject: string; readonly issuer?: string | undefined }
    | ClientInput
    | { readonly issued: true };
}
