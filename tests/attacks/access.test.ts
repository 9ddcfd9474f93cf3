import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Item } from "../../core/model/items.ts";
import { accessApi } from "../support/access-api.ts";
import { clock, ROLE, TENANT } from "../support/fixtures.ts";
import { type Arena, startArena } from "./support/arena.ts";
import { bytes, hmac, rs256 } from "./support/raw-token.ts";
import { inMemoryReader } from "./support/targets.ts";

const OTHER_TENANTS: readonly Item[] = [
  { ...TENANT, pk: "TENANT#initech", id: "initech", hash: "initech", status: "suspended" },
  {
    pk: "TENANT#acme",
    sk: "REVOKED#SUBJECT#main#mallory",
    v: 1,
    generation: "g1",
    until: 4_000_000_000,
  },
];

let arena: Arena;
let api: ReturnType<typeof accessApi>;
beforeAll(async () => {
  arena = await startArena();
  const [issuer, ...others] = arena.items;
  const items = [issuer ?? ROLE, ...others, ...OTHER_TENANTS];
  api = accessApi({ reader: inMemoryReader(items), issuers: arena.issuers, time: clock(Date.now()) });
});
afterAll(() => arena.stop());

type Sent = Parameters<typeof api.get>[0];
const get = async (sent: Sent) => {
  const response = await api.get(sent);
  const { error } = JSON.parse(response.body || "{}") as { readonly error?: { readonly reason?: string } };
  const line = JSON.parse(api.lines.at(-1) ?? "{}") as { readonly code?: string };
  return { ...response, why: error?.reason ?? line.code };
};
const bearer = (token: string): Sent => ({ Authorization: `Bearer ${token}` });

describe("the access route verifies the token itself", () => {
  it("accepts the token that the attacks below change", async () => {
    expect(await get(bearer(arena.token()))).toMatchObject({ statusCode: 200 });
  });

  it.each<[string, () => Sent, number, string]>([
    ["no token", () => ({}), 401, "token_missing"],
    ["an empty header", () => ({ Authorization: "" }), 401, "token_missing"],
    [
      "alg none",
      () => bearer(arena.token({}, { alg: "none" }, bytes(Buffer.from("none")))),
      401,
      "algorithm_not_allowed",
    ],
    [
      "HS256 over the public key",
      () => {
        const pem = arena.pairs.main.publicKey.export({ type: "spki", format: "pem" });
        return bearer(arena.token({}, { alg: "HS256" }, hmac(pem as string)));
      },
      401,
      "algorithm_not_allowed",
    ],
    [
      "a stranger's key",
      () => bearer(arena.token({}, {}, rs256(arena.pairs.stranger.privateKey))),
      401,
      "signature_invalid",
    ],
    ["an unknown issuer", () => bearer(arena.token({ iss: "https://evil.example" })), 401, "issuer_unknown"],
    ["another audience", () => bearer(arena.token({ aud: "another" })), 401, "audience_wrong"],
    ["an expired token", () => bearer(arena.token({ exp: arena.now() - 120 })), 401, "token_expired"],
    ["a token longer than any header", () => bearer("a".repeat(10_300)), 401, "token_too_large"],
    [
      "two headers",
      () => ({ Authorization: [`Bearer ${arena.token()}`, `Bearer ${arena.token()}`] }),
      401,
      "several_authorization_headers",
    ],
    [
      "two spellings of the header",
      () => ({ ...bearer(arena.token()), authorization: "Bearer x" }),
      401,
      "several_authorization_headers",
    ],
    [
      "a token in a cookie",
      () => ({ Cookie: `token=${arena.token()}; Authorization=Bearer ${arena.token()}` }),
      401,
      "token_missing",
    ],
    [
      "an issuer that does not cover the tenant",
      () => bearer(arena.token({ iss: arena.servers.rival.url }, {}, rs256(arena.pairs.rival.privateKey))),
      403,
      "issuer_not_allowed",
    ],
    ["a revoked subject", () => bearer(arena.token({ sub: "mallory" })), 403, "revoked"],
    ["a suspended tenant", () => bearer(arena.token({ tenant: "initech" })), 403, "tenant_suspended"],
    ["a tenant that does not exist", () => bearer(arena.token({ tenant: "nowhere" })), 403, "unknown_tenant"],
    ["no tenant", () => bearer(arena.token({ tenant: undefined })), 403, "no_tenant"],
  ])("%s", async (_, sent, status, why) => {
    const response = await get(sent());
    expect([response.statusCode, response.why]).toEqual([status, why]);
    expect(response.headers).not.toHaveProperty("etag");
  });

  it("gives no 304 without a valid token, whatever ETag the request has", async () => {
    const { etag = "" } = (await get(bearer(arena.token()))).headers;
    for (const condition of [etag, "*"]) {
      expect(await get({ "If-None-Match": condition })).toMatchObject({ statusCode: 401 });
      expect(
        await get({ ...bearer(arena.token({ sub: "mallory" })), "If-None-Match": condition }),
      ).toMatchObject({
        statusCode: 403,
      });
    }
  });

  it("gives no 304 for the ETag of another person's body", async () => {
    const bob = arena.token({ sub: "bob" });
    const { etag = "" } = (await get(bearer(arena.token()))).headers;
    const response = await get({ ...bearer(bob), "If-None-Match": etag });
    expect(response.statusCode).toBe(200);
    expect(response.headers["etag"]).not.toBe(etag);
    expect(JSON.parse(response.body)).toMatchObject({ userId: "bob" });
  });

  it("answers with nothing of other tenants, and nothing of the token but what backends get", async () => {
    const { statusCode, body } = await get(
      bearer(arena.token({ email: "ann@acme.example", roles: ["viewer", "unknown-role"] })),
    );
    expect(statusCode).toBe(200);
    expect(body).not.toMatch(/globex|initech|mallory|email|ann@acme|unknown-role|token-1/);
  });

  it("logs no part of a token", async () => {
    const token = arena.token();
    await get(bearer(token));
    await get(bearer(arena.token({ exp: arena.now() - 120 })));
    await get({ Authorization: `Bearer ${token.slice(0, -4)}AAAA` });
    for (const part of token.split(".").filter((text) => text.length > 16))
      expect(api.lines.join("\n")).not.toContain(part);
  });

  it("writes hostile subjects as JSON that opens no tag", async () => {
    const subject = '</script><script>alert(1)</script>"\u2028';
    const { statusCode, headers, body } = await get(bearer(arena.token({ sub: subject })));
    expect([statusCode, JSON.parse(body)]).toMatchObject([200, { userId: subject }]);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
    });
    expect(api.lines.at(-1)).not.toContain("\u2028");
  });
});
