import { z } from "zod";
import type { PolicyDocument } from "../../../core/policy/policy-document.ts";

/** What an authorizer returned, checked. */
export interface AuthorizerOutput {
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  /** All values as strings, as backends get them. */
  readonly context: Readonly<Record<string, string>>;
  /** An API key's value. */
  readonly usageIdentifierKey?: string | null | undefined;
}

/** Of the whole result as JSON text. */
const MAX_OUTPUT_BYTES = 8_192;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const resource = z.string().min(1).max(512, "a Resource has more than 512 characters");

// An empty list has contradictory reports, and NotAction and NotResource have none: all are refused.
const statement = z.strictObject({
  Sid: z.string().exactOptional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: z.union([z.string(), z.array(z.string()).min(1)]),
  Resource: z.union([resource, z.array(resource).min(1)]),
  Condition: z.record(z.string(), z.record(z.string(), z.union([scalar, z.array(scalar)]))).exactOptional(),
});

const output = z.object({
  principalId: z.string().min(1),
  policyDocument: z.strictObject({
    Version: z.enum(["2012-10-17", "2008-10-17"]),
    Id: z.string().optional(),
    Statement: z.array(statement).min(1),
  }),
  context: z
    .record(z.string(), scalar)
    .refine((context) => !Object.hasOwn(context, "claims"), "claims is a reserved key")
    .default({}),
  usageIdentifierKey: z.string().nullish(),
});

/**
 * Checks an authorizer's result: `principalId`, a policy in form, a flat context, 8,192 bytes at most.
 *
 * @returns the result, or in a few words, without its values, what is wrong
 */
export function readAuthorizerOutput(payload: unknown): AuthorizerOutput | string {
  const size = Buffer.byteLength(JSON.stringify(payload));
  if (size > MAX_OUTPUT_BYTES) return `the result has ${size} bytes, more than ${MAX_OUTPUT_BYTES}`;
  const result = output.safeParse(payload);
  if (result.success) return result.data;
  const places = result.error.issues.map(({ path }) => path.join(".") || "the whole");
  return `the result is malformed at: ${Array.from(new Set(places)).join(", ")}`;
}
