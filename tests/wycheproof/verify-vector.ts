import { generateKeyPairSync, subtle } from "node:crypto";
import { vi } from "vitest";
import { authorizationIn, bearerToken } from "../../core/decision/bearer-token.ts";
import { AuthenticationError } from "../../core/model/errors.ts";
import { ALGORITHMS } from "../../core/model/issuer.ts";
import { keySets } from "../../runtime/jwt/key-sets.ts";
import { type TokenVerifier, tokenVerifier } from "../../runtime/jwt/verify-token.ts";
import { localTrust } from "../support/configuration.ts";
import { claims, issuerItem, SECONDS } from "../support/fixtures.ts";
import { KID, type Vector } from "./vectors.ts";

const ISSUER = "https://id.example.com";
const verifyBytes = subtle.verify.bind(subtle);
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
/** The claims in place of the vectors' payloads, which are not JSON. */
const CLAIMS = encode(claims(ISSUER));
/** Keeps the key set from being empty where all of a vector's keys count as absent: that is a 500, not a 401. */
const UNRELATED = {
  ...generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }),
  kid: "unrelated",
};

/**
 * Returns whether the product accepts a vector's signature.
 *
 * The whole verifier runs, from key set to claims, on a token that has the vector's header and signature, and claims
 * that are valid. No vector signs such claims. So the bytes that WebCrypto verifies are replaced, in the last call,
 * by the vector's own. The form of a vector that is a JWS is checked before, as for each request.
 *
 * @throws Error every error that is not an AuthenticationError, because a vector must cause no other
 */
export async function isAccepted({ keys, input }: Vector, algorithm: string): Promise<boolean> {
  const verify = verifierFor(keys);
  try {
    const { token, message } = "jws" in input ? split(input.jws) : wrap(input, algorithm);
    vi.spyOn(globalThis.crypto.subtle, "verify").mockImplementation((by, key, signature) =>
      verifyBytes(by as string, key as Parameters<typeof verifyBytes>[1], signature, message),
    );
    await verify(readToken(token));
    return true;
  } catch (error) {
    if (error instanceof AuthenticationError) return false;
    throw error;
  } finally {
    vi.restoreAllMocks();
  }
}

const readToken = (token: string) =>
  bearerToken(authorizationIn(new Map([["authorization", [`Bearer ${token}`]]])));

function split(jws: string): { readonly token: string; readonly message: Buffer } {
  const [header, , signature] = readToken(jws).split(".");
  return {
    token: `${header}.${CLAIMS}.${signature}`,
    message: Buffer.from(jws.slice(0, jws.lastIndexOf("."))),
  };
}

function wrap(
  { message, signature }: { readonly message: Buffer; readonly signature: Buffer },
  alg: string,
): { readonly token: string; readonly message: Buffer } {
  const header = encode({ alg, kid: KID });
  return { token: `${header}.${CLAIMS}.${signature.toString("base64url")}`, message };
}

/** The vectors of a group have the same keys. */
const verifiers = new WeakMap<object, TokenVerifier>();

function verifierFor(keys: Vector["keys"]): TokenVerifier {
  const made = verifiers.get(keys) ?? makeVerifier(keys);
  verifiers.set(keys, made);
  return made;
}

function makeVerifier(keys: Vector["keys"]): TokenVerifier {
  const now = () => SECONDS * 1_000;
  const getJson = async (url: string): Promise<unknown> =>
    url.endsWith("/jwks") ? { keys: [...keys, UNRELATED] } : { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` };
  const trusted = localTrust({ issuers: [{ url: ISSUER, algorithms: ALGORITHMS }] });
  return tokenVerifier({
    trust: trusted,
    keySets: keySets(trusted, () => getJson, now, null),
    issuerItem: async () => issuerItem({ types: [""] }),
    issuerSwitch: async () => undefined,
    now,
  });
}
