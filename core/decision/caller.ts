import { type ClaimLocation, isFirstOf, isPath } from "../model/claim-location.ts";
import { printShape, shapeOf } from "../model/claim-shape.ts";
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
import { LIST_LIMIT } from "../model/issuer.ts";
import type { ClaimPath, IssuerItem } from "../model/items.ts";
import { memoize } from "../model/memoize.ts";
import { areRolesPerTenant, namesAt, roleNamesAt, scopesAt } from "./claim-readings.ts";
import { claimAt, isLeftOut, isPlainText, namesIn, type VerifiedClaims } from "./claims.ts";
import { type Delegate, readDelegates } from "./delegates.ts";
import { type Denial, denial } from "./denial.ts";
import type { Finding, ReadClaim, Report } from "./finding.ts";

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
  /** The item of an issuer with a URL in the files, which the catalogue does not have. */
  readonly ownIssuer?: IssuerItem | undefined;
  /**
   * The directory that issued the token, which the tenant's item must list; absent if the issuer has none. Null for a
   * supposed caller: any directory that the tenant lists.
   */
  readonly directory?: string | null | undefined;
  /** Whether the token names the tenant. If not, only a membership in the table admits the caller. */
  readonly tenantFromToken: boolean;
  /** The token's `jti`; empty if it has none. */
  readonly tokenId: string;
  /** The token's `iat`, in seconds since 1970; 0 if it has none. */
  readonly issuedAt: number;
  /**
   * The client that the token was issued to: empty if it names none, or if its claims name two; null for a supposed caller
   * without a client, whom no ceiling limits.
   */
  readonly clientId: string | null;
  /** Every client that a claim of the token names, so that none of them escapes its revocation by naming another. */
  readonly clients: readonly string[];
  /** Who acts for the subject: the current delegate, then the prior ones, which are only logged. Empty if nobody does. */
  readonly delegates: readonly Delegate[];
  /** The claims that are forwarded to backends, by their key in the context. */
  readonly forwardedClaims: ReadonlyMap<string, string>;
  /**
   * The values of those forwarded claims that are lists, for bindings; null if there are more than the issuer's file
   * allows. In `forwardedClaims` a list is JSON text.
   */
  readonly listClaims: ReadonlyMap<string, readonly string[] | null>;
}

/**
 * Reads tenant, roles, scopes and subject from verified claims. Returns a denial if the tenant is missing or
 * not clear, because no claim has a default.
 *
 * @param selected the tenant that the request's selector names, which must be one of the token's; undefined if
 *   the API has no selector, so that the claim alone decides
 * @param report receives the findings; absent if nobody asks for them
 * @throws AuthenticationError `claims_invalid` if the token names no subject, `delegation_invalid` if its `act` is not
 *   acceptable
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
export function parseCaller(
  claims: VerifiedClaims,
  selected: string | undefined,
  report?: Report,
): Caller | Denial {
  const { issuer, payload, directory } = claims;
  const clients = readClients(issuer, payload);
  const parties = {
    subject: readSubject(issuer, payload),
    issuer: issuer.name,
    clientId: (clients.length === 1 && clients[0]) || "",
    delegates: readDelegates(claims),
  };
  const tenants = tokenTenants(claims);
  if (readsTokenRoles(issuer) && isLeftOut(payload, rolesPath(issuer))) {
    report?.({ check: "roles_left_out", denies: "groups_overage", claim: rolesPath(issuer) });
    return { reason: "groups_overage", ...parties };
  }
  const fromTable = issuer.memberships !== null;
  const tenant =
    tenants.length > 1 && !speaksForSeveral(issuer, payload)
      ? denial("roles_not_per_tenant")
      : chooseTenant(tenants, selected, { fromTable, isDirectory: directory !== undefined });
  report?.(tenantFinding(claims, tenants, selected, tenant));
  if (typeof tenant !== "string") return { ...tenant, ...parties };
  const tenantFromToken = tenants.includes(tenant);
  const roles = tenantFromToken ? rolesIn(issuer, payload, tenant) : [];
  const scopes = sorted(scopesAt(payload, issuer.claims.scopes));
  if (tenantFromToken && readsTokenRoles(issuer))
    report?.({ check: "roles_claim", denies: null, ...readingOf(payload, issuer.claims.roles), roles });
  report?.({ check: "scopes_claim", denies: null, ...readingOf(payload, issuer.claims.scopes), scopes });
  const { forwardedClaims, listClaims } = readForwardedClaims(issuer, payload);
  return Object.assign(parties, {
    clients,
    tenant: tenantId(tenant),
    roles,
    scopes,
    ownIssuer: issuer.trust === null ? undefined : issuer,
    directory: directory?.name,
    tenantFromToken,
    tokenId: stringClaim(payload, "jti"),
    issuedAt: timeClaim(payload, "iat"),
    forwardedClaims,
    listClaims,
  }) satisfies Omit<Caller, typeof brand> as unknown as Caller;
}

/** Lists the tenants that a token names, as it does; its directory speaks for one. */
export const tokenTenants = ({ issuer, payload, directory }: VerifiedClaims): readonly string[] =>
  directory === undefined ? namesAt(payload, issuer.claims.tenant) : [directory.tenant];

