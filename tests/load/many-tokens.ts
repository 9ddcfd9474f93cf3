import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";
import type { Random } from "./random.ts";

export const MEMORY_ISSUER = "http://127.0.0.1/issuer";
export const MEMORY_AUDIENCE = "load";

export interface ManyTokens {
  readonly keys: readonly JWK[];
  /** Creates a token that differs from all others, and the Authorization headers with which it is sent. */
  next(tenant: string): { readonly headers: readonly string[]; readonly isValid: boolean };
}

const INVALID_SHARE = 0.1;
/** The share of tokens that are as large as API Gateway accepts, and are sent in many spellings. */
const HOSTILE_SHARE = 0.1;
const HOSTILE_SPELLINGS = 5;
/** Empty lists, which take the most memory for their length in JSON. A token with them has about 9.6 kB. */
const LARGE_CLAIMS = { x: Array.from({ length: 2_200 }, () => []) };
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
      const isHostile = random.chance(HOSTILE_SHARE);
      const payload = {
        ...(isHostile && LARGE_CLAIMS),
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
      const token = signToken(header, payload, privateKey);
      const spellings = Array.from({ length: isHostile ? HOSTILE_SPELLINGS : 1 }, () => spellBearer(random));
      return { headers: ["Bearer ", ...spellings].map((scheme) => scheme + token), isValid };
    },
  };
}

/** Returns the scheme in letters of any case, with any number of spaces. */
const spellBearer = (random: Random): string =>
  [..."bearer"].map((letter) => (random.chance(0.5) ? letter : letter.toUpperCase())).join("") +
  " ".repeat(1 + random.whole(50));

function signToken(header: object, payload: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(header)}.${part(payload)}`;
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
