import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";
import type { Random } from "./random.ts";

export const MEMORY_ISSUER = "http://127.0.0.1/issuer";
export const MEMORY_AUDIENCE = "load";

export interface ManyTokens {
  readonly keys: readonly JWK[];
  /** Creates a token that differs from all others. */
  next(tenant: string): { readonly token: string; readonly isValid: boolean };
}

const INVALID_SHARE = 0.1;
const KEY = "es256";

/** Creates tokens with ES256, because signing with it costs a tenth of RS256. */
export function createManyTokens(random: Random): ManyTokens {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KEY, alg: "ES256", use: "sig" } as JWK;
  const seconds = Math.floor(Date.now() / 1_000);
  let count = 0;
  return {
    keys: [jwk],
    next(tenant) {
      const number = count++;
      const isValid = !random.chance(INVALID_SHARE);
      const flaw = isValid ? undefined : random.pick(["kid", "iss", "exp"] as const);
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
      return { token: signToken(header, payload, privateKey), isValid };
    },
  };
}

function signToken(header: object, payload: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(header)}.${part(payload)}`;
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