function tenantFinding(
  { issuer: { claims }, payload, directory }: VerifiedClaims,
  tenants: readonly string[],
  selected: string | undefined,
  chosen: string | Denial,
): Finding {
  const denies = typeof chosen === "string" ? null : chosen.reason;
  const count = { denies, tenants: tenants.length };
  return denies === "roles_not_per_tenant"
    ? { check: "roles_per_tenant", ...count, ...readingOf(payload, claims.roles) }
    : {
        check: "tenant_claim",
        ...count,
        ...readingOf(payload, claims.tenant),
        directory: directory?.name ?? null,
        selected: selection(tenants, selected),
      };
}

function selection(
  tenants: readonly string[],
  selected: string | undefined,
): "empty" | "named" | "other" | undefined {
  if (selected === undefined) return undefined;
  return selected === "" ? "empty" : tenants.includes(selected) ? "named" : "other";
}

/** Returns how a claim is read, and its shape. */
function readingOf(payload: Readonly<Record<string, unknown>>, location: ClaimLocation): ReadClaim {
  const [claim, as] = isPath(location) ? [location, null] : [location.path, location.as];
  return { claim, as, found: shapeOf(claimAt(payload, claim)) };
}

/** The prefix of a subject that a fallback names. No subject of a person of the same issuer has it. */
const CLIENT_SUBJECT = "client:";

function readSubject(issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): Subject {
  const { subject: location } = issuer.claims;
  if (!isFirstOf(location)) {
    const found = isPath(location) ? claimAt(payload, location) : namesAt(payload, location)[0];
    if (!isPlainText(found)) throw noSubject(issuer, payload, isPath(location) ? location : location.path);
    return subject(found);
  }
  const [first] = location.first;
  const present = location.first.find((name) => claimAt(payload, [name]) !== undefined);
  const found = present === undefined ? undefined : claimAt(payload, [present]);
  if (!isPlainText(found)) throw noSubject(issuer, payload, [present ?? first]);
  if (present !== first) return subject(`${CLIENT_SUBJECT}${found}`);
  if (found.startsWith(CLIENT_SUBJECT))
    throw new AuthenticationError(
      "claims_invalid",
      `The token's ${first} begins with ${CLIENT_SUBJECT}, which marks the clients of this issuer`,
      { issuer: issuer.name },
    );
  return subject(found);
}

function noSubject(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
  path: ClaimPath,
): AuthenticationError {
  const [claim, found] = [path.join("."), printShape(shapeOf(claimAt(payload, path)))];
  return new AuthenticationError(
    "claims_invalid",
    `The token names no subject in ${claim}, which is ${found}`,
    {
      issuer: issuer.name,
      claim,
      found,
    },
  );
}

/**
 * Returns whether the roles in an issuer's tokens count: not if memberships replace them, and never for staff.
 */
export const readsTokenRoles = ({ staff, memberships }: IssuerItem): boolean =>
  !staff && memberships !== "instead";

const rolesPath = ({ claims: { roles } }: IssuerItem): ClaimPath => (isPath(roles) ? roles : roles.path);

/**
 * Returns whether a token that names several tenants is clear: its roles belong to one tenant each, or none are read
 * from it.
 */
function speaksForSeveral(issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): boolean {
  if (!readsTokenRoles(issuer)) return issuer.memberships !== null;
  return (
    areRolesPerTenant(payload, issuer.claims.roles) ||
    (issuer.memberships !== null && claimAt(payload, rolesPath(issuer)) === undefined)
  );
}

/**
 * Chooses one of the tenants that the token names, or returns the reason why there is none.
 *
 * If the table may hold memberships (`fromTable`), the selector may name any tenant: the membership is looked
 * up before anything else. A directory speaks for its own tenant alone, because it chooses the subjects of its users
 * itself.
 */
function chooseTenant(
  tenants: readonly string[],
  selected: string | undefined,
  { fromTable, isDirectory }: { readonly fromTable: boolean; readonly isDirectory: boolean },
): string | Denial {
  if (selected !== undefined) {
    const isAllowed = tenants.includes(selected) || (fromTable && !isDirectory && isPlainText(selected));
    return isAllowed ? selected : denial("no_tenant");
  }
  const [only] = tenants;
  return tenants.length === 1 && only !== undefined ? only : denial("no_tenant");
}

