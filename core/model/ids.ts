declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The id of a tenant, exactly as the token and the table spell it. */
export type TenantId = Branded<"TenantId">;
/** The subject of a token, unique within its issuer. */
export type Subject = Branded<"Subject">;
/** The name of a shared role or of a tenant's own role. */
export type RoleName = Branded<"RoleName">;
/** The name of a trusted issuer in `policies/issuers.yaml`, not its URL. */
export type IssuerName = Branded<"IssuerName">;
/** The key of a route: `METHOD /path/{template}`. */
export type RouteKey = Branded<"RouteKey">;

export const tenantId = (text: string): TenantId => text as TenantId;
export const subject = (text: string): Subject => text as Subject;
export const roleName = (text: string): RoleName => text as RoleName;
export const issuerName = (text: string): IssuerName => text as IssuerName;
