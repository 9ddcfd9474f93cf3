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
import type { IssuerItem } from "../model/items.ts";
import { claimAt, isPlainText, namesIn, type VerifiedClaims, wordsIn } from "./claims.ts";
import { type Denial, denial } from "./denial.ts";
import { isLeftOut } from "./left-out-claims.ts";

declare const known: unique symbol;

/** Who is calling: one tenant, and what the token says of the caller within it. */
export interface Caller {
  readonly [known]: true;
  readonly tenant: TenantId;
  readonly subject: Subject;
  /** Sorted, without repetition; not yet checked to exist. */
  readonly roles: readonly RoleName[];
  readonly scopes: readonly string[];
  /** Null: a caller that a tool supposes, whom no issuer vouches for. */
  readonly issuer: IssuerName | null;
  /** Whether the token itself names the tenant; if not, only a membership in the table admits the caller. */
  readonly tenantFromToken: boolean;
  /** The token's `jti`; empty where it has none. */
  readonly tokenId: string;
  /** The token's `iat`, in seconds since 1970; 0 where it has none. */
  readonly issuedAt: number;
  /** The client that the token was issued to (see `clientClaims`); empty where it names none. */
  readonly clientId: string;
  /** Claims that the issuer passes on, by their key in the context. */
  readonly forwardedClaims: ReadonlyMap<string, string>;
}

/**
 * Reads tenant, roles, scopes and subject from verified claims. Nothing has a default: what is missing is
 * a refusal. `selected` is the tenant that the request's own selector names, checked against the claims;
 * undefined where the API has no selector and the claim alone decides.
 *
 * @throws UnauthorizedError `claims_invalid` where the token names no subject
 */
export function parseCaller(claims: VerifiedClaims, selected: string | undefined): Caller | Denial {
  const { issuer, payload, directory } = claims;
  const who = subjectOf(issuer, payload);
  const tenants = [...new Set(namesIn(claimAt(payload, issuer.claims.tenant)))];
  const roles = rolesClaim(issuer, payload);
  if (readsTokenRoles(issuer) && isLeftOut(payload, issuer.claims.roles))
    return { reason: "groups_overage", subject: who, issuer: issuer.name };
  const fromTable = issuer.memberships !== null;
  const tenant = tenantOf(tenants, roles, selected, { fromTable, elsewhere: directory === undefined });
  if (typeof tenant !== "string") return { ...tenant, subject: who, issuer: issuer.name };
  const named = tenants.includes(tenant);
  return {
    tenant: tenantId(tenant),
    subject: who,
    roles: named ? rolesFor(issuer, roles, tenant) : [],
    scopes: sorted(wordsIn(claimAt(payload, issuer.claims.scopes))),
    issuer: issuer.name,
    tenantFromToken: named,
    tokenId: textClaim(payload, "jti"),
    issuedAt: timeClaim(payload, "iat"),
    clientId: issuer.clientClaims.map((name) => textClaim(payload, name)).find((id) => id !== "") ?? "",
    forwardedClaims: readForwardedClaims(issuer, payload),
  } satisfies Omit<Caller, typeof known> as unknown as Caller;
}

function subjectOf(issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): Subject {
  const found = claimAt(payload, issuer.claims.subject);
  if (!isPlainText(found))
    throw new AuthenticationError(
      "claims_invalid",
      `The token names no subject in ${issuer.claims.subject.join(".")}`,
      { issuer: issuer.name },
    );
  return subject(found);
}

/** Where the table's memberships stand in the roles' place, the token's are not looked at; staff never have any. */
export const readsTokenRoles = ({ staff, memberships }: IssuerItem): boolean =>
  !staff && memberships !== "instead";

const rolesClaim = (issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): unknown =>
  readsTokenRoles(issuer) ? claimAt(payload, issuer.claims.roles) : undefined;

/**
 * One tenant out of those that the token speaks for, or the reason why there is none. Where the table may
 * hold a membership, the selector may name any tenant: whether there is one is looked up before anything else.
 * Not so for a directory, which has no say elsewhere: its people's names are its own to give.
 */
function tenantOf(
  tenants: readonly string[],
  roles: unknown,
  selected: string | undefined,
  { fromTable, elsewhere }: { readonly fromTable: boolean; readonly elsewhere: boolean },
): string | Denial {
  if (tenants.length > 1 && !isPerTenant(roles) && !(fromTable && roles === undefined))
    return denial("roles_not_per_tenant");
  if (selected !== undefined) {
    const mayName = tenants.includes(selected) || (fromTable && elsewhere && isPlainText(selected));
    return mayName ? selected : denial("no_tenant");
  }
  const [only] = tenants;
  return tenants.length === 1 && only !== undefined ? only : denial("no_tenant");
}

const isPerTenant = (roles: unknown): roles is Readonly<Record<string, unknown>> =>
  typeof roles === "object" && roles !== null && !Array.isArray(roles);

function rolesFor(issuer: IssuerItem, claim: unknown, tenant: string): readonly RoleName[] {
  const own = isPerTenant(claim) ? claimAt(claim, [tenant]) : claim;
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
  const values = [...issuer.pass].map(([key, path]) => [key, plain(claimAt(payload, path))] as const);
  return new Map(values.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function textClaim(payload: Readonly<Record<string, unknown>>, name: string): string {
  const found = claimAt(payload, [name]);
  return isPlainText(found) ? found : "";
}

function timeClaim(payload: Readonly<Record<string, unknown>>, name: string): number {
  const found = claimAt(payload, [name]);
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

function plain(claim: unknown): string | undefined {
  if (typeof claim === "number" || typeof claim === "boolean") return String(claim);
  const text = Array.isArray(claim) ? namesIn(claim).join(",") : claim;
  return isPlainText(text) ? text : undefined;
}

const sorted = <T extends string>(names: readonly T[]): readonly T[] =>
  names.length < 2 ? names : [...new Set(names)].sort();

/**
 * A caller as tools suppose one (expectations, `portcullis policy`): no token stands behind it.
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
  } satisfies Omit<Caller, typeof known> as unknown as Caller;
}

/** The caller's own value of a binding's source; empty where there is none. */
export function sourceValue(caller: Caller, source: BindingSource): string {
  if (source === "subject") return caller.subject;
  if (source === "tenant") return caller.tenant;
  return caller.forwardedClaims.get(source.slice("claim.".length)) ?? "";
}
