import { JwtVerifier } from "aws-jwt-verify";
import { createVerifier } from "fast-jwt";
import jsonwebtoken from "jsonwebtoken";
import jwksClient from "jwks-rsa";
import { verifyByHand } from "../warm/floor.ts";
import { type MinimalClaims, minimalHandler, type Verify } from "../warm/minimal-handler.ts";
import { AUDIENCE, ISSUER, type Signer } from "../warm/signer.ts";

export { ourAuthorizer } from "../warm/ours.ts";

/** Returns a handler with a hand-written verification, and one per package, set up as its documentation shows. */
export const minimalHandlers = (signer: Signer) => ({
  floor: minimalHandler(verifyByHand(signer)),
  peers: {
    "aws-jwt-verify": minimalHandler(awsJwtVerify(signer)),
    "fast-jwt": minimalHandler(fastJwt(signer)),
    "jsonwebtoken and jwks-rsa": minimalHandler(jsonWebToken(signer)),
  },
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

/** Runs without fast-jwt's cache of verified tokens, because no token comes twice. */
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
