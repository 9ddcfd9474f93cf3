import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import { type Case, DECISIONS, FORGERIES, MODES } from "./cases.ts";
import { type Front, type StartFront, samplePolicies } from "./front.ts";
import { forge, mint } from "./tokens.ts";

interface SuiteOptions {
  /** Whether tokens are really verified. */
  readonly verifies: boolean;
  readonly modes?: readonly CacheFlag[];
  readonly cases?: readonly Case[];
}

/** Asks a front every case, in every caching mode. */
export function describeFront(
  name: string,
  start: StartFront,
  { verifies, modes = MODES, cases = DECISIONS }: SuiteOptions,
): void {
  describe.each(modes)(`${name}, caching mode %s`, (cache) => {
    const front = started(start, cache);

    it.each(cases.map((one) => [one.title, one] as const))("%s", async (_, one) => {
      await expectAnswer(
        front(),
        cache === "token" && one.silently !== undefined ? { ...one, reason: one.silently } : one,
      );
    });

    if (verifies) describeVerification(front);
  });
}

function started(start: StartFront, cache: CacheFlag): () => Front {
  let front: Front | undefined;
  beforeAll(async () => {
    front = await start(samplePolicies(), cache);
  });
  afterAll(async () => {
    await front?.close();
  });
  return () => {
    if (front === undefined) throw new Error("The front has not started");
    return front;
  };
}

async function expectAnswer(
  front: Front,
  { token, method, path, status, reason, caller }: Case,
): Promise<void> {
  const outcome = await front.ask({ method, path, token: token && (await mint(token, front.providers)) });
  expect({ status: outcome.status, reason: outcome.reason }).toEqual({ status, reason });
  if (caller !== undefined)
    expect(outcome.caller).toEqual(caller === null ? null : expect.objectContaining(caller));
}

function describeVerification(front: () => Front): void {
  // Before the forgeries: an unknown kid has the keys searched, and the next search waits for half a minute.
  it("believes a token of an issuer's new key, and of the one before", async () => {
    const before = await mint({ tenants: ["acme"], roles: ["admin"] }, front().providers);
    await front().providers("main").rotate();
    const after = await mint({ tenants: ["acme"], roles: ["admin"] }, front().providers);
    expect(before.split(".")[0]).not.toBe(after.split(".")[0]);
    for (const token of [after, before])
      expect(await front().ask({ method: "GET", path: "/documents", token })).toMatchObject({ status: 200 });
  });

  it.each(FORGERIES)("believes no token with $title", async ({ forgery, code }) => {
    const before = front().logs().length;
    const token = await forge(forgery, front().providers);
    expect(await front().ask({ method: "GET", path: "/documents", token })).toMatchObject({
      status: 401,
      caller: undefined,
    });
    const codes = () =>
      front()
        .logs()
        .slice(before)
        .flatMap((line) => codeIn(line) ?? []);
    await vi.waitFor(() => expect(codes()).toEqual([code]));
    expectNothingOf(token, front());
  });

  it.each(["abc", "a.b.c", "e30.e30.c2ln", "a.b.c.d"])(
    "believes no token that is none: %s",
    async (token) => {
      expect(await front().ask({ method: "GET", path: "/documents", token })).toMatchObject({ status: 401 });
    },
  );

  it("logs one decision of who asked, and nothing of the token", async () => {
    const token = await mint(
      { tenants: ["acme"], roles: ["editor"], subject: "logged-user" },
      front().providers,
    );
    expect(await front().ask({ method: "PUT", path: "/documents/1", token })).toMatchObject({ status: 200 });
    const decisions = () =>
      front()
        .logs()
        .filter((line) => line.includes("logged-user") && line.includes('"message":"decision"'));
    await vi.waitFor(() => expect(decisions()).toHaveLength(1));
    expect(JSON.parse(decisions()[0] ?? "")).toMatchObject({
      outcome: "allow",
      status: 200,
      tenantId: "acme",
      userId: "logged-user",
      roles: ["editor"],
      route: "PUT /documents/{documentId}",
    });
    expectNothingOf(token, front());
  });
}

/** The failure code of the authorizer's line, if it is one. */
function codeIn(line: string): string | undefined {
  const parsed: unknown = JSON.parse(line);
  return typeof parsed === "object" && parsed !== null && "message" in parsed && "code" in parsed
    ? String(parsed.code)
    : undefined;
}

/** None of a token's parts stands in any line; parts that are as short as words are no secret. */
function expectNothingOf(token: string, front: Front): void {
  const parts = token.split(".").filter((part) => part.length > 16);
  expect(parts.length).toBeGreaterThan(1);
  for (const line of front.logs()) for (const part of parts) expect(line).not.toContain(part);
}
