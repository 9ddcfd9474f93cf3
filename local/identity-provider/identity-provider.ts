import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { isFirstOf, isPath } from "../../core/model/claim-location.ts";
import { isClientPattern } from "../../core/model/client-ceilings.ts";
import { BY_DIRECTORY } from "../../core/model/directory.ts";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import { put, type RolesByTenant, setOwn, writeNames, writeRoles } from "./write-claims.ts";

/** The content of a token. Tenants and roles do not have to exist. */
export interface TokenRequest {
  readonly tenants?: readonly string[];
  /** Role names; `tenant:role` gives roles for each tenant. */
  readonly roles?: readonly string[];
  readonly subject?: string;
  readonly scopes?: readonly string[];
  /** The OAuth client. Default: the first that clients.yaml names for the issuer; without the file there is none. */
  readonly client?: string;
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
  /** @param directory for an issuer that has one for each tenant; all of them have the same keys here */
  discovery(directory?: string): Record<string, unknown>;
  jwks(): Promise<{ keys: JWK[] }>;
  mint(request: TokenRequest): Promise<string>;
  /** Starts to sign with a new key; the previous key stays published. Returns the new key's id. */
  rotate(): Promise<string>;
}

/** Returns the directory of an issuer that a tenant lists. */
export type FindDirectory = (tenant: string, issuer: string) => Promise<string | undefined>;

/**
 * Creates a provider whose tokens have the shape that the issuer's definition reads.
 *
 * @param findDirectory is called for an issuer that has a directory for each tenant
 */
export function createIdentityProvider(
  url: string,
  definition: () => IssuerDefinition,
  findDirectory: FindDirectory = async () => undefined,
): IdentityProvider {
  let keys: Promise<SigningKey[]> | undefined;
  const current = (): Promise<SigningKey[]> => (keys ??= makeKey().then((key) => [key]));
  return {
    url,
    discovery: (directory) => ({
      issuer: directory === undefined ? url : `${url}/${directory}`,
      authorization_endpoint: `${url}/authorize`,
      jwks_uri: `${url}/jwks.json`,
      token_endpoint: `${url}/token`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [ALGORITHM],
    }),
    jwks: async () => ({ keys: (await current()).map((key) => key.jwk) }),
    async mint(request) {
      const issuer = definition();
      const iss =
        issuer.tenants === BY_DIRECTORY ? await directoryUrl(url, issuer, request, findDirectory) : url;
      return sign((await current())[0] as SigningKey, iss, issuer, request);
    },
    rotate: async () => {
      const [latest] = await current();
      const added = await makeKey();
      keys = Promise.resolve(latest === undefined ? [added] : [added, latest]);
      return String(added.jwk.kid);
    },
  };
}

async function directoryUrl(
  url: string,
  { name }: IssuerDefinition,
  { tenants = [] }: TokenRequest,
  findDirectory: FindDirectory,
): Promise<string> {
  const [tenant, ...others] = tenants;
  if (tenant === undefined || others.length > 0)
    throw new Error(`A token of the issuer ${name} is of one tenant's directory: name one tenant`);
  const directory = await findDirectory(tenant, name);
  if (directory === undefined)
    throw new Error(
      `The tenant ${tenant} lists no directory of the issuer ${name}: add directories: { ${name}: … } to its file, or npx portcullis tenant put with --directory ${name}=…`,
    );
  return `${url}/${directory}`;
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
    ...clientClaim(issuer, request.client),
    ...audienceClaims(issuer),
  };
  const { subject, tenant, roles, scopes } = issuer.claims;
  const tenants = request.tenants ?? [];
  writeNames(payload, isFirstOf(subject) ? [subject.first[0]] : subject, [request.subject ?? "local-user"]);
  // Names that contain tenant and role are written with the roles. The issuer itself names a directory's tenant.
  if (issuer.tenants !== BY_DIRECTORY && (isPath(tenant) || tenant.as !== "tenant_role"))
    writeNames(payload, tenant, tenants);
  writeRoles(payload, roles, rolesByTenant(issuer, request.roles ?? []), tenants);
  const words = request.scopes ?? [];
  if (isPath(scopes) && issuer.preset !== "okta" && words.length > 0) put(payload, scopes, words.join(" "));
  else if (words.length > 0) put(payload, isPath(scopes) ? scopes : scopes.path, words);
  for (const [name, value] of Object.entries(request.claims ?? {})) setOwn(payload, name, value);
  const [typ = "JWT"] = ["at+jwt", "jwt", ...issuer.types].filter(
    (type) => type !== "" && issuer.types.includes(type),
  );
  return new SignJWT(payload)
    .setProtectedHeader({ alg: ALGORITHM, kid: String(key.jwk.kid), typ: typ === "jwt" ? "JWT" : typ })
    .sign(key.privateKey);
}

/** Returns the claim that names the client. */
function clientClaim(
  { clientClaims, ceilings }: IssuerDefinition,
  requested: string | undefined,
): JWTPayload {
  const [first] = [...(ceilings?.clients.keys() ?? [])].filter((entry) => !isClientPattern(entry));
  const client = requested ?? first;
  return client === undefined ? {} : { [clientClaims?.[0] ?? "client_id"]: client };
}

/** Returns the claims that say what the token is for: of the first kind, if the issuer has several. */
function audienceClaims({
  audienceClaims,
  kinds,
  tokenUse,
  clients,
  clientClaims,
}: IssuerDefinition): JWTPayload {
  const [kind] = kinds ?? [];
  const [audience] = kind?.audienceClaims ?? audienceClaims;
  const [client] = clients ?? [];
  return {
    ...(audience !== undefined && { [audience]: LOCAL_AUDIENCE }),
    ...(client !== undefined && { [clientClaims?.[0] ?? "client_id"]: client }),
    ...(kind !== undefined && { [kind.claim]: kind.value }),
    ...(tokenUse !== undefined && { token_use: tokenUse }),
  };
}

/** Groups role names by tenant, in the issuer's own group names: `tenant:role` is a role in this tenant. */
function rolesByTenant(issuer: IssuerDefinition, roles: readonly string[]): RolesByTenant {
  const external = (role: string): string =>
    Object.entries(issuer.roleNames ?? {}).find(([, names]) => names.includes(role))?.[0] ?? role;
  if (!roles.some((role) => role.includes(":")))
    return new Map(roles.length === 0 ? [] : [["", roles.map(external)]]);
  const perTenant = new Map<string, string[]>();
  for (const [tenant = "", role = ""] of roles.map((pair) => pair.split(/:(.*)/s)))
    perTenant.set(tenant, [...(perTenant.get(tenant) ?? []), external(role)]);
  return perTenant;
}
