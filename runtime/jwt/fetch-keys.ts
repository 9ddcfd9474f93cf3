import type { JWK } from "jose";
import { GetError, type GetJson } from "./https-getter.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import { isKeyOf } from "./issuer-template.ts";
import { issuerUrlProblem } from "./issuer-url.ts";

const MIN_RSA_BITS = 2_048;

/**
 * Fetches an issuer's public keys, from its `jwksUri` or from where its discovery document says.
 *
 * @throws whatever keeps them from being had; a set without a usable key counts as such
 */
export async function fetchKeys(issuer: IssuerConfig, get: GetJson, local: boolean): Promise<JWK[]> {
  const uri = issuer.jwksUri ?? (await discover(issuer.url, get, local));
  const keys = member(await get(uri), "keys");
  if (!Array.isArray(keys)) throw new GetError("no_keys", "The key set has no list of keys");
  const usable = usableKeys(keys, issuer);
  if (usable.length === 0)
    throw new GetError("no_usable_key", "The key set has no key that signatures could be verified with");
  return usable;
}

/** Where an issuer's discovery document is. */
export const discoveryUrl = (issuer: string): string =>
  `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;

/** OpenID Connect Discovery 1.0, section 4: the document must name the very issuer that it was asked for. */
async function discover(url: string, get: GetJson, local: boolean): Promise<string> {
  const document = await get(discoveryUrl(url));
  if (member(document, "issuer") !== url)
    throw new GetError("other_issuer", "The discovery document names another issuer");
  const uri = member(document, "jwks_uri");
  if (typeof uri !== "string" || issuerUrlProblem(uri, local) !== undefined)
    throw new GetError(
      "jwks_uri_refused",
      "The discovery document's jwks_uri is not an https URL of a public host",
    );
  return uri;
}

export const usableKeys = (keys: readonly unknown[], { url }: Pick<IssuerConfig, "url">): JWK[] =>
  keys.filter(isUsable).filter((key) => isKeyOf(url, member(key, "issuer")));

/** Public, for signatures, asymmetric, and if RSA strong; other keys are as good as absent. */
function isUsable(key: unknown): key is JWK {
  const use = member(key, "use");
  if (use !== undefined && use !== "sig") return false;
  if (member(key, "d") !== undefined) return false;
  const kind = member(key, "kty");
  return kind === "RSA" ? isStrongRsa(key) : kind === "EC" || kind === "OKP";
}

/** Of 2,048 bits or more, and with an odd exponent above 1: under the exponent 1 every text is its own signature. */
function isStrongRsa(key: unknown): boolean {
  const [modulus, exponent] = [unsigned(member(key, "n")), unsigned(member(key, "e"))];
  const last = exponent.at(-1) ?? 0;
  return bitLength(modulus) >= MIN_RSA_BITS && bitLength(exponent) > 1 && last % 2 === 1;
}

/** A number's bytes without leading zeros; none for what is not base64url. */
function unsigned(text: unknown): Buffer {
  if (typeof text !== "string") return Buffer.alloc(0);
  const bytes = Buffer.from(text, "base64url");
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? Buffer.alloc(0) : bytes.subarray(first);
}

const bitLength = (bytes: Buffer): number => 8 * bytes.length - Math.clz32(bytes[0] ?? 0) + 24;

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
