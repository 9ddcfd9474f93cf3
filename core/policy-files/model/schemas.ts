import * as z from "zod";
import { BY_DIRECTORY, isDirectory } from "../../model/directory.ts";
import { isIdentifier, VISIBLE_TEXT } from "../../model/identifier.ts";
import { ALGORITHMS } from "../../model/issuer.ts";
import { parseTime, TIME_FORM } from "./bound-tokens.ts";
import { claimName, claimPath, claimsSchema } from "./claim-schemas.ts";
import { closed, nonEmpty } from "./closed-schema.ts";

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name of letters, digits, '.', '_' and '-'");
/** A string that has one spelling only, so that nobody takes it for another: see {@link isIdentifier}. */
export const identifier = z
  .string()
  .min(1, { abort: true })
  .regex(VISIBLE_TEXT, {
    error: "expected a string on one line without spaces at the ends and without invisible characters",
    abort: true,
  })
  .refine(isIdentifier, "expected Unicode's composed form (NFC): type the id again, or normalize it");
/** A tenant's directory: what the variable in an issuer's URL stands for. */
export const directory = z
  .string()
  .refine(
    isDirectory,
    "expected what the variable in the issuer's url stands for: 1 to 128 letters, digits, '.', '_' and '-', such as eu-central-1_AbCdEfGhI",
  );
/** A tenant's id: any identifier that an issuer may write into a token. */
export const tenantId = identifier
  .max(128)
  .refine(
    (id) => id !== "*",
    '"*" cannot be a tenant\'s id: for every tenant, write it without a list, as in tenants: "*"',
  );
const selector = nonEmpty.describe(
  "A permission such as `documents.read`, all permissions below a name such as `documents.*`, or methods and a path such as `GET|POST /documents/{documentId}`. In a path, `*` matches any one parameter, and `**` at the end matches any remaining segments.",
);
const bindingSource = z
  .string()
  .regex(/^(subject|tenant|claim\.[A-Za-z][A-Za-z0-9_]*)$/, "expected subject, tenant or claim.<name>")
  .describe(
    "The caller's value that the parameter must equal: subject, tenant, or claim.<name>, where <name> is a key under the issuer's pass.",
  );
const where = z
  .record(nonEmpty, bindingSource)
  .describe("Path parameters that must equal the caller's own values. All of them must hold.");

export const allowEntry = z.union([selector, closed({ route: selector, where: where.optional() })]);
const exceptList = z
  .array(selector)
  .describe("Routes that this role does not grant. Another role of the caller may still grant them.");

const roleShape = {
  description: nonEmpty.optional(),
  extends: z.array(name).optional().describe("Roles whose grants this role has too."),
  allow: z.array(allowEntry).optional(),
  except: exceptList.optional(),
};
export const roleSchema = closed({ $schema: nonEmpty.optional(), ...roleShape });

const plan = closed({
  description: nonEmpty.optional(),
  ceiling: z
    .array(selector)
    .describe("The routes that tenants of this plan can reach. All others are denied, whatever the role."),
  roles: z
    .array(name)
    .optional()
    .describe("The shared roles that tenants of this plan have. Default: all shared roles."),
  throttle: closed({ rate: z.number().positive(), burst: z.int().positive() })
    .optional()
    .describe("The limit for requests per second (rate), and for requests at once (burst)."),
  quota: closed({ limit: z.int().positive(), period: z.enum(["DAY", "WEEK", "MONTH"]) })
    .optional()
    .describe("The limit for requests in a calendar day, week or month, in UTC."),
});
export const plansSchema = z.record(name, plan);

const roleChange = z.union([z.literal("none"), closed({ except: exceptList })], {
  error: "expected none or { except: […] }",
});

