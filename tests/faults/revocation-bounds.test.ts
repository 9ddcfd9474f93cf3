import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CachingMode } from "../../core/model/layout.ts";
import { closeServers } from "../local/apigateway/rest/harness.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { claims, SECONDS } from "../support/fixtures.ts";
import { cachingGateway } from "./support/gateway.ts";

const TTLS = { gateway: 60, lambda: 30 };
const MODES: readonly CachingMode[] = ["token", "route", "off"];
const LATER = SECONDS + 86_400;
let signer: Signer;
let issuer: FakeIssuer;
let running: Awaited<ReturnType<typeof cachingGateway>>;
type Store = typeof running.store;

beforeAll(async () => {
  signer = await makeSigner("k1", "ES256");
  issuer = await FakeIssuer.start(signer);
});
afterAll(() => issuer.stop());
afterEach(async () => {
  await closeServers();
  await running.close();
});

const token = (changes: Record<string, unknown> = {}) =>
  sign(signer, claims(issuer.url, { tenant: "initech", exp: LATER, ...changes }));

/** Starts a gateway with a tenant that was created at run time. */
async function start(mode: CachingMode): Promise<void> {
  running = await cachingGateway(mode, TTLS, issuer.url);
  await running.store.putTenant({ id: "initech" }, "signed up");
}
const MEMBER = { tenant: "initech", to: { subject: "ann" } };
const revoke = (what: Parameters<Store["revoke"]>[0]["what"]) => (store: Store) =>
  store.revoke({ tenant: "initech", what, until: LATER }, "left");

const CHANGES: readonly (readonly [
  what: string,
  change: (store: Store) => Promise<unknown>,
  outcome: string,
])[] = [
  ["a suspension", (store) => store.suspendTenant("initech", "unpaid"), "403 tenant_suspended"],
  ["a removed tenant", (store) => store.removeTenant("initech", "left"), "403 unknown_tenant"],
  ["a token's revocation", revoke({ token: "token-1" }), "403 revoked"],
  ["a subject's revocation", revoke({ subject: "ann" }), "403 revoked"],
  ["a revocation of all tokens issued before", revoke({ issuedBefore: SECONDS }), "403 revoked"],
  ["a removed membership", (store) => store.removeMembership(MEMBER, "left"), "403 no_role"],
];

describe.each(MODES)("under caching mode %s", (mode) => {
  const gatewayTtl = mode === "off" ? 0 : TTLS.gateway * 1_000;
  const lambdaTtl = TTLS.lambda * 1_000;

  test.each(CHANGES)(
    "%s takes effect at the latest when both caches have expired",
    async (_, change, outcome) => {
      await start(mode);
      await running.store.putMembership({ ...MEMBER, role: "viewer" }, "signed up");
      const one = await token({ roles: [] });
      expect(await running.send(one)).toBe("200");
      await change(running.store);
      // The worst case: the function's cache is used in its last moment, and its response is cached for its whole TTL.
      running.advance(lambdaTtl - 1);
      running.flushCache();
      expect(await running.send(one)).toBe("200");
      if (mode !== "off") {
        running.advance(gatewayTtl - 1);
        expect(await running.send(one)).toBe("200");
      }
      running.advance(1);
      expect(await running.send(one)).toBe(outcome);
      running.advance(1);
      running.flushCache();
      expect(await running.send(one)).toBe(outcome);
    },
  );

  test.each(CHANGES)("%s takes effect at once when nothing is cached", async (_, change, outcome) => {
    await start(mode);
    await running.store.putMembership({ ...MEMBER, role: "viewer" }, "signed up");
    await change(running.store);
    expect(await running.send(await token({ roles: [] }))).toBe(outcome);
  });

  test("the end of a membership takes effect at the latest when API Gateway's cached response has expired", async () => {
    await start(mode);
    const until = SECONDS + 120;
    await running.store.putMembership({ ...MEMBER, role: "viewer", until }, "for two minutes");
    const one = await token({ roles: [] });
    running.advance(120_000 - 1);
    expect(await running.send(one)).toBe("200");
    if (mode !== "off") {
      running.advance(gatewayTtl - 1);
      expect(await running.send(one)).toBe("200");
    }
    running.advance(1);
    expect(await running.send(one)).toBe("403 no_role");
  });

  test("a revocation applies only to the token that it names", async () => {
    await start(mode);
    await revoke({ token: "token-1" })(running.store);
    expect(await running.send(await token())).toBe("403 revoked");
    expect(await running.send(await token({ jti: "token-2" }))).toBe("200");
    await revoke({ issuedBefore: SECONDS })(running.store);
    running.advance(TTLS.lambda * 1_000 + gatewayTtl);
    expect(await running.send(await token({ jti: "token-2" }))).toBe("403 revoked");
    expect(await running.send(await token({ jti: "token-3", iat: SECONDS }))).toBe("200");
  });
});
