declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A tenant's id, exactly as the token and the table spell it. */
export type TenantId = Branded<"TenantId">;
/** Who a token speaks for, unique within its issuer. */
export type Subject = Branded<"Subject">;
/** The name of a shared role or of a tenant's own. */
export type RoleName = Branded<"RoleName">;
/** The name of a trusted issuer in `policies/issuers.yaml`, not its URL. */
export type IssuerName = Branded<"IssuerName">;
/** `METHOD /path/{template}`: one route of the API. */
export type RouteKey = Branded<"RouteKey">;

export const tenantId = (text: string): TenantId => text as TenantId;
export const subject = (text: string): Subject => text as Subject;
export const roleName = (text: string): RoleName => text as RoleName;
export const issuerName = (text: string): IssuerName => text as IssuerName;