export const tenantSchema = closed({
  $schema: nonEmpty.optional(),
  id: tenantId.optional().describe("The tenant's id, as in the token. Default: the file's name."),
  name: nonEmpty.optional(),
  status: z.enum(["active", "suspended"]).default("active"),
  plan: name.optional(),
  issuers: z
    .array(name)
    .optional()
    .describe(
      "The trusted issuers whose tokens this tenant accepts. Default: every issuer that covers the tenant.",
    ),
  directories: z
    .record(name, directory)
    .optional()
    .describe(
      "The tenant's directory of each issuer with tenants: by_directory, such as its user pool: what the variable in the issuer's URL stands for. A directory has one tenant.",
    ),
  changes: z
    .record(name, roleChange)
    .optional()
    .describe("Changes to shared roles for this tenant. A change can only take routes away."),
  never: z
    .array(selector)
    .optional()
    .describe("Routes that no role grants in this tenant, not even its own roles."),
  roles: z
    .record(name, closed(roleShape))
    .optional()
    .describe("The tenant's own roles, within the plan's ceiling."),
  clients: z
    .record(
      name,
      closed({
        default: roleChange.optional(),
        clients: z.record(nonEmpty, roleChange).optional(),
        delegates: z.record(nonEmpty, roleChange).optional(),
      }),
    )
    .optional()
    .describe(
      "What the tenant takes from the ceilings of clients.yaml, by issuer: from the default, and from entries under clients and delegates.",
    ),
});

/** A key of a forwarded claim in the authorizer context. */
const CLAIM_KEY = /^[A-Za-z][A-Za-z0-9_]*$/;
const contextKey = z
  .string()
  .regex(CLAIM_KEY, "expected a key of letters, digits and _ that starts with a letter");

const tokenKind = z.enum(["access", "id"]);
const tokenType = z
  .string()
  .regex(/^[A-Za-z0-9.+/-]+$/, "expected a media type without parameters, such as at+jwt or JWT");

const PRESET_NAMES = [
  "generic",
  "auth0",
  "clerk",
  "cognito",
  "descope",
  "entra",
  "firebase",
  "google",
  "keycloak",
  "kinde",
  "okta",
  "supabase",
  "workos",
  "zitadel",
] as const;

const ISSUER_URL =
  "expected an https URL of a public host without a fragment, such as https://login.example.com";
