import { JwtVerifier } from "aws-jwt-verify";
import { createVerifier } from "fast-jwt";
import jsonwebtoken from "jsonwebtoken";
import jwksClient from "jwks-rsa";
import type { MinimalClaims, Verify } from "../warm/minimal-handler.ts";
import { AUDIENCE, ISSUER, type Signer } from "../warm/signer.ts";

/** Verifiers by their package's name, set up as each one's documentation shows, keys in memory. */
export const verifiers = (signer: Signer): Readonly<Record<string, Verify>> => ({
  "aws-jwt-verify": awsJwtVerify(signer),
  "fast-jwt": fastJwt(signer),
  "jsonwebtoken and jwks-rsa": jsonWebToken(signer),
});

function awsJwtVerify({ jwk }: Signer): Verify {
  const verifier = JwtVerifier.create({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: `${ISSUER}/jwks.json`,
  });
  verifier.cacheJwks({ keys: [jwk] });
  return async (token) => (await verifier.verify(token)) as unknown as MinimalClaims;
}

/** Without its cache of verified tokens: here no token comes twice. */
function fastJwt({ publicKey, algorithm }: Signer): Verify {
  const key = String(publicKey.export({ type: "spki", format: "pem" }));
  const verify = createVerifier({
    key: () => Promise.resolve(key),
    algorithms: [algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
  });
  return (token) => verify(token) as Promise<MinimalClaims>;
}

function jsonWebToken({ jwk, algorithm }: Signer): Verify {
  const client = jwksClient({
    jwksUri: `${ISSUER}/jwks.json`,
    cache: true,
    cacheMaxAge: 86_400_000,
    fetcher: () => Promise.resolve({ keys: [jwk] }),
  });
  const getKey: jsonwebtoken.GetPublicKeyOrSecret = (header, done) =>
    client.getSigningKey(header.kid, (error, key) => done(error, key?.getPublicKey()));
  const options = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE };
  return (token) =>
    new Promise((resolve, reject) => {
      jsonwebtoken.verify(token, getKey, options, (error, claims) => {
        if (error === null) resolve(claims as unknown as MinimalClaims);
        else reject(error);
      });
    });
}
