import { AuthenticationError } from "../model/errors.ts";
import type { BindingSource } from "../model/grant.ts";
import {
  type IssuerName,
  issuerName,
  type RoleName,
  roleName,
  type Subject,
  subject,
  type TenantId,
  tenantId,
} from "../model/ids.ts";
import { isObject } from "../model/is-object.ts";
import type { IssuerItem } from "../model/items.ts";
import { claimAt, isLeftOut, isPlainText, namesIn, type VerifiedClaims, wordsIn } from "./claims.ts";
import { type Denial, denial } from "./denial.ts";

declare const brand: unique symbol;

/** The caller of a request: one tenant, and what the token says about the caller in this tenant. */
export interface Caller {
  readonly [brand]: true;
  readonly tenant: TenantId;
  readonly subject: Subject;
  /** The roles that the token names, sorted and without duplicates. They may not exist. */
  readonly roles: readonly RoleName[];
  readonly scopes: readonly string[];
  /** Null for a caller that a tool supposes (see {@link supposedCaller}). */
  readonly issuer: IssuerName | null;
  /** Whether the token names the tenant. If not, only a membership in the table admits the caller. */
  readonly tenantFromToken: boolean;
  /** The token's `jti`; empty if it has none. */
  readonly tokenId: string;
  /** The token's `iat`, in seconds since 1970; 0 if it has none. */
  readonly issuedAt: number;
  /** The client that the token was issued to (see `clientClaims`); empty if it names none. */
  readonly clientId: string;
  /** The claims that are forwarded to backends, by their key in the context. */
  readonly forwardedClaims: ReadonlyMap<string, string>;
}

/**
 * Reads tenant, roles, scopes and subject from verified claims. Returns a denial if the tenant is missing or
 * not clear, because no claim has a default.
 *
 * @param selected the tenant that the request's selector names, which must be one of the token's; undefined if
 *   the API has no selector, so that the claim alone decides
 * @throws AuthenticationError `claims_invalid` if the token names no subject
 * @example
 * import { parseCaller } from "./caller.ts";
 * import type { VerifiedClaims } from "./claims.ts";
 * import { isDenial } from "./denial.ts";
 *
 * export function tenantIn(claims: VerifiedClaims): string {
 *   const caller = parseCaller(claims, undefined);
 *   return isDenial(caller) ? `denied: ${caller.reason}` : caller.tenant;
 * }
 */
export function parseCaller(claims: VerifiedClaims, selected: string | undefined): Caller | Denial {
  const { issuer, payload, directory } = claims;
  const who = readSubject(issuer, payload);
  const tenants = [...new Set(namesIn(claimAt(payload, issuer.claims.tenant)))];
  const roles = rolesClaim(issuer, payload);
  if (readsTokenRoles(issuer) && isLeftOut(payload, issuer.claims.roles))
    return { reason: "groups_overage", subject: who, issuer: issuer.name };
  const fromTable = issuer.memberships !== null;
  const tenant = chooseTenant(tenants, roles, selected, { fromTable, isDirectory: directory !== undefined });
  if (typeof tenant !== "string") return { ...tenant, subject: who, issuer: issuer.name };
  const tenantFromToken = tenants.includes(tenant);
  return {
    tenant: tenantId(tenant),
    subject: who,
    roles: tenantFromToken ? rolesIn(issuer, roles, tenant) : [],
    scopes: sorted(wordsIn(claimAt(payload, issuer.claims.scopes))),
    issuer: issuer.name,
    tenantFromToken,
    tokenId: stringClaim(payload, "jti"),
    issuedAt: timeClaim(payload, "iat"),
    clientId: issuer.clientClaims.map((name) => stringClaim(payload, name)).find((id) => id !== "") ?? "",
    forwardedClaims: readForwardedClaims(issuer, payload),
  } satisfies Omit<Caller, typeof brand> as unknown as Caller;
}

function readSubject(issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): Subject {
  const found = claimAt(payload, issuer.claims.subject);
  if (!isPlainText(found))
    throw new AuthenticationError(
      "claims_invalid",
      `The token names no subject in ${issuer.claims.subject.join(".")}`,
      { issuer: issuer.name },
    );
  return subject(found);
}

/**
 * Returns whether the roles in an issuer's tokens count: not if memberships replace them, and never for staff.
 */
export const readsTokenRoles = ({ staff, memberships }: IssuerItem): boolean =>
  !staff && memberships !== "instead";

