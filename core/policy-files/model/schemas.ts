import * as z from "zod";
import { VISIBLE_TEXT } from "../../model/identifier.ts";
import { closed, nonEmpty } from "./closed-schema.ts";
import {
  contextKey,
  description,
  directory,
  issuerName,
  name,
  namedTenant,
  planName,
  roleName,
  tenantId,
} from "./name-schemas.ts";

const selector = nonEmpty.meta({
  suggests: "selectors",
  examples: ["documents.read", "documents.*", "GET|POST /documents/{documentId}", "ANY /users/**"],
  description:
    "A permission such as `documents.read`, all permissions below a name such as `documents.*`, or methods and a path such as `GET|POST /documents/{documentId}`. In a path, `*` matches any one parameter, and `**` at the end matches any remaining segments.",
});
const request = nonEmpty.meta({ suggests: "routes", examples: ["GET /documents/42"] });
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
  description,
  extends: z.array(roleName).optional().describe("Roles whose grants this role has too."),
  allow: z
    .array(allowEntry)
    .optional()
    .describe("What the role grants: selectors, or a route with bindings. What is not listed is denied."),
  except: exceptList.optional(),
};
export const roleSchema = closed({ $schema: nonEmpty.optional(), ...roleShape });

const plan = closed({
  description,
  ceiling: z
    .array(selector)
    .describe("The routes that tenants of this plan can reach. All others are denied, whatever the role."),
  roles: z
    .array(roleName)
    .optional()
    .describe("The shared roles that tenants of this plan have. Default: all shared roles."),
  throttle: closed({
    rate: z
      .number()
      .positive()
      .meta({ description: "Requests per second.", examples: [50] }),
    burst: z
      .int()
      .positive()
      .meta({ description: "Requests at once.", examples: [100] }),
  })
    .optional()
    .describe("The limit for requests per second (rate), and for requests at once (burst)."),
  quota: closed({
    limit: z
      .int()
      .positive()
      .meta({ description: "Requests in each period.", examples: [10_000] }),
    period: z.enum(["DAY", "WEEK", "MONTH"]).describe("A calendar day, week or month, in UTC."),
  })
    .optional()
    .describe("The limit for requests in a calendar day, week or month, in UTC."),
});
export const plansSchema = z.record(name.meta({ examples: ["team"] }), plan);

const roleChange = z.union([z.literal("none"), closed({ except: exceptList })], {
  error: "expected none or { except: […] }",
});

export const tenantSchema = closed({
  $schema: nonEmpty.optional(),
  id: tenantId.optional().describe("The tenant's id, as in the token. Default: the file's name."),
  name: nonEmpty.optional().meta({ description: "The tenant's name, for people.", examples: ["Acme Inc."] }),
  status: z
    .enum(["active", "suspended"])
    .default("active")
    .describe("A suspended tenant's requests are denied, whatever the role."),
  plan: planName.optional().describe("The plan that limits the tenant's roles. Required if there are plans."),
  issuers: z
    .array(issuerName)
    .optional()
    .describe(
      "The trusted issuers whose tokens this tenant accepts. Default: every issuer that covers the tenant.",
    ),
  directories: z
    .record(issuerName, directory)
    .optional()
    .describe(
      "The tenant's directory of each issuer with tenants: by_directory, such as its user pool: what the variable in the issuer's URL stands for. A directory has one tenant.",
    ),
  changes: z
    .record(roleName, roleChange)
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
      issuerName,
      closed({
        default: roleChange.optional().describe("What is taken from clients without an entry."),
        clients: z
          .record(nonEmpty, roleChange)
          .optional()
          .describe("What is taken from entries, by client id."),
        delegates: z
          .record(nonEmpty, roleChange)
          .optional()
          .describe("What is taken from delegates, by subject."),
      }),
    )
    .optional()
    .describe(
      "What the tenant takes from the ceilings of clients.yaml, by issuer: from the default, and from entries under clients and delegates.",
    ),
});

const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected a scope without spaces (RFC 6749, 3.3)");

