import * as z from "zod";
import type { Reading } from "../../model/claim-location.ts";
import { closed, nonEmpty } from "./closed-schema.ts";

export const claimName = nonEmpty.refine(
  (claim) => claim !== "__proto__",
  'a claim cannot be called "__proto__"',
);
const path = z.array(claimName).min(1);
export const claimPath = z
  .union([claimName, path])
  .describe("A claim's exact name, or the path to a nested claim as a list.");

const as = <const Names extends readonly [Reading, ...Reading[]]>(...names: Names) =>
  z.enum(names).describe("How the claim is read. Without it, the claim is a name or a list of names.");

/** The readings that list names, whatever the tenant. */
const LISTS = ["keys", "member", "commas", "spaces", "json"] as const;

const member = nonEmpty
  .optional()
  .meta({ examples: ["key"] })
  .describe("For as: member: the member of each object that is the name, such as key.");
const form = nonEmpty
  .optional()
  .meta({ examples: ["{tenant}:{role}"] })
  .describe('For as: tenant_role: how a name is written, such as "{tenant}:{role}" or "/{tenant}/{role}".');
const writtenBy = z
  .literal("operator")
  .optional()
  .describe(
    "For as: tenant_role: states that only you, as the operator, create groups, and never a tenant's administrator. Required if the issuer covers every tenant.",
  );

/** Where a token holds what: a claim, or a claim and how it is read. */
export const claimsSchema = closed({
  tenant: z
    .union([
      claimName,
      path,
      closed({
        claim: claimPath,
        as: as(...LISTS, "integer", "tenant_role"),
        member,
        form,
        written_by: writtenBy,
      }),
    ])
    .optional()
    .describe("The claim that holds the tenant's id."),
  roles: z
    .union([
      claimName,
      path,
      closed({
        claim: claimPath,
        as: as(...LISTS, "tenant_path", "tenant_keys", "tenant_role"),
        member,
        form,
        written_by: writtenBy,
      }),
    ])
    .optional()
    .describe("The claim that holds the roles, or groups."),
  scopes: z
    .union([claimName, path, closed({ claim: claimPath, as: as(...LISTS), member })])
    .optional()
    .describe("The claim that holds the scopes."),
  subject: z
    .union([
      claimName,
      path,
      closed({
        claim: claimPath.optional(),
        as: as("integer").optional(),
        first: z
          .array(claimName)
          .min(2)
          .optional()
          .describe(
            "Claims, of which the first one that is there is the subject. The others name clients: their subjects begin with client:.",
          ),
      }),
    ])
    .optional()
    .describe("The claim that holds the subject."),
});
export type ClaimsFile = z.output<typeof claimsSchema>;
