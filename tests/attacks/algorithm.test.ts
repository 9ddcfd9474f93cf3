import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { bytes, hmac, rs256 } from "./support/raw-token.ts";

const describeAttacks = startTargets();

const NOT_ALLOWED = [401, "algorithm_not_allowed"] as const;

/** Serialises members to JSON. */
const toJson = (members: object): string => JSON.stringify(members);

describeAttacks("The algorithm: the token does not choose it", [
  {
    title: "the unchanged token is allowed",
    send: ({ token }) => token(),
    gets: [200],
  },
  ...["none", "None", "NONE", "nOnE", "none ", "\u0000none"].flatMap((alg): Attack[] => [
    {
      title: `alg ${JSON.stringify(alg)} without a signature is rejected`,
      send: ({ token }) => token({}, { alg }, bytes(new Uint8Array())),
      gets: [401, "token_malformed"],
    },
    {
      title: `alg ${JSON.stringify(alg)} with a signature is rejected`,
      send: ({ token }) => token({}, { alg }, bytes(Buffer.from("none"))),
      gets: NOT_ALLOWED,
    },
    {
      title: `alg ${JSON.stringify(alg)} with the issuer's own signature is rejected`,
      send: ({ token }) => token({}, { alg }),
      gets: NOT_ALLOWED,
    },
  ]),
  ...["HS256", "HS384", "HS512"].flatMap((alg): Attack[] =>
    (["pem", "der", "jwk"] as const).map(
      (format): Attack => ({
        title: `${alg} over the public key as ${format === "jwk" ? "the JWK's n" : format.toUpperCase()} is rejected`,
        send: ({ token, pairs: { main } }) => {
          const jwk = main.publicKey.export({ format: "jwk" });
          const secrets = {
            pem: main.publicKey.export({ type: "spki", format: "pem" }),
            der: main.publicKey.export({ type: "spki", format: "der" }),
            jwk: Buffer.from(jwk.n ?? "", "base64url"),
          };
          return token({}, { alg }, hmac(secrets[format], `sha${alg.slice(2)}`));
        },
        gets: NOT_ALLOWED,
      }),
    ),
  ),
  {
    title: "HS256 over the JWK's n as a string is rejected",
    send: ({ token, pairs: { main } }) =>
      token({}, { alg: "HS256" }, hmac(main.publicKey.export({ format: "jwk" }).n ?? "")),
    gets: NOT_ALLOWED,
  },
  {
    title: "HS256 over the empty secret is rejected",
    send: ({ token }) => token({}, { alg: "HS256" }, hmac("")),
    gets: NOT_ALLOWED,
  },
  {
    title: "an algorithm of another issuer is rejected",
    send: ({ token }) => token({}, { alg: "ES256" }),
    gets: NOT_ALLOWED,
  },
  ...["RS512", "PS256", "rs256", " RS256", "RS256\u0000", "__proto__", "constructor", "toString", ""].map(
    (alg): Attack => ({
      title: `alg ${JSON.stringify(alg)} is rejected for an issuer of RS256`,
      send: ({ token }) => token({}, { alg }),
      gets: NOT_ALLOWED,
    }),
  ),
  ...[["RS256"], { RS256: true }, 256, true, null, undefined].map(
    (alg): Attack => ({
      title: `alg ${JSON.stringify(alg)} is rejected as not a string`,
      send: ({ token }) => token({}, { alg }),
      gets: NOT_ALLOWED,
    }),
  ),
]);

describeAttacks("The header: it does not change how the payload is read", [
  ...[["exp"], ["b64"], [], "exp", null, ["alg"], [{}], { exp: true }].map(
    (crit): Attack => ({
      title: `crit ${JSON.stringify(crit)} is rejected`,
      send: ({ token }) => token({}, { crit, exp: 1 }),
      gets: [401, "token_malformed"],
    }),
  ),
  {
    title: "b64 false as a critical header is rejected",
    send: ({ token }) => token({}, { crit: ["b64"], b64: false }),
    gets: [401, "token_malformed"],
  },
  ...[false, true, null, 0].map(
    (b64): Attack => ({
      title: `b64 ${JSON.stringify(b64)} as a header that is not critical is rejected`,
      send: ({ token }) => token({}, { b64 }),
      gets: [401, "token_malformed"],
    }),
  ),
  {
    title: "a payload without encoding (b64 false) is rejected",
    send: ({ header, claims, pairs }) => {
      const [head = ""] = [Buffer.from(toJson(header({ b64: false, crit: ["b64"] }))).toString("base64url")];
      const input = `${head}.${toJson(claims("main"))}`;
      return `${input}.${Buffer.from(rs256(pairs.main.privateKey)(input)).toString("base64url")}`;
    },
    gets: [401, "token_malformed"],
  },
  ...["JWT", "jwt", "application/jwt", "Application/JWT"].map(
    (cty): Attack => ({
      title: `cty ${cty}, which announces a nested token, is rejected`,
      send: ({ token }) => token({}, { cty }),
      gets: [401, "token_malformed"],
    }),
  ),
  {
    title: "zip and enc, which only an encrypted token can have, are ignored",
    send: ({ token }) => token({}, { zip: "DEF", enc: "A256GCM", p2c: 2 ** 31 }),
    gets: [200],
  },
]);