/** Lists the roles that the token names in a tenant. */
function rolesIn(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
  tenant: string,
): readonly RoleName[] {
  if (!readsTokenRoles(issuer)) return [];
  const { roleNames } = issuer;
  const names = roleNamesAt(payload, issuer.claims.roles, tenant, roleNames === null);
  return sorted(
    names.flatMap((name) => (roleNames === null ? [roleName(name)] : (roleNames.get(name) ?? []))),
  );
}

function readForwardedClaims(
  issuer: IssuerItem,
  payload: Readonly<Record<string, unknown>>,
): Pick<Caller, "forwardedClaims" | "listClaims"> {
  const forwardedClaims = new Map<string, string>();
  const listClaims = new Map<string, readonly string[] | null>();
  for (const [key, path] of issuer.pass) {
    const claim = claimAt(payload, path);
    const text = printClaim(claim);
    if (text === undefined) continue;
    forwardedClaims.set(key, text);
    if (!Array.isArray(claim)) continue;
    const values = [...new Set(namesIn(claim))];
    listClaims.set(key, values.length > (issuer.listLimits.get(key) ?? LIST_LIMIT) ? null : values);
  }
  return { forwardedClaims, listClaims };
}

function stringClaim(payload: Readonly<Record<string, unknown>>, name: string): string {
  const found = claimAt(payload, [name]);
  return isPlainText(found) ? found : "";
}

/** The claims of RFC 9068 and OpenID Connect that name the client, whatever the issuer's own are called. */
const CLIENT_CLAIMS: readonly string[] = ["client_id", "azp"];

const clientClaimsOf = memoize(({ clientClaims }: IssuerItem) => [
  ...new Set([...clientClaims, ...CLIENT_CLAIMS]),
]);

/** Lists what the client claims name, each client once. A claim that is no name counts as the empty one. */
function readClients(issuer: IssuerItem, payload: Readonly<Record<string, unknown>>): readonly string[] {
  const clients: string[] = [];
  for (const name of clientClaimsOf(issuer)) {
    const found = claimAt(payload, [name]);
    const client = isPlainText(found) ? found : "";
    if (found !== undefined && !clients.includes(client)) clients.push(client);
  }
  return clients;
}

/** Returns whether a client acts for itself: whether the subject of its token is its id, also with the prefix of a fallback. */
export const isOwnClient = ({ clientId, subject }: Pick<Caller, "clientId" | "subject">): boolean =>
  clientId !== null && clientId !== "" && (subject === clientId || subject === CLIENT_SUBJECT + clientId);

function timeClaim(payload: Readonly<Record<string, unknown>>, name: string): number {
  const found = claimAt(payload, [name]);
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

/** Prints a claim for the context; undefined if it is not a string, number, boolean or list of strings. */
function printClaim(claim: unknown): string | undefined {
  if (typeof claim === "number" || typeof claim === "boolean") return String(claim);
  if (!Array.isArray(claim)) return isPlainText(claim) ? claim : undefined;
  const isList = claim.every((entry) => typeof entry === "string" && entry.isWellFormed());
  return isList ? JSON.stringify(claim) : undefined;
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
  /** The current delegate. Its issuer is the name of a trusted issuer. */
  delegate?: Delegate | undefined;
  /** In seconds since 1970. */
  issuedAt?: number | undefined;
}): Caller {
  return {
    tenant: tenantId(who.tenant),
    subject: subject(who.subject ?? ""),
    roles: sorted((who.roles ?? []).map(roleName)),
    scopes: sorted([...(who.scopes ?? [])]),
    issuer: who.issuer === undefined ? null : issuerName(who.issuer),
    directory: null,
    tenantFromToken: true,
    tokenId: "",
    issuedAt: who.issuedAt ?? 0,
    clientId: who.clientId ?? null,
    clients: who.clientId === undefined ? [] : [who.clientId],
    delegates: who.delegate === undefined ? [] : [who.delegate],
    forwardedClaims: new Map(Object.entries(who.claims ?? {})),
    listClaims: new Map(),
  } satisfies Omit<Caller, typeof brand> as unknown as Caller;
}

/** Returns the caller with fewer scopes. */
export const withScopes = (caller: Caller, scopes: readonly string[]): Caller => ({ ...caller, scopes });

/** Returns the caller's value for the source of a binding; empty if the caller has none. */
export function sourceValue(caller: Caller, source: BindingSource): string {
  if (source === "subject") return caller.subject;
  if (source === "tenant") return caller.tenant;
  return caller.forwardedClaims.get(source.slice("claim.".length)) ?? "";
}

/** Returns the caller's values for the source of a binding: several for a list, null if the list is too long. */
export function sourceValues(caller: Caller, source: BindingSource): readonly string[] | null {
  const list = source.startsWith("claim.") ? caller.listClaims.get(source.slice("claim.".length)) : undefined;
  if (list !== undefined) return list;
  const value = sourceValue(caller, source);
  return value === "" ? [] : [value];
}
