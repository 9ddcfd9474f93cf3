import * as z from "zod";
import { identifier, tenantId, tenantSchema } from "../../core/policy-files/model/schemas.ts";
import { StoreError } from "./store-error.ts";

const line = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected a string on one line");
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name of letters, digits, '.', '_' and '-'");
const seconds = z.int().positive().max(253_402_300_799);

/** The fields of a tenant that can be written at run time. */
export const tenantInput = z.strictObject({
  id: tenantId,
  /** Absent: an existing tenant keeps what it has. */
  name: tenantSchema.shape.name,
  plan: tenantSchema.shape.plan,
  /** Absent: an existing tenant keeps its issuers. Null: every issuer that covers the tenant. */
  issuers: tenantSchema.shape.issuers.unwrap().nullish(),
  /**
   * Absent: an existing tenant keeps its status, and a new one is active. So a suspended tenant is only reinstated
   * explicitly.
   */
  status: tenantSchema.shape.status.unwrap().optional(),
});
/** A tenant to create or change. */
export type TenantInput = z.input<typeof tenantInput>;

const member = z.union([
  z.strictObject({ subject: line, issuer: name.optional() }),
  z.strictObject({ client: identifier.max(512), issuer: name.optional() }),
]);

/** A role for a subject or a client in a tenant. */
export const membershipInput = z.strictObject({
  tenant: tenantId,
  /** A `subject` or a `client` of an issuer. The issuer is optional if only one issuer uses memberships. */
  to: member,
  role: name,
  /** When the role ends, in seconds since 1970; absent means never. */
  until: seconds.optional(),
  reason: line.optional(),
});
/** A role to give to a subject or a client. */
export type MembershipInput = z.input<typeof membershipInput>;

/** The role to remove; without `role`, all roles. */
export const removalInput = membershipInput
  .pick({ tenant: true, to: true })
  .extend({ role: name.optional() });
/** A role to remove from a subject or a client. */
export type RemovalInput = z.input<typeof removalInput>;

/** The name of an issuer of the catalogue. */
export const issuerInput = name;

/** A key of an issuer, by the id that its key set and the tokens' headers have. */
export const issuerKeyInput = z.strictObject({ issuer: name, kid: line });
/** A key to deny or to allow again. */
export type IssuerKeyInput = z.input<typeof issuerKeyInput>;

const what = z.union([
  z.strictObject({ token: line }),
  z.strictObject({ subject: line, issuer: name.optional() }),
  z.strictObject({ issuedBefore: seconds }),
]);

/**
 * The tokens that are denied in a tenant, and until when. Times are in seconds since 1970. Choose `until` so late that
 * the tokens have expired by then.
 */
export const revocationInput = z.strictObject({ tenant: tenantId, what, until: seconds });
/** A revocation to write. */
export type RevocationInput = z.input<typeof revocationInput>;

/** The revocation to remove: of a token, of a subject, or by the time of issue. */
export const undoInput = z.strictObject({
  tenant: tenantId,
  what: z.union([
    z.strictObject({ token: line }),
    z.strictObject({ subject: line, issuer: name.optional() }),
    z.strictObject({ issued: z.literal(true) }),
  ]),
});
/** A revocation to remove. */
export type UndoInput = z.input<typeof undoInput>;

/** Parses input by its schema. @throws StoreError `input_invalid` with every problem */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "input"}: ${message}`);
  throw new StoreError("input_invalid", problems.join("; "));
}
