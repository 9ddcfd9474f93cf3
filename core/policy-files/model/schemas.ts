import * as z from "zod";
import { CLAIM_KEY } from "../source/names.ts";

/** An object without other keys; its error lists the keys that there are, for the near miss. */
function closed<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).filter((key) => key !== "$schema");
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? keys.join(", ") : undefined),
  });
}

const text = z.string().min(1);
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name of letters, digits, '.', '_' and '-'");
/** A tenant's id may be whatever the issuer writes into the token, on one line. */
export const tenantId = z
  .string()
  .min(1, { abort: true })
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected a text on one line")
  .refine(
    (id) => id !== "*",
    '"*" is no tenant\'s id: it stands alone, as in tenants: "*", for every tenant',
  );
const selector = text.describe(
  "A permission, `documents.*`, or `GET|POST /documents/{documentId}`; `*` is any parameter, `**` any rest.",
);
const bindingSource = z
  .string()
  .regex(/^(subject|tenant|claim\.[A-Za-z][A-Za-z0-9_]*)$/, "expected subject, tenant or claim.<name>")
  .describe(
    "What the parameter must equal: subject, tenant, or claim.<name> of a claim that the issuer passes.",
  );
const where = z
  .record(text, bindingSource)
  .describe("Parameters that must equal the caller's own values, all at once.");

export const allowEntry = z.union([selector, closed({ route: selector, where: where.optional() })]);
const exceptList = z.array(selector).describe("Taken from this role; another role may still give it.");

const roleShape = {
  description: text.optional(),
  extends: z.array(name).optional().describe("Roles whose grants this one has too."),
  allow: z.array(allowEntry).optional(),
  except: exceptList.optional(),
};
export const roleSchema = closed({ $schema: text.optional(), ...roleShape });

const plan = closed({
  description: text.optional(),
  ceiling: z.array(selector).describe("Routes outside it are refused whatever the role."),
  roles: z.array(name).optional().describe("The shared roles that a tenant of this plan has; absent: all."),
  throttle: closed({ rate: z.number().positive(), burst: z.int().positive() })
    .optional()
    .describe("Requests a second, and how many at once."),
  quota: closed({ limit: z.int().positive(), period: z.enum(["DAY", "WEEK", "MONTH"]) })
    .optional()
    .describe("Requests in a day, week or month of UTC."),
});
export const plansSchema = z.record(name, plan);

const roleChange = z.union([z.literal("none"), closed({ except: exceptList })], {
  error: "expected none or { except: […] }",
});

export const tenantSchema = closed({
  $schema: text.optional(),
  id: tenantId.optional().describe("As in the token; absent: the file's name."),
  name: text.optional(),
  status: z.enum(["active", "suspended"]).default("active"),
  plan: name.optional(),
  issuers: z
    .array(name)
    .optional()
    .describe("Which trusted issuers may speak for it; absent: any that covers it."),
  changes: z
    .record(name, roleChange)
    .optional()
    .describe("Changes to the plan's roles; they may only narrow."),
  never: z.array(selector).optional().describe("From no role, its own included."),
  roles: z.record(name, closed(roleShape)).optional().describe("Its own roles, below the plan's ceiling."),
});

const claimPath = z
  .union([text, z.array(text).min(1)])
  .describe("A claim's exact name, or the path to a nested one as a list.");
const contextKey = z
  .string()
  .regex(CLAIM_KEY, "expected a key of letters, digits and _ that starts with a letter");

export const issuerSchema = closed({
  description: text.optional(),
  preset: z.enum(["generic", "cognito", "auth0", "okta", "entra"]),
  tenants: z
    .union([z.literal("*"), z.array(tenantId)], {
      error: ({ input }) => (input === undefined ? 'expected "*" or a list of tenant ids' : undefined),
    })
    .describe('The tenants that it may speak for; "*": every tenant.'),
  token: z.enum(["access", "id"]).optional().describe("Which kind of token is accepted; access by default."),
  claims: closed({
    tenant: claimPath.optional(),
    roles: claimPath.optional(),
    scopes: claimPath.optional(),
    subject: claimPath.optional(),
  })
    .optional()
    .describe("Where tenant, roles, scopes and subject stand, where the preset does not say it."),
  roles: z
    .record(text, z.union([name, z.array(name)]))
    .optional()
    .describe("From group names in the token to roles; groups that are not listed count for nothing."),
  pass: z
    .union([z.array(contextKey), z.record(contextKey, claimPath)])
    .optional()
    .describe("Claims passed on to backends: their names, or keys with where the claim stands."),
  memberships: z
    .enum(["merge", "instead"])
    .optional()
    .describe("Roles given at run time: beside the token's, or in their place; absent: none are read."),
  staff: z
    .literal(true)
    .optional()
    .describe("Our own people: in a customer's tenant only with a role that has an end and a reason."),
});
export const issuersSchema = z.record(name, issuerSchema);

const names = z.union([name, z.array(name)]);
const policyTest = closed({
  description: text.optional(),
  as: closed({
    tenant: tenantId,
    roles: names.optional(),
    role: names.optional(),
    subject: text.optional(),
    scopes: z.union([text, z.array(text)]).optional(),
    claims: z.record(contextKey, text).optional(),
    issuer: name.optional(),
  }),
  can: z.array(text).optional(),
  cannot: z.array(text).optional(),
  must: z.boolean().optional().describe("A deployment never skips it."),
});
export const policyTestsSchema = z.array(policyTest);

const kind = z.enum(["lambda", "http"]);
export const apiRootSchema = closed({
  backends: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]*$/, "expected a name of lower-case letters, digits, '_' and '-'"),
    kind,
  ),
  bind: z.record(text, bindingSource).optional(),
  tenant: z
    .union([
      closed({ header: z.string().regex(/^[A-Za-z0-9-]+$/, "expected a header's name") }),
      closed({ path: text }),
      closed({ host: z.literal(true) }),
    ])
    .optional()
    .describe(
      "What names the tenant: a header, a path's parameter, or the host's first label; absent: the claim alone decides.",
    ),
});
export const operationSchema = closed({
  backend: text.optional().describe("One of the root's backends; required."),
  permission: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
      "expected a permission such as documents.read: names with dots between",
    )
    .optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected a scope without spaces (RFC 6749, 3.3)"))
    .optional(),
  explicit: z.boolean().optional(),
  public: z.boolean().optional(),
  auth: z
    .literal("external")
    .optional()
    .describe("Left to another authorizer: the one that the operation's own security names."),
  jwt: name
    .optional()
    .describe(
      "The trusted issuer whose tokens API Gateway itself verifies, in an HTTP API: no tenant and no role is looked at.",
    ),
  bind: z.literal("none").optional(),
});

export type OperationSettings = z.output<typeof operationSchema>;
export type RoleFile = z.output<typeof roleSchema>;
export type TenantFile = z.output<typeof tenantSchema>;
export type IssuerFile = z.output<typeof issuerSchema>;
export type PolicyTestFile = z.output<typeof policyTest>;
