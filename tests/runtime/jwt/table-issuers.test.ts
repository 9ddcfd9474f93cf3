import { beforeAll, describe, expect, test } from "vitest";
import type { UnverifiedToken } from "../../../core/decision/bearer-token.ts";
import { InternalError } from "../../../core/model/errors.ts";
import { issuerName } from "../../../core/model/ids.ts";
import { ALGORITHMS } from "../../../core/model/issuer.ts";
import type { Item } from "../../../core/model/items.ts";
import { digest } from "../../../core/policy-files/source/digest.ts";
import type { GetJson } from "../../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { hostGuard } from "../../../runtime/jwt/issuer-hosts.ts";
import { keySets, keysCreator } from "../../../runtime/jwt/key-sets.ts";
import { issuerPartition, tableIssuers, UNVERIFIED_READS } from "../../../runtime/jwt/table-issuers.ts";
import type { TokenFinding } from "../../../runtime/jwt/token-finding.ts";
import { tokenVerifier } from "../../../runtime/jwt/verify-token.ts";
import { trustConfig } from "../../support/configuration.ts";
import { expectAuthenticationError, expectInternalError } from "../../support/expect-errors.ts";
import { makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { AUDIENCE, claims, clock, issuerFields } from "../../support/fixtures.ts";

const HOST = "login.example.com";
const urlOf = (name: string) => `https://${HOST}/${name}`;
let signer: Signer;
beforeAll(async () => {
  signer = await makeSigner("k1");
});

const itemOf = (
  name: string,
  changes: Record<string, unknown> = {},
  trust: Record<string, unknown> = {},
): Item =>
  issuerFields({
    pk: issuerPartition(urlOf(name)),
    sk: "ISSUER",
    name,
    tenants: [name],
    trust: { url: urlOf(name), audiences: [AUDIENCE], algorithms: ["RS256"], ...trust },
    ...changes,
  });

/** A verifier whose table has some issuers, and whose issuers all have the same key. */
function harness(
  names: readonly string[],
  { stale = 0, hosts = [HOST], issuers = [] as readonly IssuerConfig[] } = {},
) {
  const time = clock();
  const items = new Map(names.map((name) => [issuerPartition(urlOf(name)), itemOf(name)]));
  const [reads, fetches]: [string[], string[]] = [[], []];
  let down = false;
  const findings: TokenFinding[] = [];
  const configured = trustConfig();
  const trust = { ...configured, issuers: [...configured.issuers, ...issuers], issuerHosts: hosts };
  const get: GetJson = async (url) => {
    fetches.push(url);
    const issuer = url.replace("/.well-known/openid-configuration", "");
    return { issuer, jwks_uri: `${issuer}/jwks`, keys: [signer.jwk] };
  };
  const create = keysCreator(trust, time.now, null);
  const guarded = hostGuard(hosts, get, get);
  const verify = tokenVerifier({
    trust,
    keySets: keySets(trust, () => get, time.now, null),
    issuerItem: async () => undefined,
    tableIssuers: tableIssuers({
      trust,
      async readItem({ pk }) {
        reads.push(pk);
        if (down) throw new InternalError("table_unreachable", "The permissions table cannot be read");
        return items.get(pk);
      },
      createKeys: (issuer) => create(issuer, guarded),
      ttl: 30_000,
      stale,
      now: time.now,
    }),
    issuerSwitch: async () => undefined,
    now: time.now,
    report: (finding) => findings.push(finding),
  });
  return {
    findings,
    verify: (token: string) => verify(token as UnverifiedToken),
    items,
    reads,
    fetches,
    advance: time.advance,
    setDown: (value: boolean) => {
      down = value;
    },
  };
}

const token = (name: string, by = signer) => sign(by, claims(urlOf(name), { tenant: name }));
const junk = async (name: string) => `${(await token(name)).split(".").slice(0, 2).join(".")}.AAAA`;

describe("an issuer with a URL in the files", () => {
  test("verifies its tokens, by the key of the compiled item", async () => {
    const { verify, reads } = harness(["acme"]);
    const { claims: verified } = await verify(await token("acme"));
    expect(verified.issuer).toMatchObject({ name: "acme", trust: { url: urlOf("acme") } });
    expect(reads).toEqual([`ISSUER#${digest(urlOf("acme"), 64)}`]);
  });

  test("is read once in the TTL, and its keys are kept when it is read again", async () => {
    const { verify, reads, fetches, advance } = harness(["acme"]);
    await verify(await token("acme"));
    await verify(await token("acme"));
    expect(reads).toHaveLength(1);
    advance(30_000);
    await verify(await token("acme"));
    expect([reads.length, fetches.length]).toEqual([2, 2]);
  });

  test("ends with its item", async () => {
    const { verify, items, advance } = harness(["acme"]);
    await verify(await token("acme"));
    items.clear();
    await verify(await token("acme"));
    advance(30_000);
    await expectAuthenticationError(verify(await token("acme")), "issuer_unknown", /is not trusted/);
  });

  test("is served in an outage of the table for the configured time and no longer", async () => {
    const { verify, setDown, advance } = harness(["acme"], { stale: 60_000 });
    await verify(await token("acme"));
    setDown(true);
    advance(89_000);
    await expect(verify(await token("acme"))).resolves.toBeDefined();
    advance(1_000);
    await expectInternalError(verify(await token("acme")), "table_unreachable", /cannot be read/);
  });

  test.each<[string, Item]>([
    ["of another URL", itemOf("acme", {}, { url: urlOf("globex") })],
    ["with the name of one of Terraform's issuers", itemOf("acme", { name: "main" })],
    ["with a symmetric algorithm", itemOf("acme", {}, { algorithms: ["HS256"] })],
    ["without its trust", itemOf("acme", { trust: undefined })],
  ])("is a 500 with an item %s", async (_, item) => {
    const { verify, items } = harness(["acme"]);
    items.set(issuerPartition(urlOf("acme")), item);
    await expectInternalError(verify(await token("acme")), "item_invalid", /^Item ISSUER#/);
  });

  test("of a host that Terraform does not list is unknown, and costs no read", async () => {
    const { verify, reads } = harness(["acme"], { hosts: ["other.example.com", "*.login.example.com"] });
    await expectAuthenticationError(verify(await token("acme")), "issuer_unknown", /is not trusted/);
    expect(reads).toEqual([]);
  });

  test("whose discovery names keys of a host that Terraform does not list has no keys", async () => {
    const { verify, items } = harness(["acme"]);
    items.set(
      issuerPartition(urlOf("acme")),
      itemOf("acme", {}, { jwksUri: "https://keys.example.org/jwks" }),
    );
    await expectInternalError(
      verify(await token("acme")),
      "keys_unreachable",
      /keys of issuer acme cannot be fetched/,
    );
  });

  test("cannot be signed for by another issuer's key", async () => {
    const { verify } = harness(["acme"]);
    await expectAuthenticationError(
      verify(await token("acme", await makeSigner("k1"))),
      "signature_invalid",
      /does not verify/,
    );
  });
});

describe("unverified issuers", () => {
  test("cost a bounded number of reads, and no read for a second token", async () => {
    const { verify, reads, advance } = harness([]);
    for (let i = 0; i < 1_000; i++) await verify(await junk(`x${i}`)).catch(() => undefined);
    expect(reads).toHaveLength(UNVERIFIED_READS.burst);
    await expectInternalError(verify(await junk("y")), "issuer_reads_limited", /more issuers than are read/);
    await expectAuthenticationError(verify(await junk("x1")), "issuer_unknown", /is not trusted/);
    advance(1_000);
    for (let i = 0; i < 100; i++) await verify(await junk(`z${i}`)).catch(() => undefined);
    expect(reads).toHaveLength(UNVERIFIED_READS.burst + 1_000 / UNVERIFIED_READS.interval);
  });

  test("with a header that no issuer may have cost no read", async () => {
    const { verify, reads } = harness(["acme"]);
    const text = JSON.stringify({ alg: "none" });
    const [, payload] = (await token("acme")).split(".");
    await expectAuthenticationError(
      verify(`${Buffer.from(text).toString("base64url")}.${payload}.AAAA`),
      "algorithm_not_allowed",
      /not one of/,
    );
    expect(reads).toEqual([]);
  });

  test.each([
    ["in the table", ALGORITHMS],
    ["of directories", ["ES256"]],
  ])(
    "with a wrong alg are rejected with a finding of the header, of an issuer %s",
    async (kind, expected) => {
      const pools = {
        ...{ name: issuerName("pools"), url: urlOf("{pool}"), jwksUri: undefined },
        ...{ audiences: [AUDIENCE], algorithms: ["ES256"] },
      };
      const { verify, findings, reads } = harness(["acme"], {
        issuers: kind === "in the table" ? [] : [pools],
      });
      const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: "k1" })).toString("base64url");
      const forged = [header, ...(await token("acme")).split(".").slice(1)].join(".");
      await expectAuthenticationError(verify(forged), "algorithm_not_allowed", /not one of/);
      expect(findings).toEqual([
        { names: ["alg"], expected, found: ["HS256"], denies: "algorithm_not_allowed" },
      ]);
      expect(reads).toEqual([]);
    },
  );

  test("neither delay nor evict an issuer of which a token was verified", async () => {
    const forged = Array.from({ length: 3_000 }, (_, i) => `tenant${i}`);
    const { verify, advance, fetches } = harness(["acme", ...forged]);
    await verify(await token("acme"));
    for (const name of forged) {
      await verify(await junk(name)).catch(() => undefined);
      advance(10);
    }
    fetches.length = 0;
    // More than the TTL has passed. Now the token bucket is emptied.
    for (let i = 0; i < UNVERIFIED_READS.burst; i++) await verify(await junk(`y${i}`)).catch(() => undefined);
    await expect(verify(await token("acme"))).resolves.toBeDefined();
    expect(fetches).toEqual([]);
    await expectInternalError(
      verify(await junk("unseen")),
      "issuer_reads_limited",
      /more issuers than are read/,
    );
  });
});
