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
 * Contains what must not compile. Each line below an `@ts-expect-error` is a mistake that would break security.
 * The compiler reports if one of them is no longer an error.
 */
export function mistakes(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
  value: string,
  deps: AuthorizeDeps,
  resolved: Parameters<typeof deny>[0],
  stored: Parameters<typeof permissionsOf>[1],
): readonly unknown[] {
  // @ts-expect-error a decoded payload is not verified
  const decoded = parseCaller({ issuer, payload }, undefined);
  // @ts-expect-error a payload alone is not verified
  const bare = parseCaller(payload, undefined);
  // @ts-expect-error only the verifier creates verified claims
  const literal: VerifiedClaims = { issuer, payload };
  // @ts-expect-error a string is not a token from a header
  const token = deps.verifyToken(value);
  // @ts-expect-error a literal is not a token from a header
  const written: UnverifiedToken = "a.b.c";
  // @ts-expect-error a token is not verified claims
  const skipped = parseCaller(bearerToken(""), undefined);
  // @ts-expect-error a caller results from verified claims, not from a literal
  const caller: Caller = {
    tenant: tenantId(value),
    subject: subject(value),
    roles: [],
    scopes: [],
    issuer: null,
    tenantFromToken: true,
    tokenId: "",
    issuedAt: 0,
    clientId: "",
    forwardedClaims: new Map(),
  };
  // @ts-expect-error permissions need a caller, not a payload
  const permissions = permissionsOf({ tenant: value, roles: [value] }, stored);

  // @ts-expect-error a string is not a tenant's id
  const plainTenant: TenantId = value;
  // @ts-expect-error a string is not a role's name
  const plainRole: RoleName = value;
  // @ts-expect-error a string is not a subject
  const plainSubject: Subject = value;
  // @ts-expect-error a string is not an issuer's name
  const plainIssuer: IssuerName = value;
  // @ts-expect-error a string is not a route's key
  const plainRoute: RouteKey = "GET /documents";

  // @ts-expect-error a tenant's id is not a subject
  const tenantAsSubject: Subject = tenantId(value);
  // @ts-expect-error a subject is not a tenant's id
  const subjectAsTenant: TenantId = subject(value);
  // @ts-expect-error a role's name is not a tenant's id
  const roleAsTenant: TenantId = roleName(value);
  // @ts-expect-error an issuer's name is not a role's name
  const issuerAsRole: RoleName = issuerName(value);
  // @ts-expect-error a route's key is not a role's name
  const routeAsRole: RoleName = routeKey("GET", "/documents");
  // @ts-expect-error in a denial, too, a subject is not a tenant's id
  const swapped = deny(resolved, { reason: "no_role", tenant: subject(value), subject: tenantId(value) });
  // @ts-expect-error a reason is one of those that templates can print
  const invented = deny(resolved, { reason: "because" });
  // @ts-expect-error a role is looked up by its name, not by a string
  const lookedUp = stored.catalogue.roles.get(value);
  // @ts-expect-error the headers of an event are parsed first
  const headers: AuthorizerRequest["headers"] = { Authorization: value };

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

/** Contains what must compile: the only correct way. */
export const correct = (issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): unknown => [
  parseCaller(claimsAfterVerification(issuer, payload), undefined),
  supposedCaller({ tenant: "acme" }),
];
