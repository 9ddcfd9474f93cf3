import * as z from "zod";
import { tenantId, tenantSchema } from "../../core/policy-files/model/schemas.ts";
import { StoreError } from "./store-error.ts";

const text = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected a text on one line");
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name");
const seconds = z.int().positive().max(253_402_300_799);

/** The fields of a tenant's file that sign-up may write. */
export const tenantInput = tenantSchema.pick({ name: true, plan: true, issuers: true }).extend({
  id: tenantId,
  /** Absent: it stays as it is, so that a suspended tenant is reinstated by nothing else; a new one is active. */
  status: tenantSchema.shape.status.unwrap().optional(),
});
export type TenantInput = z.input<typeof tenantInput>;

const person = z.union([
  z.strictObject({ subject: text, issuer: name.optional() }),
  z.strictObject({ client: text, issuer: name.optional() }),
]);

/** A role for a person or a client in a tenant. */
export const membershipInput = z.strictObject({
  tenant: tenantId,
  /** Whom: a `subject`, or a `client`, of an issuer; the issuer may be left out where only one uses memberships. */
  to: person,
  role: name,
  /** When it ends, in seconds since 1970. */
  until: seconds.optional(),
  reason: text.optional(),
});
export type MembershipInput = z.input<typeof membershipInput>;

/** What is taken away: one role, or with none named all of them. */
export const removalInput = membershipInput
  .pick({ tenant: true, to: true })
  .extend({ role: name.optional() });
export type RemovalInput = z.input<typeof removalInput>;

const what = z.union([
  z.strictObject({ token: text }),
  z.strictObject({ subject: text, issuer: name.optional() }),
  z.strictObject({ issuedBefore: seconds }),
]);

/** What a tenant is no longer to answer, and how long that is to be remembered. */
export const revocationInput = z.strictObject({ tenant: tenantId, what, until: seconds });
export type RevocationInput = z.input<typeof revocationInput>;

export const undoInput = z.strictObject({
  tenant: tenantId,
  what: z.union([
    z.strictObject({ token: text }),
    z.strictObject({ subject: text, issuer: name.optional() }),
    z.strictObject({ issued: z.literal(true) }),
  ]),
});
export type UndoInput = z.input<typeof undoInput>;

/** @throws StoreError `input_invalid` */
export function checked<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "input"}: ${message}`);
  throw new StoreError("input_invalid", problems.join("; "));
}
