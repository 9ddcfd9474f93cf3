import type { AuthorizeDeps } from "../../core/decision/authorize.ts";
import { bearerToken, type UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { type Caller, parseCaller, supposedCaller } from "../../core/decision/caller.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/decision/claims.ts";
import { permissionsOf } from "../../core/decision/permissions.ts";
import type { AuthorizerRequest } from "../../core/decision/resolve-route.ts";
import {
  type IssuerName,
  issuerName,
  type RoleName,
  type RouteKey,
  roleName,
  type Subject,
  subject,
  type TenantId,
  tenantId,
} from "../../core/model/ids.ts";
import type { IssuerItem } from "../../core/model/items.ts";
import { routeKey } from "../../core/model/route.ts";
import { deny } from "../../core/policy/authorizer-response.ts";

/**
 * What must not compile. Each line below an `@ts-expect-error` is a mistake that would open the door: the
 * compiler finds it, and it finds, too, when it no longer is one.
 */
export function mistakes(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
  text: string,
  collaborators: AuthorizeDeps,
  place: Parameters<typeof deny>[0],
  stored: Parameters<typeof permissionsOf>[1],
): readonly unknown[] {
  // @ts-expect-error a decoded payload is no verified one
  const decoded = parseCaller({ issuer, payload }, undefined);
  // @ts-expect-error a payload alone even less
  const bare = parseCaller(payload, undefined);
  // @ts-expect-error claims are verified by the verifier alone, not by a literal
  const literal: VerifiedClaims = { issuer, payload };
  // @ts-expect-error any text is no token that was read from a header
  const token = collaborators.verifyToken(text);
  // @ts-expect-error nor can one be written down
  const written: UnverifiedToken = "a.b.c";
  // @ts-expect-error a token is no claims
  const skipped = parseCaller(bearerToken(""), undefined);
  // @ts-expect-error a caller comes of verified claims, not of a literal
  const caller: Caller = {
    tenant: tenantId(text),
    subject: subject(text),
    roles: [],
    scopes: [],
    issuer: null,
    tenantFromToken: true,
    tokenId: "",
    issuedAt: 0,
    clientId: "",
    forwardedClaims: new Map(),
  };
  // @ts-expect-error permissions are a caller's, not a payload's
  const permissions = permissionsOf({ tenant: text, roles: [text] }, stored);

  // @ts-expect-error any text is no tenant's id
  const plainTenant: TenantId = text;
  // @ts-expect-error any text is no role's name
  const plainRole: RoleName = text;
  // @ts-expect-error any text is no subject
  const plainSubject: Subject = text;
  // @ts-expect-error any text is no issuer's name
  const plainIssuer: IssuerName = text;
  // @ts-expect-error any text is no route
  const plainRoute: RouteKey = "GET /documents";

  // @ts-expect-error a tenant is no subject
  const tenantAsSubject: Subject = tenantId(text);
  // @ts-expect-error a subject is no tenant
  const subjectAsTenant: TenantId = subject(text);
  // @ts-expect-error a role is no tenant
  const roleAsTenant: TenantId = roleName(text);
  // @ts-expect-error an issuer is no role
  const issuerAsRole: RoleName = issuerName(text);
  // @ts-expect-error a route is no role
  const routeAsRole: RoleName = routeKey("GET", "/documents");
  // @ts-expect-error in a refusal, too, a subject is no tenant
  const swapped = deny(place, { reason: "no_role", tenant: subject(text), subject: tenantId(text) });
  // @ts-expect-error a reason is one of those that templates may print
  const invented = deny(place, { reason: "because" });
  // @ts-expect-error a role's name is looked up as such, not as any text
  const lookedUp = stored.catalogue.roles.get(text);
  // @ts-expect-error an event's headers are read before they come here
  const headers: AuthorizerRequest["headers"] = { Authorization: text };

  return [
    ...[
      decoded,
      bare,
      literal,
      token,
      written,
      skipped,
      caller,
      permissions,
      plainTenant,
      plainRole,
      plainSubject,
    ],
    ...[plainIssuer, plainRoute, tenantAsSubject, subjectAsTenant, roleAsTenant, issuerAsRole, routeAsRole],
    ...[swapped, invented, lookedUp, headers],
  ];
}

/** What must compile: the one way through. */
export const way = (issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): unknown => [
  parseCaller(claimsAfterVerification(issuer, payload), undefined),
  supposedCaller({ tenant: "acme" }),
];
