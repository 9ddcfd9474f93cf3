import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { isObject } from "../../core/model/is-object.ts";
import type { ClaimPath } from "../../core/model/items.ts";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";

/** The content of a token. Tenants and roles do not have to exist. */
export interface TokenRequest {
  readonly tenants?: readonly string[];
  /** Role names; `tenant:role` gives roles for each tenant. */
  readonly roles?: readonly string[];
  readonly subject?: string;
  readonly scopes?: readonly string[];
  /** Seconds from now; a negative number mints an expired token. */
  readonly expiresIn?: number;
  /** Further claims, which override all others. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** The audience of every local issuer's tokens. */
export const LOCAL_AUDIENCE = "portcullis-local";
const ALGORITHM = "RS256";

interface SigningKey {
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
  readonly jwk: JWK;
}

/** One OpenID provider: discovery, keys, tokens, rotation. */
export interface IdentityProvider {
  readonly url: string;
  discovery(): Record<string, unknown>;
  jwks(): Promise<{ keys: JWK[] }>;
  mint(request: TokenRequest): Promise<string>;
  /** Starts to sign with a new key; the previous key stays published. Returns the new key's id. */
  rotate(): Promise<string>;
}

/** Creates a provider whose tokens have the shape that the issuer's definition reads. */
export function createIdentityProvider(url: string, definition: () => IssuerDefinition): IdentityProvider {
  let keys: Promise<SigningKey[]> | undefined;
  const current = (): Promise<SigningKey[]> => (keys ??= makeKey().then((key) => [key]));
  return {
    url,
    discovery: () => ({
      issuer: url,
      jwks_uri: `${url}/jwks.json`,
      token_endpoint: `${url}/token`,
      response_types_supported: ["token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [ALGORITHM],
    }),
    jwks: async () => ({ keys: (await current()).map((key) => key.jwk) }),
    mint: async (request) => sign((await current())[0] as SigningKey, url, definition(), request),
    rotate: async () => {
      const [latest] = await current();
      const added = await makeKey();
      keys = Promise.resolve(latest === undefined ? [added] : [added, latest]);
      return String(added.jwk.kid);
    },
  };
}

async function makeKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  return {
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid: randomUUID(), alg: ALGORITHM, use: "sig" },
  };
}

async function sign(
  key: SigningKey,
  url: string,
  issuer: IssuerDefinition,
  request: TokenRequest,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload: JWTPayload = {
    iss: url,
    iat: now - (request.expiresIn !== undefined && request.expiresIn < 0 ? 3600 : 0),
    exp: now + (request.expiresIn ?? 3600),
    jti: randomUUID(),
    ...Object.fromEntries(issuer.audienceClaims.slice(0, 1).map((claim) => [claim, LOCAL_AUDIENCE])),
    ...(issuer.tokenUse !== undefined && { token_use: issuer.tokenUse }),
  };
  put(payload, issuer.claims.subject, request.subject ?? "local-user");
  put(payload, issuer.claims.tenant, oneOrMany(request.tenants ?? []));
  put(payload, issuer.claims.roles, rolesClaim(issuer, request.roles ?? []));
  const scopes = request.scopes ?? [];
  if (scopes.length > 0)
    put(payload, issuer.claims.scopes, issuer.preset === "okta" ? scopes : scopes.join(" "));
  for (const [name, value] of Object.entries(request.claims ?? {})) setOwn(payload, name, value);
  const typ = issuer.types.includes("at+jwt") ? "at+jwt" : "JWT";
  return new SignJWT(payload)
    .setProtectedHeader({ alg: ALGORITHM, kid: String(key.jwk.kid), typ })
    .sign(key.privateKey);
}

const oneOrMany = (names: readonly string[]): string | readonly string[] | undefined =>
  names.length > 1 ? names : names[0];

/** Converts role names to the issuer's claim: its own group names, and an object by tenant for `tenant:role`. */
function rolesClaim(issuer: IssuerDefinition, roles: readonly string[]): unknown {
  const external = (role: string): string =>
    Object.entries(issuer.roleNames ?? {}).find(([, names]) => names.includes(role))?.[0] ?? role;
  if (roles.length === 0) return undefined;
  if (!roles.some((role) => role.includes(":"))) return roles.map(external);
  const perTenant = new Map<string, string[]>();
  for (const [tenant = "", role = ""] of roles.map((pair) => pair.split(/:(.*)/s)))
    perTenant.set(tenant, [...(perTenant.get(tenant) ?? []), external(role)]);
  return Object.fromEntries(perTenant);
}

function put(payload: JWTPayload, path: ClaimPath, value: unknown): void {
  if (value === undefined) return;
  let object: Record<string, unknown> = payload;
  for (const name of path.slice(0, -1)) {
    const own = Object.hasOwn(object, name) ? object[name] : undefined;
    const next = isObject(own) ? own : {};
    setOwn(object, name, next);
    object = next;
  }
  setOwn(object, path.at(-1) as string, value);
}

/** Sets a property of the object itself, also one that is named as a prototype's: `__proto__` is a claim like others. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
