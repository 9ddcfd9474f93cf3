import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { JWK } from "jose";
import type { Item } from "../../../core/model/items.ts";
import { FakeIssuer } from "../../support/fake-issuer.ts";
import { AUDIENCE, claims, issuerFields, ROLE, TENANT } from "../../support/fixtures.ts";
import { ecdsa, rawToken, rs256, type Signing } from "./raw-token.ts";

type Members = Readonly<Record<string, unknown>>;
type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** Additions to the default issuers and items. */
export interface ArenaOptions {
  /** Further keys that `main` publishes. */
  readonly keys?: readonly JWK[];
  /** Further algorithms of `main`. */
  readonly algorithms?: readonly string[];
  readonly items?: readonly Item[];
}

export type Arena = Awaited<ReturnType<typeof startArena>>;

export const rsaPair = (bits = 2_048, exponent = 65_537): Pair =>
  generateKeyPairSync("rsa", { modulusLength: bits, publicExponent: exponent });
export const curvePair = (namedCurve: string): Pair => generateKeyPairSync("ec", { namedCurve });

/** Exports a public key as an issuer publishes it. */
export const published = (key: KeyObject, members: Members): JWK => ({
  ...(key.export({ format: "jwk" }) as JWK),
  ...members,
});

/**
 * Starts three issuers on loopback. `main` signs RS256 for every tenant. `curves` signs with elliptic curves, without
 * `typ` and with `token_use`. `rival` covers only the tenant `globex`, and its RSA key has the same id as `main`'s.
 */
export async function startArena({ keys = [], algorithms = [], items = [] }: ArenaOptions = {}) {
  const [main, rival, stranger] = [rsaPair(), rsaPair(), rsaPair()];
  const [p256, p384] = [curvePair("P-256"), curvePair("P-384")];
  const servers = {
    main: await FakeIssuer.start(),
    curves: await FakeIssuer.start(),
    rival: await FakeIssuer.start(),
  };
  const rsa = { kid: "k1", alg: "RS256", use: "sig" };
  servers.main.keys = [published(main.publicKey, rsa), ...keys];
  servers.rival.keys = [published(rival.publicKey, rsa)];
  servers.curves.keys = [
    published(p256.publicKey, { kid: "p256" }),
    published(p384.publicKey, { kid: "p384" }),
  ];
  const now = () => Math.floor(Date.now() / 1_000);
  const makeClaims = (issuer: keyof typeof servers, changes: Members = {}): Members =>
    claims(servers[issuer].url, { iat: now() - 10, exp: now() + 600, ...changes });
  const header = (changes: Members = {}): Members => ({ alg: "RS256", kid: "k1", typ: "at+jwt", ...changes });
  return {
    servers,
    pairs: { main, rival, stranger, p256, p384 },
    header,
    now,
    claims: makeClaims,
    /** Signs a token of `main` that is valid except for the changes. */
    token: (
      changes: Members = {},
      headerChanges: Members = {},
      signing: Signing = rs256(main.privateKey),
    ): string => rawToken(header(headerChanges), makeClaims("main", changes), signing),
    /** Signs a token of `curves` that is valid except for the changes. */
    curveToken: (
      changes: Members = {},
      headerChanges: Members = {},
      signing: Signing = ecdsa(p256.privateKey),
    ): string =>
      rawToken(
        { alg: "ES256", kid: "p256", ...headerChanges },
        makeClaims("curves", { token_use: "access", ...changes }),
        signing,
      ),
    issuers: {
      main: { url: servers.main.url, audiences: [AUDIENCE], algorithms: ["RS256", ...algorithms] },
      curves: { url: servers.curves.url, audiences: [AUDIENCE], algorithms: ["ES256", "ES384"] },
      rival: { url: servers.rival.url, audiences: [AUDIENCE], algorithms: ["RS256"] },
    },
    items: [
      issuerFields(),
      issuerFields({ sk: "ISSUER#curves", name: "curves", hash: "curves", types: [""], tokenUse: "access" }),
      issuerFields({ sk: "ISSUER#rival", name: "rival", hash: "rival", tenants: ["globex"] }),
      ROLE,
      TENANT,
      { ...TENANT, pk: "TENANT#globex", id: "globex", hash: "globex" },
      ...items,
    ],
    /** Returns every path that was requested from any of the issuers. */
    fetched: () => Object.values(servers).flatMap(({ requests }) => requests),
    stop: () => Promise.all(Object.values(servers).map((server) => server.stop())),
  };
}
