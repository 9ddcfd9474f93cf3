import * as z from "zod";
import { directory, identifier, tenantId } from "../../core/policy-files/model/name-schemas.ts";
import { tenantSchema } from "../../core/policy-files/model/schemas.ts";
import { joinWithOr } from "../../core/policy-files/source/suggestion.ts";
import {
  EVERY_TENANT,
  type IssuerKeyInput,
  type MembershipInput,
  type RemovalInput,
  type RevocationInput,
  type TenantInput,
  type UndoInput,
} from "./input-types.ts";
import { StoreError } from "./store-error.ts";

const line = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected a string on one line");
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name of letters, digits, '.', '_' and '-'");
const TIME = "expected a time in whole seconds since 1970";
const seconds = z.int(TIME).positive(TIME).max(253_402_300_799, TIME);

/** The fields of a tenant that can be written at run time. */
export const tenantInput = z.strictObject({
  id: tenantId,
  name: tenantSchema.shape.name,
  plan: tenantSchema.shape.plan,
  issuers: tenantSchema.shape.issuers.unwrap().nullish(),
  directories: z.record(name, directory.nullable()).nullish(),
  // The code that reads tenants' files checks these, with the names that the table has.
  changes: z.custom<TenantInput["changes"]>().optional(),
  never: z.custom<TenantInput["never"]>().optional(),
  roles: z.custom<TenantInput["roles"]>().optional(),
  clients: z.custom<TenantInput["clients"]>().optional(),
  status: tenantSchema.shape.status.unwrap().optional(),
}) satisfies z.ZodType<unknown, TenantInput>;

const member = z.union(
  [
    z.strictObject({ subject: line, issuer: name.optional() }),
    z.strictObject({ client: identifier.max(512), issuer: name.optional() }),
  ],
  "expected an object with subject or client, a string of 1 to 512 characters on one line, and optionally issuer",
);

/** A role for a subject or a client in a tenant. */
export const membershipInput = z.strictObject({
  tenant: tenantId,
  to: member,
  role: name,
  until: seconds.optional(),
  reason: line.optional(),
}) satisfies z.ZodType<unknown, MembershipInput>;

/** The role to remove; without `role`, all roles. */
export const removalInput = membershipInput
  .pick({ tenant: true, to: true })
  .extend({ role: name.optional() }) satisfies z.ZodType<unknown, RemovalInput>;

/** The name of an issuer of the catalogue. */
export const issuerInput = name;

/** A key of an issuer, by the id that its key set and the tokens' headers have. */
export const issuerKeyInput = z.strictObject({
  issuer: name,
  kid: line,
}) satisfies z.ZodType<unknown, IssuerKeyInput>;

const revoked = [
  z.strictObject({ token: line }),
  z.strictObject({ subject: line, issuer: name.optional() }),
  z.strictObject({ client: identifier.max(512), issuer: name.optional() }),
] as const;
const forClient = ({ tenant, what }: { tenant: string; what: object }): boolean =>
  tenant !== EVERY_TENANT || "client" in what;
const ONLY_CLIENTS = { path: ["tenant"], error: "in every tenant (*) only a client can be revoked" };

/** The tokens to deny in a tenant. */
export const revocationInput = z
  .strictObject({
    tenant: z.union([z.literal(EVERY_TENANT), tenantId]),
    what: z.union(
      [...revoked, z.strictObject({ issuedBefore: seconds })],
      "expected an object with one of token, subject, client and issuedBefore; issuer only with subject or client",
    ),
    until: seconds,
  })
  .refine(forClient, ONLY_CLIENTS) satisfies z.ZodType<unknown, RevocationInput>;

/** The revocation to remove: of a token, of a subject, of a client, or by the time of issue. */
export const undoInput = z
  .strictObject({
    tenant: z.union([z.literal(EVERY_TENANT), tenantId]),
    what: z.union(
      [...revoked, z.strictObject({ issued: z.literal(true) })],
      "expected an object with one of token, subject, client and issued; issuer only with subject or client",
    ),
  })
  .refine(forClient, ONLY_CLIENTS) satisfies z.ZodType<unknown, UndoInput>;

/** Parses input by its schema. @throws StoreError `input_invalid` with every problem */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input, { error: explainIssue });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "input"}: ${message}`);
  throw new StoreError("input_invalid", problems.join("; "));
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** Explains a problem of a schema that has no message of its own, without the value. */
const explainIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return `${issue.input === undefined ? "missing; " : ""}expected ${KINDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected ${joinWithOr(issue.values.map(String))}`;
    case "unrecognized_keys":
      return `unknown member ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "too_small":
      return issue.minimum === 1 ? "must not be empty" : undefined;
    case "too_big":
      return issue.origin === "string" ? `expected at most ${issue.maximum} characters` : undefined;
    default:
      return undefined;
  }
};
