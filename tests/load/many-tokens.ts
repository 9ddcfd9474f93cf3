import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";
import type { Random } from "./random.ts";

export const MEMORY_ISSUER = "http://127.0.0.1/issuer";
export const MEMORY_AUDIENCE = "load";

export interface ManyTokens {
  readonly keys: readonly JWK[];
  /** A token that no other is like; `isGood` tells whether it is to be accepted. */
  next(tenant: string): { readonly token: string; readonly isGood: boolean };
}

const BAD_SHARE = 0.1;
const KEY = "es256";

/** Tokens of ES256, which costs a tenth of RS256 to sign. */
export function createManyTokens(random: Random): ManyTokens {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KEY, alg: "ES256", use: "sig" } as JWK;
  const seconds = Math.floor(Date.now() / 1_000);
  let count = 0;
  return {
    keys: [jwk],
    next(tenant) {
      const number = count++;
      const isGood = !random.chance(BAD_SHARE);
      const flaw = isGood ? undefined : random.pick(["kid", "iss", "exp"] as const);
      const payload = {
        iss: flaw === "iss" ? `https://stranger-${number}.example` : MEMORY_ISSUER,
        aud: MEMORY_AUDIENCE,
        sub: `subject-${number}`,
        jti: `token-${number}`,
        email: `subject-${number}@example.com`,
        tenant,
        roles: ["viewer", "editor"],
        iat: seconds - 7_200,
        exp: flaw === "exp" ? seconds - 3_600 : seconds + 86_400,
      };
      const header = { alg: "ES256", kid: flaw === "kid" ? `stranger-${number}` : KEY, typ: "JWT" };
      return { token: signed(header, payload, privateKey), isGood };
    },
  };
}

function signed(header: object, payload: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(header)}.${part(payload)}`;
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
