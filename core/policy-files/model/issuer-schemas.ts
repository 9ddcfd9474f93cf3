import * as z from "zod";
import { BY_DIRECTORY } from "../../model/directory.ts";
import { ALGORITHMS } from "../../model/issuer.ts";
import { parseTime, TIME_FORM } from "./bound-tokens.ts";
import { claimName, claimPath, claimsSchema } from "./claim-schemas.ts";
import { closed, nonEmpty } from "./closed-schema.ts";
import { contextKey, description, name, namedTenant, roleName } from "./name-schemas.ts";

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
  description,
  preset: z
    .enum(PRESET_NAMES)
    .describe("The identity product: which claims of its tokens hold tenant, roles, scopes and subject."),
  tenants: z
    .union([z.literal("*"), z.literal(BY_DIRECTORY), z.array(namedTenant)], {
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
    .meta({ examples: ["access"] })
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
    .meta({ examples: ["https://login.example.com/keys.json"] })
    .describe("With url, the URL of the issuer's keys. Default: OpenID Connect Discovery below the URL."),
  audiences: z.array(nonEmpty).min(1).optional().describe("With url, the accepted audiences."),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .optional()
    .describe("With url, the accepted signature algorithms. Default: RS256."),
  audience: claimName
    .optional()
    .meta({ examples: ["azp"] })
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
    .record(nonEmpty, z.union([roleName, z.array(roleName)]))
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
              .meta({ examples: [5] })
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
      .meta({ examples: ["2027-03-01"] })
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
export type IssuerFile = z.output<typeof issuerSchema>;
