import { createHmac, createPublicKey, type JsonWebKey } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { IdentityProvider, TokenRequest } from "../../local/identity-provider/identity-provider.ts";

/** The content of a token, and its issuer. */
export interface TokenRecipe extends TokenRequest {
  /** The trusted issuer's name; `main` by default. */
  readonly issuer?: string;
}

export type Providers = (issuer: string) => IdentityProvider;

export const mint = ({ issuer = "main", ...request }: TokenRecipe, providers: Providers): Promise<string> =>
  providers(issuer).mint(request);

export type Forgery =
  | "flipped signature bit"
  | "edited payload"
  | "wrong issuer"
  | "issuer with slash"
  | "wrong audience"
  | "alg none"
  | "HS256 with the public key"
  | "expired"
  | "not yet valid"
  | "unknown kid"
  | "foreign key"
  | "another issuer's key"
  | "no subject";

const GOOD: TokenRecipe = { tenants: ["acme"], roles: ["admin"] };

/** Makes a token that would be allowed except for one fault. */
export async function forge(forgery: Forgery, providers: Providers): Promise<string> {
  const mintWith = (claims: JWTPayload): Promise<string> => mint({ ...GOOD, claims }, providers);
  const good = await mint(GOOD, providers);
  const [header = "", payload = "", signature = ""] = good.split(".");
  const now = Math.floor(Date.now() / 1_000);
  switch (forgery) {
    case "flipped signature bit":
      return [header, payload, flipOneBit(signature)].join(".");
    case "edited payload":
      return [header, encode({ ...decodeJwt(good), tenant: "globex" }), signature].join(".");
    case "wrong issuer":
      return mintWith({ iss: "https://elsewhere.example" });
    case "issuer with slash":
      return mintWith({ iss: `${providers("main").url}/` });
    case "wrong audience":
      return mintWith({ aud: "another-api" });
    case "alg none":
      return [encode({ ...decodeProtectedHeader(good), alg: "none" }), payload, signature].join(".");
    case "HS256 with the public key":
      return signWithPublicKey(good, providers);
    case "expired":
      return mint({ ...GOOD, expiresIn: -120 }, providers);
    case "not yet valid":
      return mintWith({ nbf: now + 600 });
    case "unknown kid":
      return resign(good, { kid: "unknown-kid" });
    case "foreign key":
      return resign(good, {});
    case "another issuer's key":
      return mint({ ...GOOD, issuer: "acme-okta", claims: { iss: providers("main").url } }, providers);
    case "no subject":
      return mintWith({ sub: "" });
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function flipOneBit(signature: string): string {
  const bytes = Buffer.from(signature, "base64url");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString("base64url");
}

/** Signs with HS256 and the issuer's public key, which a confused verifier would use as a shared secret. */
async function signWithPublicKey(good: string, providers: Providers): Promise<string> {
  const [jwk] = (await providers("main").jwks()).keys;
  if (jwk === undefined) throw new Error("The issuer has no key");
  const pem = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  });
  const signed = `${encode({ ...decodeProtectedHeader(good), alg: "HS256" })}.${good.split(".")[1]}`;
  return `${signed}.${createHmac("sha256", pem).update(signed).digest("base64url")}`;
}

/** Signs the same claims with a new key. */
async function resign(good: string, changes: Readonly<Record<string, string>>): Promise<string> {
  const { privateKey } = await generateKeyPair("RS256");
  const header = { ...decodeProtectedHeader(good), alg: "RS256", ...changes };
  return new SignJWT(decodeJwt(good)).setProtectedHeader(header).sign(privateKey);
}
