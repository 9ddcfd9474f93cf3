import type { JWK } from "jose";
import { withinDeadline } from "../deadline.ts";
import { GetError, type GetJson } from "./https-getter.ts";
import { type IssuerConfig, isEdwards } from "./issuer-config.ts";
import { isKeyForIssuer } from "./issuer-template.ts";
import { issuerUrlProblem } from "./issuer-url.ts";
import { isLowOrder, isStrongRsa } from "./key-strength.ts";

/**
 * Fetches an issuer's usable public keys, from its `jwksUri` or from the `jwks_uri` of its discovery document.
 *
 * @param local whether the discovery document may name a key set on loopback and over http
 * @throws GetError when the discovery document or the key set is not usable, or has no usable key
 * @throws Error every error of `get`
 * @example
 * import { issuerName } from "../../core/model/ids.ts";
 * import { fetchKeys } from "./fetch-keys.ts";
 * import { type IssuerConfig } from "./issuer-config.ts";
 *
 * const issuer: IssuerConfig = {
 *   name: issuerName("main"),
 *   url: "https://id.example.com",
 *   jwksUri: "https://id.example.com/jwks",
 *   audiences: ["https://api.example.com"],
 *   algorithms: ["ES256"],
 * };
 * const keySet = { keys: [{ kty: "EC", kid: "k1" }, { kty: "oct", kid: "secret" }] };
 * const keys = await fetchKeys(issuer, async () => keySet, false);
 * keys.map(({ kid }) => kid); // => ["k1"]
 */
export async function fetchKeys(issuer: IssuerConfig, get: GetJson, local: boolean): Promise<JWK[]> {
  return getKeys(issuer.jwksUri ?? (await discover(issuer.url, get, local)), issuer, get);
}

async function getKeys(uri: string, issuer: IssuerConfig, get: GetJson): Promise<JWK[]> {
  const keys = member(await get(uri), "keys");
  if (!Array.isArray(keys)) throw new GetError("no_keys", "The key set has no list of keys");
  const usable = usableKeys(keys, issuer);
  if (usable.length === 0)
    throw new GetError("no_usable_key", "The key set has no key that can verify signatures");
  return usable;
}

/**
 * Creates a function that fetches an issuer's keys as {@link fetchKeys} does, within a deadline for both documents
 * together. If the keys do not respond, the next call uses the `jwks_uri` that was found, so that an issuer whose two
 * documents need more than the deadline has its keys after the second call.
 *
 * @param timeout in ms, for the discovery document and the key set together
 * @example
 * import { issuerName } from "../../core/model/ids.ts";
 * import { keyFetcher } from "./fetch-keys.ts";
 *
 * const url = "https://id.example.com";
 * const issuer = { name: issuerName("main"), url, jwksUri: undefined, audiences: ["api"], algorithms: ["ES256"] };
 * const urls: string[] = [];
 * const get = async (asked: string) => {
 *   urls.push(asked.slice(url.length));
 *   if (urls.length === 2) throw new Error("no response");
 *   return { issuer: url, jwks_uri: `${url}/jwks`, keys: [{ kty: "EC" }] };
 * };
 * const fetch = keyFetcher(issuer, get, false, 3_000);
 * await fetch().catch(() => "failed"); // => "failed"
 * (await fetch()).length; // => 1
 * urls; // => ["/.well-known/openid-configuration","/jwks","/jwks"]
 */
export function keyFetcher(
  issuer: IssuerConfig,
  get: GetJson,
  local: boolean,
  timeout: number,
): () => Promise<JWK[]> {
  let found: string | undefined;
  return () =>
    withinDeadline(timeout, async (signal) => {
      const getInTime: GetJson = (url) => get(url, signal);
      found ??= issuer.jwksUri ?? (await discover(issuer.url, getInTime, local));
      const uri = found;
      try {
        const keys = await getKeys(uri, issuer, getInTime);
        // The next refresh reads the discovery document again, because the issuer may have moved its keys.
        found = undefined;
        return keys;
      } catch (error) {
        if (error instanceof GetError) found = undefined;
        throw error;
      }
    });
}

/** Returns the URL of an issuer's discovery document. */
export const discoveryUrl = (issuer: string): string =>
  `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;

/** Rejects documents that name another issuer, as OpenID Connect Discovery 1.0 requires in section 4. */
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

/** Returns the keys that can verify tokens of an issuer: public, asymmetric, for signatures and strong. */
export const usableKeys = (keys: readonly unknown[], { url }: Pick<IssuerConfig, "url">): JWK[] =>
  keys
    .filter(isUsable)
    .filter((key) => isKeyForIssuer(url, member(key, "issuer")))
    .map(withoutEdwardsName);

/** Removes `alg` from an Ed25519 key, so that tokens with either of the algorithm's two names find it. */
const withoutEdwardsName = (key: JWK): JWK => {
  const { alg, ...others } = key;
  return key.kty === "OKP" && isEdwards(alg) ? others : key;
};

function isUsable(key: unknown): key is JWK {
  const use = member(key, "use");
  if (use !== undefined && use !== "sig") return false;
  if (member(key, "d") !== undefined) return false;
  const kind = member(key, "kty");
  if (kind === "RSA") return isStrongRsa(text(key, "n"), text(key, "e"));
  return kind === "EC" || (kind === "OKP" && !isLowOrder(text(key, "x")));
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" ? found : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