const rolesClaim = (issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): unknown =>
  readsTokenRoles(issuer) ? claimAt(payload, issuer.claims.roles) : undefined;

/**
 * Chooses one of the tenants that the token names, or returns the reason why there is none.
 *
 * If the table may hold memberships (`fromTable`), the selector may name any tenant: the membership is looked
 * up before anything else. A directory of a multi-directory issuer may name only its own tenant, because it
 * chooses the subjects of its users itself.
 */
function chooseTenant(
  tenants: readonly string[],
  roles: unknown,
  selected: string | undefined,
  { fromTable, isDirectory }: { readonly fromTable: boolean; readonly isDirectory: boolean },
): string | Denial {
  if (tenants.length > 1 && !isObject(roles) && !(fromTable && roles === undefined))
    return denial("roles_not_per_tenant");
  if (selected !== undefined) {
    const isAllowed = tenants.includes(selected) || (fromTable && !isDirectory && isPlainText(selected));
    return isAllowed ? selected : denial("no_tenant");
  }
  const [only] = tenants;
  return tenants.length === 1 && only !== undefined ? only : denial("no_tenant");
}

/** Lists the roles that a claim names in a tenant. The claim may be an object with the roles of each tenant. */
function rolesIn(issuer: IssuerItem, claim: unknown, tenant: string): readonly RoleName[] {
  const own = isObject(claim) ? claimAt(claim, [tenant]) : claim;
  const names = issuer.roleNames === null ? wordsIn(own) : namesIn(own);
  return sorted(
    names.flatMap((name) =>
      issuer.roleNames === null ? [roleName(name)] : (issuer.roleNames.get(name) ?? []),
    ),
  );
}

function readForwardedClaims(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
): Map<string, string> {
  const values = [...issuer.pass].map(([key, path]) => [key, printClaim(claimAt(payload, path))] as const);
  return new Map(values.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function stringClaim(payload: Readonly<Record<string, unknown>>, name: string): string {
  const found = claimAt(payload, [name]);
  return isPlainText(found) ? found : "";
}

function timeClaim(payload: Readonly<Record<string, unknown>>, name: string): number {
  const found = claimAt(payload, [name]);
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

/** Prints a claim for the context; undefined if it is not a string, number, boolean or list of strings. */
function printClaim(claim: unknown): string | undefined {
  if (typeof claim === "number" || typeof claim === "boolean") return String(claim);
  const text = Array.isArray(claim) ? namesIn(claim).join(",") : claim;
  return isPlainText(text) ? text : undefined;
}

const sorted = <T extends string>(names: readonly T[]): readonly T[] =>
  names.length < 2 ? names : [...new Set(names)].sort();

/**
 * Creates a caller without a token, for tools (policy tests, `portcullis policy`).
 *
 * @example
 * import { supposedCaller } from "./caller.ts";
 *
 * const { tenant, roles } = supposedCaller({ tenant: "acme", roles: ["viewer", "editor"] });
 * [tenant, roles]; // => ["acme",["editor","viewer"]]
 */
export function supposedCaller(who: {
  tenant: string;
  subject?: string | undefined;
  roles?: readonly string[] | undefined;
  scopes?: readonly string[] | undefined;
  claims?: Readonly<Record<string, string>> | undefined;
  issuer?: string | undefined;
  clientId?: string | undefined;
  /** In seconds since 1970. */
  issuedAt?: number | undefined;
}): Caller {
  return {
    tenant: tenantId(who.tenant),
    subject: subject(who.subject ?? ""),
    roles: sorted((who.roles ?? []).map(roleName)),
    scopes: sorted([...(who.scopes ?? [])]),
    issuer: who.issuer === undefined ? null : issuerName(who.issuer),
    tenantFromToken: true,
    tokenId: "",
    issuedAt: who.issuedAt ?? 0,
    clientId: who.clientId ?? "",
    forwardedClaims: new Map(Object.entries(who.claims ?? {})),
  } satisfies Omit<Caller, typeof brand> as unknown as Caller;
}

/** Returns the caller's value for the source of a binding; empty if the caller has none. */
export function sourceValue(caller: Caller, source: BindingSource): string {
  if (source === "subject") return caller.subject;
  if (source === "tenant") return caller.tenant;
  return caller.forwardedClaims.get(source.slice("claim.".length)) ?? "";
}
