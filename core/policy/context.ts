import type { Caller } from "../decision/caller.ts";
import { printDelegate } from "../decision/delegates.ts";
import type { Denial, DenyReason } from "../decision/denial.ts";
import type { Permissions } from "../decision/permissions.ts";

/** The authorizer context: strings of printable ASCII, which API Gateway passes to backends and templates. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** The limit on the JSON of the context, in bytes. */
export const MAX_CONTEXT_BYTES = 1_024;
/** The limit on `principalId`, in bytes. */
export const MAX_PRINCIPAL_BYTES = 256;

/** The keys that Portcullis and API Gateway write. A forwarded claim cannot have one of them. */
export const RESERVED_KEYS: readonly string[] = [
  "userId",
  "tenantId",
  "roles",
  "plan",
  "scopes",
  "issuer",
  "actor",
  "delegate",
  "omitted",
  "tokenId",
  "policyVersion",
  "correlationId",
  "group",
  "reason",
  "challenge",
  "principalId",
  "claims",
  "integrationLatency",
];

/**
 * Creates the context of a response that allows. Backends read the caller from it. The error template reads
 * `reason` when the policy denies a request.
 *
 * @example
 * import { supposedCaller } from "../decision/caller.ts";
 * import { roleName } from "../model/ids.ts";
 * import { createContext } from "./context.ts";
 *
 * const caller = supposedCaller({ tenant: "acme", subject: "ann" });
 * const sum = { roles: [roleName("viewer")], plan: null, actor: null, ownsSubject: true, grants: new Map(), version: "9f2c" };
 * const { userId, tenantId, roles } = createContext({ caller, ...sum }, "route_not_granted");
 * [userId, tenantId, roles]; // => ["ann","acme","viewer"]
 */
export function createContext(
  { caller, roles, plan, actor, version }: Permissions,
  reason: DenyReason,
): AuthorizerContext {
  const context = encodeAll(caller.forwardedClaims, {
    userId: caller.subject,
    tenantId: caller.tenant,
    roles: roles.join(","),
    plan: plan ?? "",
    scopes: caller.scopes.join(" "),
    issuer: caller.issuer ?? "",
    tokenId: caller.tokenId,
    policyVersion: version,
    reason,
  });
  // Always there, because an HTTP integration maps them: without a value a client's own header could pass.
  const [delegate] = caller.delegates;
  return Object.assign(context, {
    actor: actor === null ? NONE : encodeValue(actor),
    delegate: delegate === undefined ? NONE : encodeValue(printDelegate(delegate)),
    omitted: NONE,
  });
}

/**
 * Leaves keys out of a context that is too large, each whole: the scopes, then what the issuer's file allows, the roles
 * last. `omitted` names them. Returns the context unchanged if it still does not fit then.
 *
 * @example
 * import { omitUntilFits } from "./context.ts";
 *
 * const context = { userId: "ann", roles: "viewer", scopes: "a".repeat(1_000), omitted: "-" };
 * omitUntilFits(context, []); // => {"userId":"ann","roles":"viewer","omitted":"scopes"}
 * omitUntilFits({ ...context, userId: "a".repeat(1_000) }, [])["omitted"]; // => "-"
 */
export function omitUntilFits(context: AuthorizerContext, mayOmit: readonly string[]): AuthorizerContext {
  if (fitsContext(context)) return context;
  const inOrder = ["scopes", ...mayOmit.filter((key) => key !== "roles"), ...mayOmit.filter(isRoles)];
  const rest: Record<string, string> = { ...context };
  const omitted: string[] = [];
  for (const key of inOrder) {
    if (!Object.hasOwn(rest, key)) continue;
    // An HTTP integration maps the roles, so they need a value.
    if (isRoles(key)) rest[key] = NONE;
    else delete rest[key];
    omitted.push(key);
    rest["omitted"] = omitted.join(",");
    if (fitsContext(rest)) return rest;
  }
  return context;
}

const isRoles = (key: string): boolean => key === "roles";

const NO_CLAIMS: Caller["forwardedClaims"] = new Map();

/** Creates the context of a response that denies. Only access logs and the error template read it. */
export function denialContext(
  { reason, subject, tenant, issuer }: Denial,
  version: string | undefined,
): AuthorizerContext {
  const values = {
    userId: subject ?? "",
    tenantId: tenant ?? "",
    issuer: issuer ?? "",
    policyVersion: version ?? "",
    reason,
  };
  const context = encodeAll(NO_CLAIMS, values);
  return fitsContext(context) ? context : { reason };
}

/** Counts the bytes of the context's JSON, which is ASCII. */
export const countContextBytes = (context: AuthorizerContext): number => JSON.stringify(context).length;

/** Counts the bytes that each key takes with its value, the longest first. */
export const countKeyBytes = (context: AuthorizerContext): (readonly [key: string, bytes: number])[] =>
  Object.entries(context)
    .map(([key, value]) => [key, JSON.stringify({ [key]: value }).length - "{}".length] as const)
    .sort(([, a], [, b]) => b - a);

/** Returns whether a context is within API Gateway's limit. */
export const fitsContext = (context: AuthorizerContext): boolean =>
  countContextBytes(context) <= MAX_CONTEXT_BYTES;

/** Returns the `principalId` of a caller: its subject, or an empty string if it is not known. */
export const principalIdFor = (caller: { readonly subject?: Caller["subject"] }): string =>
  encodeValue(caller.subject ?? "");

/**
 * Encodes all values. Empty ones are left out, because AWS does not document what it does with an empty string.
 */
function encodeAll(
  forwardedClaims: Caller["forwardedClaims"],
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [key, value] of forwardedClaims)
    if (value !== "" && !RESERVED_KEYS.includes(key)) context[key] = encodeValue(value);
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== "") context[key] = encodeValue(value);
  }
  return context;
}

const PLAIN = /^[ !#$&-[\]-~]*$/;

/** The value that says "none" where a header must have one; a value that is `-` itself is encoded. */
export const NONE = "-";

/**
 * Percent-encodes all characters that are not printable ASCII, and also `%`, `"` and `\`. Because `%` is
 * encoded, two different values never become the same. Quotes and backslashes are encoded because API Gateway
 * inserts values into the JSON of access logs and error templates without escaping. Spaces at the ends and a lone
 * `-` are encoded because the value becomes an HTTP header: receivers trim it, and `-` means that there is none.
 *
 * @example
 * import { encodeValue } from "./context.ts";
 *
 * encodeValue("Zoë, 50%"); // => "Zo%C3%AB, 50%25"
 */
export function encodeValue(value: string): string {
  if (value === NONE) return "%2D";
  const encoded = PLAIN.test(value) ? value : value.replace(/[^ !#$&-[\]-~]+/gu, encodeURIComponent);
  return encoded.replace(/^ +| +$/g, (spaces) => "%20".repeat(spaces.length));
}
