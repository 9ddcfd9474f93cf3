import { afterEach, describe, expect, it } from "vitest";
import { AUTH, allowAll, guardedGateway, NOT_ALLOWED, UNAUTHORIZED } from "./guarded-gateway.ts";
import { BASE, closeServers, policy } from "./harness.ts";

afterEach(closeServers);

describe("identity sources", () => {
  it.each([{}, { headers: { Authorization: "" } }, { headers: { Authorization: ["Bearer t", ""] } }])(
    "that are missing or empty are a 401 without a call: %j",
    async (sending) => {
      const gateway = await guardedGateway(allowAll);
      expect(await gateway.send("GET", "/a", sending)).toMatchObject(UNAUTHORIZED);
      expect(gateway.calls).toEqual([]);
      expect(gateway.log[0]?.authorizer).toEqual({
        name: "main",
        cache: "not-called",
        status: 401,
        latencyMs: 0,
        error: "an identity source is missing or empty",
      });
    },
  );

  it("may be missing when nothing is cached", async () => {
    const gateway = await guardedGateway(allowAll, { authorizerResultTtlInSeconds: "0" });
    expect((await gateway.send("GET", "/a")).status).toBe(200);
    expect((await gateway.send("GET", "/a")).status).toBe(200);
    expect(gateway.calls).toHaveLength(2);
  });

  it("are all part of the cache's key, in order and without ambiguity", async () => {
    const identitySource = "method.request.header.A, method.request.querystring.q";
    const gateway = await guardedGateway(allowAll, { identitySource });
    for (const [header, query] of [
      ["1", "2"],
      ["2", "1"],
      ["1,2", "x"],
      ["1", "2,x"],
      ["1", "2"],
    ]) {
      await gateway.send("GET", `/a?q=${query}`, { headers: { a: header ?? "" } });
    }
    expect(gateway.calls).toHaveLength(4);
  });

  it.each([
    ["stageVariables.layout", 1],
    ["context.httpMethod", 1],
    ["context.resourcePath", 2],
    ["context.path", 3],
    ["context.identity.sourceIp", 1],
  ])("may be %s", async (identitySource, calls) => {
    const stage = { name: "dev", variables: { layout: "l1" } };
    const gateway = await guardedGateway(allowAll, { identitySource }, { stage });
    for (const path of ["/a", "/a/", "/b"]) expect((await gateway.send("GET", path)).status).toBe(200);
    expect(gateway.calls).toHaveLength(calls);
  });

  it("with an undefined stage variable are a 401 for every route of the authorizer", async () => {
    const gateway = await guardedGateway(allowAll, { identitySource: "stageVariables.none" });
    expect(await gateway.send("GET", "/a", AUTH)).toMatchObject(UNAUTHORIZED);
  });
});

describe("the cache", () => {
  it("evaluates a cached policy again for every route", async () => {
    const gateway = await guardedGateway(() => policy("Allow", `${BASE}/GET/a`));
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
    expect(await gateway.send("GET", "/b", AUTH)).toMatchObject(NOT_ALLOWED);
    expect(gateway.calls).toHaveLength(1);
    expect(gateway.log.map((entry) => entry.authorizer?.cache)).toEqual(["miss", "hit"]);
  });

  it("stores a result, also a Deny, for its TTL and no longer", async () => {
    let time = Date.now();
    const gateway = await guardedGateway(
      () => policy("Deny", "*"),
      { authorizerResultTtlInSeconds: "60" },
      { now: () => time },
    );
    await gateway.send("GET", "/a", AUTH);
    time += 59_999;
    await gateway.send("GET", "/a", AUTH);
    expect(gateway.calls).toHaveLength(1);
    time += 1;
    await gateway.send("GET", "/a", AUTH);
    expect(gateway.calls).toHaveLength(2);
  });

  it("does not store errors", async () => {
    let first = true;
    const gateway = await guardedGateway(() => {
      if (!first) return allowAll();
      first = false;
      throw new Error("Unauthorized");
    });
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(401);
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
  });

  it("is emptied by flushAuthorizerCache", async () => {
    const gateway = await guardedGateway(allowAll);
    await gateway.send("GET", "/a", AUTH);
    gateway.flushAuthorizerCache();
    await gateway.send("GET", "/a", AUTH);
    expect(gateway.calls).toHaveLength(2);
  });
});
