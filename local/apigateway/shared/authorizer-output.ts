import * as z from "zod";
import type { PolicyDocument } from "../../../core/policy/policy-document.ts";

/** An authorizer's result, checked. */
export interface AuthorizerOutput {
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  /** All values as strings, the form in which backends get them. */
  readonly context: Readonly<Record<string, string>>;
  /** The value of the caller's API key. */
  readonly usageIdentifierKey?: string | null | undefined;
}

/** The limit for the whole result as a JSON string. */
const MAX_OUTPUT_BYTES = 8_192;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const resource = z.string().min(1).max(512, "a Resource has more than 512 characters");

// Reports about empty lists contradict each other, and NotAction and NotResource are untested: all are rejected.
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
 * Checks an authorizer's result: `principalId`, a well-formed policy, a flat context, 8,192 bytes at most.
 *
 * @returns the result, or a string that says what is wrong, without any of its values
 */
export function readAuthorizerOutput(payload: unknown): AuthorizerOutput | string {
  const size = Buffer.byteLength(JSON.stringify(payload));
  if (size > MAX_OUTPUT_BYTES) return `the result has ${size} bytes, more than ${MAX_OUTPUT_BYTES}`;
  const result = output.safeParse(payload);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path }) => path.join(".") || "the root");
  return `the result is malformed at: ${Array.from(new Set(paths)).join(", ")}`;
}