const issuerUrl = z
  .string({ error: ISSUER_URL })
  .regex(/^https:\/\/([A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*(:[0-9]+)?(\/[^#{}\s]*)?$/, {
    error: ISSUER_URL,
  });

export const issuerSchema = closed({
  description: nonEmpty.optional(),
  preset: z.enum(PRESET_NAMES),
  tenants: z
    .union([z.literal("*"), z.literal(BY_DIRECTORY), z.array(tenantId)], {
      error: ({ input }) =>
        input === undefined || typeof input === "string"
          ? `expected "*", ${BY_DIRECTORY} or a list of tenant ids`
          : undefined,
    })
    .describe(
      'The tenants that the issuer covers: a list of tenant ids, "*" for every tenant, or by_directory if Terraform\'s url has a variable: each tenant that lists its directory, which then speaks for this tenant alone.',
    ),
  token: z
    .union([tokenKind, z.array(tokenKind).min(1)], { error: "expected access, id or [access, id]" })
    .optional()
    .describe(
      "The kind of token that is accepted: access or id, or both as a list if a claim of the preset's product distinguishes them. Default: access.",
    ),
  typ: z
    .union([tokenType, z.array(tokenType).min(1)])
    .optional()
    .describe(
      "The header typ that a token must have, such as at+jwt. Default: the preset's, which may also accept no typ.",
    ),
  token_use: nonEmpty
    .optional()
    .describe("The value that the claim token_use must have. Default: the preset's."),
  url: z
    .union([issuerUrl, z.array(issuerUrl).min(1)], { error: ISSUER_URL })
    .optional()
    .describe(
      "The exact value of iss, or several URLs of one issuer, whose people are the same. Then the issuer is not in Terraform's issuers, and Terraform's issuer_hosts must have its hosts. Default: Terraform's url.",
    ),
  advertised: z
    .literal(true)
    .optional()
    .describe(
      "Names the issuer in the public document by which clients find out where to get a token (RFC 9728). Not for an issuer whose tenants are a list.",
    ),
  jwks_uri: issuerUrl
    .optional()
    .describe("With url, the URL of the issuer's keys. Default: OpenID Connect Discovery below the URL."),
  audiences: z.array(nonEmpty).min(1).optional().describe("With url, the accepted audiences."),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .optional()
    .describe("With url, the accepted signature algorithms. Default: RS256."),
  audience: claimName
    .optional()
    .describe(
      "The claim that names the audience, such as azp or client_id, whose accepted values are Terraform's audiences; or none if the tokens have no aud, which needs clients, typ or token_use. Default: the preset's.",
    ),
  clients: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe("With audience: none, the clients whose tokens are accepted."),
  claims: claimsSchema
    .optional()
    .describe("The claims that hold tenant, roles, scopes and subject, if they differ from the preset."),
  roles: z
    .record(nonEmpty, z.union([name, z.array(name)]))
    .optional()
    .describe("Maps group names in the token to roles. Groups that are not listed give no role."),
  pass: z
    .union([
      z.array(contextKey),
      z.record(
        contextKey,
        z.union([
          claimName,
          z.array(claimName).min(1),
          closed({
            claim: claimPath,
            at_most: z
              .int()
              .min(1)
              .max(100)
              .describe(
                "How many values a list has at most to satisfy a binding to the claim. The build counts as many. Default: 5.",
              ),
          }),
        ]),
      ),
    ])
    .optional()
    .describe(
      "Claims that are forwarded to backends in the authorizer context: a list of claim names, or a mapping of context keys to claims. A list is forwarded as JSON.",
    ),
  may_omit: z
    .array(contextKey)
    .optional()
    .describe(
      "What may be left out of the authorizer context, after the scopes, if it would be larger than 1,024 bytes: keys of pass, in this order, and roles, which is always the last. Default: nothing, so that such a request is denied.",
    ),
  memberships: z
    .enum(["merge", "instead"])
    .optional()
    .describe(
      "Whether roles from memberships in the table are added to the token's roles (merge) or replace them (instead). Default: memberships are not read.",
    ),
  staff: z
    .literal(true)
    .optional()
    .describe(
      "The issuer of your own staff: a member of staff needs a membership with an end and a reason in each tenant.",
    ),
  subjects: z
    .literal("own")
    .optional()
    .describe(
      "Marks the issuer as the owner of its tenants' people, where several issuers may speak for a tenant: only subjects of owners satisfy bindings to subject.",
    ),
  bound_tokens: closed({
    accept_until: z
      .string()
      .refine((text) => !Number.isNaN(parseTime(text)), `expected ${TIME_FORM}`)
      .describe(
        "A date (its first moment in UTC) or a time of RFC 3339, from which such tokens are rejected again.",
      ),
  })
    .optional()
    .describe(
      "Accepts tokens that are bound to a key (claim cnf) for a time, although the possession of the key is not verified, so that a stolen one works. Default: they are rejected. Not for staff.",
    ),
});
export const issuersSchema = z.record(name, issuerSchema);

const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected a scope without spaces (RFC 6749, 3.3)");

const ceiling = closed({
  description: nonEmpty.optional(),
  ceiling: z
    .array(selector)
    .describe(
      "The routes that the client can reach at most, whatever the caller's roles. Wildcards do not reach explicit operations: name their permission, or their exact method and path.",
    ),
  scopes: z
    .array(scope)
    .optional()
    .describe("The scopes of the client's tokens that count. Default: all of them."),
  tenants: z
    .array(tenantId)
    .optional()
    .describe("The tenants in which the client can act. Default: every tenant."),
});
const clientId = z
  .string()
  .min(1, { abort: true })
  .regex(VISIBLE_TEXT, "expected a client id on one line without spaces at the ends");
const subject = z
  .string()
  .min(1, { abort: true })
  .regex(VISIBLE_TEXT, "expected a subject on one line without spaces at the ends");
export const clientsSchema = closed({
  $schema: nonEmpty.optional(),
  default: ceiling.describe(
    "The ceiling of clients and delegates that have no entry, and of tokens that do not name exactly one client.",
  ),
  issuers: z
    .record(
      name,
      closed({
        default: ceiling.optional().describe("The default of this issuer's clients, instead of the file's."),
        clients: z
          .record(clientId, ceiling)
          .optional()
          .describe(
            "The ceilings of clients, by client id. In an id, * stands for one or more letters, digits, -, _ and ~.",
          ),
        delegates: z
          .record(subject, ceiling)
          .optional()
          .describe(
            "The ceilings of this issuer's subjects when they act for others (claim act), by subject.",
          ),
      }),
    )
    .optional()
    .describe("The clients of each issuer of issuers.yaml."),
});

const names = z.union([name, z.array(name)]);
const policyTest = closed({
  description: nonEmpty.optional(),
  as: closed({
    tenant: tenantId,
    roles: names.optional(),
    role: names.optional(),
    subject: nonEmpty.optional(),
    scopes: z.union([nonEmpty, z.array(nonEmpty)]).optional(),
    claims: z.record(contextKey, nonEmpty).optional(),
    issuer: name.optional(),
    client: nonEmpty
      .optional()
      .describe(
        "The OAuth client of the caller, whose ceiling in clients.yaml applies. Default: none, so that no ceiling applies.",
      ),
    delegate: nonEmpty
      .optional()
      .describe(
        "The subject that acts for the caller (claim act), whose ceiling in clients.yaml applies too. Default: none.",
      ),
  }),
  can: z.array(nonEmpty).optional(),
  cannot: z.array(nonEmpty).optional(),
  must: z.boolean().optional().describe("If true, a deployment cannot skip this test."),
  environment: names
    .optional()
    .describe("The environment, or environments, that the test is for. Default: those that have the tenant."),
});
export const policyTestsSchema = z.array(policyTest);

const kind = z.enum(["lambda", "http"]);
export const apiRootSchema = closed({
  backends: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]*$/, "expected a name of lower-case letters, digits, '_' and '-'"),
    kind,
  ),
  bind: z.record(nonEmpty, bindingSource).optional(),
  tenant: z
    .union([
      closed({ header: z.string().regex(/^[A-Za-z0-9-]+$/, "expected a header's name") }),
      closed({ path: nonEmpty }),
      closed({ host: z.literal(true) }),
    ])
    .optional()
    .describe(
      "Where a request names its tenant: in a header, in a path parameter, or in the host's first label. Default: only the token's claim names the tenant.",
    ),
  access: closed({
    path: nonEmpty.describe(
      "The path of the route, such as /access. Its only possible parameter is that of the tenant selector.",
    ),
  })
    .optional()
    .describe(
      "Adds a route at which a caller reads what it may do. It has no authorizer, because the function verifies the token itself. Default: no such route.",
    ),
});
/** A path on an HTTP backend. */
export const BACKEND_PATH = /^(\/(?:[A-Za-z0-9._~!&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[A-Za-z0-9_.-]+\+?\})*)+$/;

