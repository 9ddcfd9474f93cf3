import { beforeAll, describe, expect, test } from "vitest";
import { issuerName } from "../../../core/model/ids.ts";
import { readLayout } from "../../../core/model/layout.ts";
import { withGenerations } from "../../../core/policy-files/publish/generations.ts";
import { readConfig } from "../../../lambdas/authorizer/configuration.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { persistedJwksItem } from "../../../runtime/jwt/persisted-keys.ts";
import { issuerPartition, UNVERIFIED_READS } from "../../../runtime/jwt/table-issuers.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { authorizerEnvironment } from "../../support/configuration.ts";
import { makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { AUDIENCE, clock, event, LAYOUT_DATA, SECONDS } from "../../support/fixtures.ts";
import { type FileTexts, itemsWith } from "../../support/policy-files.ts";

const HOST = "https://cognito-idp.eu-central-1.amazonaws.com";
const POOLS = { url: `${HOST}/{pool}`, audiences: [AUDIENCE] };
const pool = (name: string) => `eu-central-1_${name}`;
const FILES: FileTexts = {
  "issuers.yaml":
    "pools: { preset: generic, tenants: by_directory }\nmain: { preset: generic, tenants: '*' }\n",
  "tenants/acme.yaml": `directories: { pools: ${pool("Acme")} }\n`,
  "tenants/globex.yaml": `directories: { pools: ${pool("Globex")} }\n`,
  "tenants/initech.yaml": "name: no directory\n",
};

const signers = new Map<string, Signer>();
beforeAll(async () => {
  for (const name of ["Acme", "Globex", "Other"])
    signers.set(`${HOST}/${pool(name)}`, await makeSigner("k1"));
  signers.set("https://acme.login.example.com", await makeSigner("k1"));
  signers.set("https://id.example.com", await makeSigner("k1"));
});
const signerOf = (url: string): Signer => {
  const found = signers.get(url);
  if (found === undefined) throw new Error(`${url} has no keys`);
  return found;
};

/** A whole authorizer, configured as by Terraform, whose issuers each have a key of their own. */
function harness({
  files = {} as FileTexts,
  pools = POOLS as Record<string, unknown>,
  environment = {},
  down = false,
  keysAt = (issuer: string) => `${issuer}/jwks`,
} = {}) {
  const { now, advance } = clock();
  const items = itemsWith({ ...FILES, ...files }).map(withGenerations([], () => "g1"));
  const main = { url: "https://id.example.com", audiences: [AUDIENCE] };
  const { trust } = readConfig(
    authorizerEnvironment({ ISSUERS: JSON.stringify({ pools, main }), ...environment }),
  );
  const [lines, reads, fetches]: [Record<string, unknown>[], string[], string[]] = [[], [], []];
  const authorizer = createAuthorizer({
    trust,
    layout: readLayout(LAYOUT_DATA),
    table: permissionsTable({
      reader: {
        catalogue: async (pk = "CATALOGUE") => items.filter((item) => item["pk"] === pk),
        items: async (keys) => {
          reads.push(...keys.map(({ pk }) => pk).filter((pk) => pk.startsWith("DIRECTORY#")));
          return items.filter((item) => keys.some(({ pk, sk }) => item["pk"] === pk && item["sk"] === sk));
        },
      },
      ttlSeconds: 30,
      now,
    }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    async getJson(url) {
      fetches.push(url);
      if (down) throw new Error("no response");
      const issuer = url.replace("/.well-known/openid-configuration", "").replace(/\/jwks$/, "");
      return { issuer, jwks_uri: keysAt(issuer), keys: [signerOf(issuer).jwk] };
    },
  });
  return {
    items,
    reads,
    fetches,
    advance,
    async send(iss: string, claims: Record<string, unknown> = {}, by = signerOf(iss)) {
      const times = { iat: now() / 1_000 - 10, exp: SECONDS + 86_400 };
      const payload = { iss, aud: AUDIENCE, sub: "ann", roles: ["viewer"], ...times, ...claims };
      const response = await authorizer(event(`Bearer ${await sign(by, payload)}`)).catch(() => undefined);
      const { outcome, code, reason, tenant } = lines.at(-1) ?? {};
      return { outcome, code: code ?? reason, tenant, response };
    },
  };
}

const ACME = `${HOST}/${pool("Acme")}`;
const allowed = (tenant: string) => ({
  outcome: "allow",
  response: { context: expect.objectContaining({ tenantId: tenant }) },
});
const unauthorized = (code: string) => ({ outcome: "unauthorized", code });

describe("a token of a tenant's directory", () => {
  test("is for the tenant that lists the directory, without a tenant's claim", async () => {
    const { send, reads } = harness();
    expect(await send(ACME)).toMatchObject(allowed("acme"));
    expect(await send(`${HOST}/${pool("Globex")}`)).toMatchObject(allowed("globex"));
    expect(reads).toEqual([`DIRECTORY#pools#${pool("Acme")}`, `DIRECTORY#pools#${pool("Globex")}`]);
  });

  test("is verified with the directory's own keys, found by its discovery document", async () => {
    const { send, fetches } = harness();
    await send(ACME);
    expect(fetches).toEqual([`${ACME}/.well-known/openid-configuration`, `${ACME}/jwks`]);
    const other = signerOf(`${HOST}/${pool("Globex")}`);
    expect(await send(ACME, {}, other)).toMatchObject(unauthorized("signature_invalid"));
  });

  test.each([
    { tenant: "globex" },
    { tenant: ["acme", "globex"] },
    { tenant: 7 },
    { tenant: "" },
    { tenant: [] },
  ])("is rejected if its claim names another tenant, or is of another shape: %o", async (claims) => {
    expect(await harness().send(ACME, claims)).toMatchObject(unauthorized("issuer_unknown"));
  });

  test.each([{ tenant: "acme" }, { tenant: pool("Acme") }])(
    "may name its tenant or itself: %o",
    async (claims) => {
      expect(await harness().send(ACME, claims)).toMatchObject(allowed("acme"));
    },
  );

  test.each([pool("Other"), "initech", "acme", "main"])(
    "that no tenant lists is not trusted: %s",
    async (name) => {
      const { send, fetches } = harness();
      const by = signerOf(`${HOST}/${pool("Other")}`);
      expect(await send(`${HOST}/${name}`, { tenant: "acme" }, by)).toMatchObject(
        unauthorized("issuer_unknown"),
      );
      expect(fetches).toEqual([]);
    },
  );

  test.each([
    `${HOST}/`,
    `${HOST}/${pool("Acme")}/`,
    `${HOST}/x/${pool("Acme")}`,
    `${HOST}/${pool("Acme")}%2F`,
    `${HOST}/./${pool("Acme")}`,
    `${HOST}/..`,
    `${HOST}/{pool}`,
    `${HOST}/${pool("Acme")}?x`,
    `${HOST}/${pool("Acme")}#x`,
    `${HOST}.evil.example/${pool("Acme")}`,
    `https://COGNITO-idp.eu-central-1.amazonaws.com/${pool("Acme")}`,
    `http://cognito-idp.eu-central-1.amazonaws.com/${pool("Acme")}`,
  ])("has exactly one URL: %s does not match, and costs no read", async (iss) => {
    const { send, reads } = harness();
    expect(await send(iss, {}, signerOf(ACME))).toMatchObject(unauthorized("issuer_unknown"));
    expect(reads).toEqual([]);
  });

  test("has no rights in a tenant that does not list it, whatever the item of the directory says", async () => {
    const { send, items } = harness();
    items.push({
      pk: `DIRECTORY#pools#${pool("Other")}`,
      sk: "DIRECTORY",
      v: 1,
      owner: "runtime",
      tenant: "globex",
    });
    items.push({ pk: "DIRECTORY#pools#x1", sk: "DIRECTORY", v: 1, owner: "runtime", tenant: "nobody" });
    expect(await send(`${HOST}/${pool("Other")}`)).toMatchObject({
      outcome: "deny",
      code: "issuer_not_allowed",
    });
    expect(await send(`${HOST}/x1`, {}, signerOf(ACME))).toMatchObject({
      outcome: "error",
      code: "keys_unreachable",
    });
  });

  test("loses its tenant when another one takes the directory's item, and gains none", async () => {
    const { send, items } = harness();
    const index = items.findIndex(({ pk }) => pk === `DIRECTORY#pools#${pool("Acme")}`);
    items[index] = { ...items[index], tenant: "globex" };
    expect(await send(ACME)).toMatchObject({ outcome: "deny", code: "issuer_not_allowed" });
  });

  test("ends with the tenant's entry, within the time that permissions are cached", async () => {
    const { send, items, advance } = harness();
    expect(await send(ACME)).toMatchObject(allowed("acme"));
    const index = items.findIndex(({ pk }) => pk === "TENANT#acme");
    items[index] = { ...items[index], directories: undefined };
    advance(30_000);
    expect(await send(ACME)).toMatchObject({ outcome: "deny", code: "issuer_not_allowed" });
  });

  test("is a 500 with an item that cannot be read", async () => {
    const { send, items } = harness();
    items.splice(
      0,
      items.length,
      ...items.map((item) => (item["sk"] === "DIRECTORY" ? { ...item, v: 2 } : item)),
    );
    expect(await send(ACME)).toMatchObject({ outcome: "error", code: "item_invalid" });
  });

  test("reads its item once in the TTL, and keeps its keys when it is read again", async () => {
    const { send, reads, fetches, advance } = harness();
    await send(ACME);
    await send(ACME);
    expect(reads).toHaveLength(1);
    advance(30_000);
    expect(await send(ACME)).toMatchObject(allowed("acme"));
    expect([reads.length, fetches.length]).toEqual([2, 2]);
  });
});

describe("the persisted keys of a directory", () => {
  test("are used while it does not respond, and never for another directory", async () => {
    const { send, items } = harness({ down: true });
    const [name, fetchedAt] = [issuerName("pools"), SECONDS * 1_000];
    const keys = { keys: [signerOf(ACME).jwk], fetchedAt };
    items.push(persistedJwksItem({ name, url: ACME }, keys, "tests", issuerPartition(ACME)));
    const other = `${HOST}/${pool("Globex")}`;
    items.push(persistedJwksItem({ name, url: ACME }, keys, "tests", issuerPartition(other)));
    items.push(persistedJwksItem({ name, url: ACME }, keys, "tests"));
    expect(await send(ACME)).toMatchObject(allowed("acme"));
    expect(await send(other, {}, signerOf(ACME))).toMatchObject({ code: "keys_unreachable" });
  });
});

describe("an issuer of directories", () => {
  test("may have one key set for all of them", async () => {
    const jwksUri = `${ACME}/jwks`;
    const { send, fetches } = harness({ pools: { ...POOLS, jwksUri } });
    expect(await send(ACME)).toMatchObject(allowed("acme"));
    expect(await send(`${HOST}/${pool("Globex")}`, {}, signerOf(ACME))).toMatchObject(allowed("globex"));
    expect(fetches).toEqual([jwksUri]);
  });

  test("may have the directory as the first label of its host, and no other host matches", async () => {
    const files = { "tenants/acme.yaml": "directories: { pools: acme }\n" };
    const pools = { url: "https://{org}.login.example.com", audiences: [AUDIENCE] };
    const iss = "https://acme.login.example.com";
    // Locally, the addresses of a host that a pattern allows need not be public.
    const local = harness({ files, pools, environment: { PORTCULLIS_LOCAL: "1" } });
    expect(await local.send(iss)).toMatchObject(allowed("acme"));
    const { send, reads } = harness({ files, pools });
    const by = signerOf(iss);
    for (const other of [
      "https://a.acme.login.example.com",
      "https://acme.evil.example/.login.example.com",
      "https://acme.login.example.com.evil.example",
      "https://-acme.login.example.com",
      "https://user@acme.login.example.com",
      "https://ACME.login.example.com",
    ])
      expect(await send(other, {}, by)).toMatchObject(unauthorized("issuer_unknown"));
    expect(reads).toEqual([]);
  });

  test("has no keys at a host that neither its URL nor issuer_hosts has", async () => {
    const keysAt = () => "https://keys.example.org/jwks";
    expect(await harness({ keysAt }).send(ACME)).toMatchObject({ code: "keys_unreachable" });
  });

  test.each([
    ["a URL without a variable", { pools: { url: ACME, audiences: [AUDIENCE] } }],
    [
      "a URL with a variable, and tenants that are not by directory",
      {
        files: {
          "issuers.yaml":
            "pools: { preset: generic, tenants: '*' }\nmain: { preset: generic, tenants: '*' }\n",
          "tenants/acme.yaml": "name: Acme\n",
          "tenants/globex.yaml": "name: Globex\n",
        },
      },
    ],
  ])("has no tenant with %s", async (_, options) => {
    const { send, items } = harness(options);
    items.push({
      pk: `DIRECTORY#pools#${pool("Acme")}`,
      sk: "DIRECTORY",
      v: 1,
      owner: "runtime",
      tenant: "acme",
    });
    expect(await send(ACME, { tenant: "acme" })).toMatchObject({
      outcome: "deny",
      code: "issuer_not_allowed",
    });
  });

  test("is suspended with all of its directories by one switch", async () => {
    const { send, items } = harness();
    items.push({ pk: "ISSUERS", sk: "pools", v: 1, name: "pools", status: "suspended", deniedKeys: [] });
    expect(await send(ACME)).toMatchObject(unauthorized("issuer_suspended"));
    expect(await send("https://id.example.com", { tenant: "acme" })).toMatchObject(allowed("acme"));
  });

  test("costs a bounded number of reads for made-up directories, which delay no known one", async () => {
    const { send, reads, advance } = harness();
    expect(await send(ACME)).toMatchObject(allowed("acme"));
    reads.length = 0;
    for (let i = 0; i < 200; i++) await send(`${HOST}/${pool(`x${i}`)}`, {}, signerOf(ACME));
    expect(reads).toHaveLength(UNVERIFIED_READS.burst - 1);
    advance(30_000);
    for (let i = 0; i < 200; i++) await send(`${HOST}/${pool(`y${i}`)}`, {}, signerOf(ACME));
    expect(await send(`${HOST}/${pool("Globex")}`)).toMatchObject({ code: "issuer_reads_limited" });
    expect(await send(ACME)).toMatchObject(allowed("acme"));
  });
});

describe("another issuer", () => {
  test("is not affected by a tenant's directory", async () => {
    expect(await harness().send("https://id.example.com", { tenant: "acme" })).toMatchObject(allowed("acme"));
  });
});