const ceiling = closed({
  description,
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
    .array(namedTenant)
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
      issuerName,
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
const roleNames = z.union([roleName, z.array(roleName)]);
const policyTest = closed({
  description,
  as: closed({
    tenant: namedTenant.describe("The tenant's id."),
    roles: roleNames.optional().describe("The roles of the caller: a name, or a list."),
    role: roleNames.optional().describe("The same as roles, for one role."),
    subject: nonEmpty
      .optional()
      .meta({ description: "The subject of the caller's token.", examples: ["ann"] }),
    scopes: z
      .union([nonEmpty, z.array(nonEmpty)])
      .optional()
      .describe("The scopes of the caller's token."),
    claims: z
      .record(contextKey, nonEmpty)
      .optional()
      .describe("Forwarded claims of the caller's token, by their keys under the issuer's pass."),
    issuer: issuerName
      .optional()
      .describe("The issuer of the caller's token. Default: the first one that covers the tenant."),
    client: nonEmpty
      .optional()
      .meta({ examples: ["quill-web"] })
      .describe(
        "The OAuth client of the caller, whose ceiling in clients.yaml applies. Default: none, so that no ceiling applies.",
      ),
    delegate: nonEmpty
      .optional()
      .meta({ examples: ["report-agent"] })
      .describe(
        "The subject that acts for the caller (claim act), whose ceiling in clients.yaml applies too. Default: none.",
      ),
  }).describe("Who makes the requests."),
  can: z.array(request).optional().describe("Requests that must be allowed: a method and a path."),
  cannot: z.array(request).optional().describe("Requests that must be denied: a method and a path."),
  must: z.boolean().optional().describe("If true, a deployment cannot skip this test."),
  environment: names
    .optional()
    .describe("The environment, or environments, that the test is for. Default: those that have the tenant."),
});
export const policyTestsSchema = z.array(policyTest);

const kind = z.enum(["lambda", "http"]);
export const apiRootSchema = closed({
  backends: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_-]*$/, "expected a name of lower-case letters, digits, '_' and '-'"),
      kind,
    )
    .describe("The backends and their kinds. Terraform's backends gives each its ARN or URL."),
  bind: z
    .record(nonEmpty, bindingSource)
    .optional()
    .describe(
      "Path parameters that must equal the caller's own value in every route that has them, for every role.",
    ),
  tenant: z
    .union([
      closed({
        header: z
          .string()
          .regex(/^[A-Za-z0-9-]+$/, "expected a header's name")
          .meta({ description: "The header that names the tenant.", examples: ["X-Tenant"] }),
      }),
      closed({
        path: nonEmpty.meta({
          description: "The path parameter that names the tenant.",
          examples: ["orgId"],
        }),
      }),
      closed({ host: z.literal(true).describe("The host's first label names the tenant.") }),
    ])
    .optional()
    .describe(
      "Where a request names its tenant: in a header, in a path parameter, or in the host's first label. Default: only the token's claim names the tenant.",
    ),
  access: closed({
    path: nonEmpty.meta({
      description: "The path of the route. Its only possible parameter is that of the tenant selector.",
      examples: ["/access"],
    }),
  })
    .optional()
    .describe(
      "Adds a route at which a caller reads what it may do. It has no authorizer, because the function verifies the token itself. Default: no such route.",
    ),
});
/** A path on an HTTP backend. */
export const BACKEND_PATH = /^(\/(?:[A-Za-z0-9._~!&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[A-Za-z0-9_.-]+\+?\})*)+$/;

export const operationSchema = closed({
  backend: nonEmpty
    .optional()
    .meta({ suggests: "backends", examples: ["docs"] })
    .describe("The name of one of the root's backends. Required."),
  path: z
    .string()
    .regex(BACKEND_PATH, "expected a path such as /devices/{id}/")
    .optional()
    .meta({ examples: ["/devices/{id}/"] })
    .describe(
      "The path that is called on a backend of kind http, if it is another than the route's: with the route's parameters, and with a slash at the end if the backend wants one.",
    ),
  permission: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
      "expected a permission such as documents.read: names separated by dots",
    )
    .optional()
    .meta({
      suggests: "permissions",
      examples: ["documents.read"],
      description: "A name that roles can grant. Several operations may share it.",
    }),
  scopes: z
    .array(scope)
    .optional()
    .describe("Scopes that the token needs in addition to the role, all of them."),
  explicit: z
    .boolean()
    .optional()
    .describe(
      "If true, wildcards do not grant it: a role must name its permission, or its exact method and path.",
    ),
  public: z.boolean().optional().describe("If true, anybody may call it, without a token."),
  auth: z
    .literal("external")
    .optional()
    .describe("Another authorizer guards the operation: the one that the operation's own security names."),
  jwt: issuerName
    .optional()
    .describe(
      "For an HTTP API: the trusted issuer whose tokens API Gateway's own JWT authorizer verifies for this operation. It checks neither tenant nor role.",
    ),
  bind: z.literal("none").optional().describe("Opts out of the root's bind."),
  undecided: nonEmpty
    .optional()
    .meta({ examples: ["the document does not say who may call it"] })
    .describe(
      "Why nobody has decided yet who may call the operation. It is an error: replace it by permission, public: true or auth: external.",
    ),
});

export type OperationSettings = z.output<typeof operationSchema>;
export type RoleFile = z.output<typeof roleSchema>;
export type TenantFile = z.output<typeof tenantSchema>;
export type CeilingFile = z.output<typeof ceiling>;
export type PolicyTestFile = z.output<typeof policyTest>;
