import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";
import type { Random } from "./random.ts";

export const MEMORY_AUDIENCE = "load";

export interface ManyTokens {
  readonly keys: readonly JWK[];
  /**
   * Creates a token that differs from all others, and the Authorization headers with which it is sent. A plain one is
   * valid and small.
   */
  next(tenant: string, kind?: "plain"): { readonly headers: readonly string[]; readonly isValid: boolean };
}

const INVALID_SHARE = 0.1;
/** The share of tokens that are as large as API Gateway accepts, and are sent in many spellings. */
const HOSTILE_SHARE = 0.02;
/** The share of the others that are sent a second time, in another spelling. */
const REPEATED_SHARE = 0.1;
const HOSTILE_SPELLINGS = 5;
/** Empty lists, which take the most memory for their length in JSON. A token with them has about 9.6 kB. */
const LARGE_CLAIMS = { x: Array.from({ length: 2_200 }, () => []) };
const KEY = "es256";

/** Creates tokens with ES256, because signing with it costs a tenth of RS256. */
export function createManyTokens(random: Random, issuer: string): ManyTokens {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KEY, alg: "ES256", use: "sig" } as JWK;
  const seconds = Math.floor(Date.now() / 1_000);
  let created = 0;
  return {
    keys: [jwk],
    next(tenant, kind) {
      const number = created++;
      const isValid = kind === "plain" || !random.chance(INVALID_SHARE);
      const flaw = isValid ? undefined : random.pick(["kid", "iss", "exp"] as const);
      const isHostile = kind !== "plain" && random.chance(HOSTILE_SHARE);
      const payload = {
        ...(isHostile && LARGE_CLAIMS),
        iss: flaw === "iss" ? `https://stranger-${number}.example` : issuer,
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
      const count = isHostile ? HOSTILE_SPELLINGS : Number(random.chance(REPEATED_SHARE));
      const spellings = Array.from({ length: count }, () => spellBearer(random));
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
