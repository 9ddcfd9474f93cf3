import { verify } from "node:crypto";
import type { MinimalClaims, Verify } from "./minimal-handler.ts";
import { AUDIENCE, ISSUER, type Signer } from "./signer.ts";

interface RegisteredClaims {
  readonly iss: string;
  readonly aud: string;
  readonly exp: number;
  readonly nbf?: number;
}

const decode = <T>(part: string): T => JSON.parse(Buffer.from(part, "base64url").toString()) as T;

/** Returns a verification that is written by hand on `node:crypto`. */
export function verifyByHand({ algorithm, kid, publicKey }: Signer): Verify {
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return (token) => {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const { alg, kid: keyId, typ } = decode<{ alg: string; kid: string; typ: string }>(header);
    const content = Buffer.from(`${header}.${payload}`);
    const isSigned =
      alg === algorithm &&
      keyId === kid &&
      typ === "at+jwt" &&
      verify("sha256", content, key, Buffer.from(signature, "base64url"));
    if (!isSigned) throw new Error("Unauthorized");
    const claims = decode<MinimalClaims & RegisteredClaims>(payload);
    const now = Date.now() / 1_000;
    if (claims.iss !== ISSUER || claims.aud !== AUDIENCE || claims.exp <= now || (claims.nbf ?? 0) > now)
      throw new Error("Unauthorized");
    return claims;
  };
}
