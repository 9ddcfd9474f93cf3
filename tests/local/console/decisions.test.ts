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

/** Asks, and waits for the event of that very request. */
async function ask(method: string, path: string, token?: string): Promise<LiveDecision> {
  const known = listener.of<LiveDecision>("decision").length;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await (await fetch(world.stack.origin + path, { method, headers })).text();
  return listener.until(() => listener.of<LiveDecision>("decision")[known]);
}

describe("the events of a REST API's stack", () => {
  beforeAll(() => start({ cache: "token" }));
  afterAll(async () => {
    listener.close();
    await world.stack.close();
  });

  it("tell of an allowed request who called, what was decided, and how long it took", async () => {
    const token = await world.token({ roles: ["viewer"], subject: "ann ü" });
    expect(await ask("GET", "/documents/42?q=1", token)).toEqual({
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
      group: expect.any(String),
      cache: "miss",
      authorizerMs: expect.any(Number),
      policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
      note: null,
    });
    expect(await ask("GET", "/documents/43", token)).toMatchObject({
      cache: "hit",
      authorizerMs: null,
      outcome: "allowed",
      roles: ["viewer"],
      group: expect.any(String),
      subject: "ann ü",
    });
  });

  it("tell a refusal's reason, from the cache too", async () => {
    const token = await world.token({ roles: ["viewer"] });
    const refused = { outcome: "denied", status: 403, reason: "route_not_granted", tenant: "acme" };
    expect(await ask("POST", "/documents", token)).toMatchObject({ ...refused, cache: "miss" });
    expect(await ask("POST", "/documents", token)).toMatchObject({ ...refused, cache: "hit" });
    const suspended = await world.token({ tenants: ["initech"], roles: ["viewer"] });
    expect(await ask("GET", "/documents", suspended)).toMatchObject({
      outcome: "denied",
      reason: "tenant_suspended",
      tenant: "initech",
    });
  });

  it("tell why there was no caller", async () => {
    const expired = await world.token({ roles: ["viewer"], expiresIn: -60 });
    expect(await ask("GET", "/documents", expired)).toMatchObject({
      outcome: "unauthorized",
      status: 401,
      reason: "token_expired",
      tenant: null,
    });
    expect(await ask("GET", "/documents")).toMatchObject({
      outcome: "unauthorized",
      status: 401,
      cache: "not-called",
      note: "an identity source is missing or empty",
    });
  });

  it("tell of what no authorizer saw", async () => {
    expect(await ask("GET", "/health")).toMatchObject({ outcome: "public", status: 200, cache: null });
    expect(await ask("GET", "/nowhere")).toMatchObject({ outcome: "no_route", route: null, status: 403 });
  });

  it("keep to themselves what is not theirs: no token, wherever it was sent", async () => {
    const token = await world.token({ roles: ["viewer"] });
    await ask("GET", `/documents?access_token=${token}`, token);
    await ask("GET", "/documents", `${token}x`);
    for (const part of token.split(".")) expect(listener.text).not.toContain(part);
  });

  it("cut a path short, and keep a script in it a text", async () => {
    const path = `/documents/%3Cscript%3E${"a".repeat(2_000)}`;
    const { path: told } = await ask("GET", path, await world.token({ roles: ["viewer"] }));
    expect(told).toBe(`${path.slice(0, 512)}…`);
  });
});

describe("the events of other fronts", () => {
  it.each([
    ["http-simple", "route"],
    ["http-iam", "route"],
    ["rest-token", "token"],
  ] as const)("are told of %s as well", async (apiType, cache) => {
    await start({ front: apiType, cache });
    try {
      const token = await world.token({ roles: ["viewer"], subject: "ann" });
      const caller = { tenant: "acme", subject: "ann" };
      expect(await ask("GET", "/documents/42", token)).toMatchObject({
        ...caller,
        outcome: "allowed",
        route: "GET /documents/{documentId}",
        roles: ["viewer"],
        cache: "miss",
        authorizerMs: expect.any(Number),
      });
      expect(await ask("POST", "/documents", token)).toMatchObject({
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