export const operationSchema = closed({
  backend: nonEmpty.optional().describe("The name of one of the root's backends. Required."),
  path: z
    .string()
    .regex(BACKEND_PATH, "expected a path such as /devices/{id}/")
    .optional()
    .describe(
      "The path that is called on a backend of kind http, if it is another than the route's: with the route's parameters, and with a slash at the end if the backend wants one.",
    ),
  permission: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
      "expected a permission such as documents.read: names separated by dots",
    )
    .optional(),
  scopes: z.array(scope).optional(),
  explicit: z.boolean().optional(),
  public: z.boolean().optional(),
  auth: z
    .literal("external")
    .optional()
    .describe("Another authorizer guards the operation: the one that the operation's own security names."),
  jwt: name
    .optional()
    .describe(
      "For an HTTP API: the trusted issuer whose tokens API Gateway's own JWT authorizer verifies for this operation. It checks neither tenant nor role.",
    ),
  bind: z.literal("none").optional(),
  undecided: nonEmpty
    .optional()
    .describe(
      "Why nobody has decided yet who may call the operation. It is an error: replace it by permission, public: true or auth: external.",
    ),
});

export type OperationSettings = z.output<typeof operationSchema>;
export type RoleFile = z.output<typeof roleSchema>;
export type TenantFile = z.output<typeof tenantSchema>;
export type CeilingFile = z.output<typeof ceiling>;
export type IssuerFile = z.output<typeof issuerSchema>;
export type PolicyTestFile = z.output<typeof policyTest>;
