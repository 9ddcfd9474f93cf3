import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import type { JWK } from "jose";
import { TENANT } from "./permissions.ts";

export const ALGORITHMS = ["RS256", "ES256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "https://api.example.com";

/** Signs tokens with an issuer's key. */
export interface Signer {
  readonly algorithm: Algorithm;
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly jwk: JWK & { readonly kid: string; readonly kty: string };
  /** Mints a unique token of about 1 kB. */
  mint(): string;
}

export function makeSigner(algorithm: Algorithm): Signer {
  const { publicKey, privateKey } =
    algorithm === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2_048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = `key-${algorithm}`;
  const exported = publicKey.export({ format: "jwk" }) as JWK & { kty: string };
  const jwk = { ...exported, kid, alg: algorithm, use: "sig" };
  const header = encode({ alg: algorithm, kid, typ: "at+jwt" });
  return {
    algorithm,
    kid,
    publicKey,
    jwk,
    mint() {
      const content = `${header}.${encode(claims())}`;
      const signature = sign("sha256", Buffer.from(content), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${content}.${signature.toString("base64url")}`;
    },
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function claims() {
  const now = Math.floor(Date.now() / 1_000);
  const jti = randomUUID();
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: `user-${jti.slice(0, 8)}`,
    tenant: TENANT,
    roles: ["editor"],
    scope: "openid profile email documents:read documents:write",
    email: `${jti.slice(0, 8)}@customer.example`,
    iat: now,
    exp: now + 86_400,
    jti,
    // Tokens of large identity providers contain further claims, which the authorizer does not read.
    profile: Array.from({ length: 6 }, randomUUID),
  };
}
