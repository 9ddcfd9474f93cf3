import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveDecision } from "../../../core/policy-files/live-events.ts";
import { Listener } from "./events.ts";
import { startWorld, type World } from "./stack.ts";

let world: World;
let listener: Listener;

async function start(options: Parameters<typeof startWorld>[0]): Promise<void> {
  world = await startWorld(options);
  listener = new Listener(world.stack.origin);
}

/** Sends a request, and waits for its event. */
async function send(method: string, path: string, token?: string): Promise<LiveDecision> {
  const count = listener.of<LiveDecision>("decision").length;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await (await fetch(world.stack.origin + path, { method, headers })).text();
  return listener.until(() => listener.of<LiveDecision>("decision")[count]);
}

describe("the events of a REST API's stack", () => {
  beforeAll(() => start({ cache: "token" }));
  afterAll(async () => {
    listener.close();
    await world.stack.close();
  });

  it("contain the caller, the decision and the duration of an allowed request", async () => {
    const token = await world.token({ roles: ["viewer"], subject: "ann ü" });
    expect(await send("GET", "/documents/42?q=1", token)).toEqual({
      requestId: expect.stringMatching(/^\S{15,}$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      method: "GET",
      path: "/documents/42",
      route: "GET /documents/{documentId}",
      status: 200,
      outcome: "allowed",
      reason: null,
      tenant: "acme",
      subject: "ann ü",
      roles: ["viewer"],
      scopes: [],
      issuer: "main",
      client: "",
      delegate: null,
      group: expect.any(String),
      cache: "miss",
      authorizerMs: expect.any(Number),
      policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
      note: null,
    });
    expect(await send("GET", "/documents/43", token)).toMatchObject({
      cache: "hit",
      authorizerMs: null,
      outcome: "allowed",
      roles: ["viewer"],
      group: expect.any(String),
      subject: "ann ü",
    });
  });

  it("name the client and the delegate, also from the cache", async () => {
    const claims = { client_id: "web", act: { sub: "agent ü" } };
    const token = await world.token({ roles: ["viewer"], claims });
    const named = { client: "web", delegate: "main agent ü" };
    expect(await send("GET", "/documents/42", token)).toMatchObject({ ...named, cache: "miss" });
    expect(await send("GET", "/documents/43", token)).toMatchObject({ ...named, cache: "hit" });
  });

  it("contain no scopes, not none, if the context had no room for them", async () => {
    const scopes = Array.from({ length: 60 }, (_, index) => `documents:right-number-${index}`);
    const token = await world.token({ roles: ["viewer"], scopes });
    expect(await send("GET", "/documents/42", token)).toMatchObject({ outcome: "allowed", scopes: null });
  });

  it("contain the reason of a denial, also from the cache", async () => {
    const token = await world.token({ roles: ["viewer"] });
    const denied = { outcome: "denied", status: 403, reason: "route_not_granted", tenant: "acme" };
    expect(await send("POST", "/documents", token)).toMatchObject({ ...denied, cache: "miss" });
    expect(await send("POST", "/documents", token)).toMatchObject({ ...denied, cache: "hit" });
    const suspended = await world.token({ tenants: ["initech"], roles: ["viewer"] });
    expect(await send("GET", "/documents", suspended)).toMatchObject({
      outcome: "denied",
      reason: "tenant_suspended",
      tenant: "initech",
    });
  });

  it("contain the reason why there is no caller", async () => {
    const expired = await world.token({ roles: ["viewer"], expiresIn: -60 });
    expect(await send("GET", "/documents", expired)).toMatchObject({
      outcome: "unauthorized",
      status: 401,
      reason: "token_expired",
      tenant: null,
    });
    expect(await send("GET", "/documents")).toMatchObject({
      outcome: "unauthorized",
      status: 401,
      cache: "not-called",
      note: "an identity source is missing or empty",
    });
  });

  it("include requests without an authorizer", async () => {
    expect(await send("GET", "/health")).toMatchObject({ outcome: "public", status: 200, cache: null });
    expect(await send("GET", "/nowhere")).toMatchObject({ outcome: "no_route", route: null, status: 403 });
  });

  it("contain no token, wherever the client sent it", async () => {
    const token = await world.token({ roles: ["viewer"] });
    await send("GET", `/documents?access_token=${token}`, token);
    await send("GET", "/documents", `${token}x`);
    for (const part of token.split(".")) expect(listener.text).not.toContain(part);
  });

  it("truncate a path, and contain a script in it as a plain string", async () => {
    const path = `/documents/%3Cscript%3E${"a".repeat(2_000)}`;
    const { path: shown } = await send("GET", path, await world.token({ roles: ["viewer"] }));
    expect(shown).toBe(`${path.slice(0, 512)}…`);
  });
});

describe("the events of other API types", () => {
  it.each([
    ["http-simple", "route"],
    ["http-iam", "route"],
    ["rest-token", "token"],
  ] as const)("include those of %s", async (apiType, cache) => {
    await start({ apiType, cache });
    try {
      const token = await world.token({ roles: ["viewer"], subject: "ann" });
      const caller = { tenant: "acme", subject: "ann" };
      expect(await send("GET", "/documents/42", token)).toMatchObject({
        ...caller,
        outcome: "allowed",
        route: "GET /documents/{documentId}",
        roles: ["viewer"],
        cache: "miss",
        authorizerMs: expect.any(Number),
      });
      expect(await send("POST", "/documents", token)).toMatchObject({
        ...caller,
        outcome: "denied",
        reason: "route_not_granted",
      });
    } finally {
      listener.close();
      await world.stack.close();
    }
  });
});
