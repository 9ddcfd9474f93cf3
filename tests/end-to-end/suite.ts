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
    const apiType = started(start, cache);

    it.each(cases.map((one) => [one.title, one] as const))("%s", async (_, one) => {
      await expectAnswer(
        apiType(),
        cache === "token" && one.silently !== undefined ? { ...one, reason: one.silently } : one,
      );
    });

    if (verifies) describeVerification(apiType);
  });
}

function started(start: StartFront, cache: CacheFlag): () => Front {
  let apiType: Front | undefined;
  beforeAll(async () => {
    apiType = await start(samplePolicies(), cache);
  });
  afterAll(async () => {
    await apiType?.close();
  });
  return () => {
    if (apiType === undefined) throw new Error("The front has not started");
    return apiType;
  };
}

async function expectAnswer(
  apiType: Front,
  { token, method, path, status, reason, caller }: Case,
): Promise<void> {
  const outcome = await apiType.ask({ method, path, token: token && (await mint(token, apiType.providers)) });
  expect({ status: outcome.status, reason: outcome.reason }).toEqual({ status, reason });
  if (caller !== undefined)
    expect(outcome.caller).toEqual(caller === null ? null : expect.objectContaining(caller));
}

function describeVerification(apiType: () => Front): void {
  // Before the forgeries: an unknown kid has the keys searched, and the next search waits for half a minute.
  it("believes a token of an issuer's new key, and of the one before", async () => {
    const before = await mint({ tenants: ["acme"], roles: ["admin"] }, apiType().providers);
    await apiType().providers("main").rotate();
    const after = await mint({ tenants: ["acme"], roles: ["admin"] }, apiType().providers);
    expect(before.split(".")[0]).not.toBe(after.split(".")[0]);
    for (const token of [after, before])
      expect(await apiType().ask({ method: "GET", path: "/documents", token })).toMatchObject({
        status: 200,
      });
  });

  it.each(FORGERIES)("believes no token with $title", async ({ forgery, code }) => {
    const before = apiType().logs().length;
    const token = await forge(forgery, apiType().providers);
    expect(await apiType().ask({ method: "GET", path: "/documents", token })).toMatchObject({
      status: 401,
      caller: undefined,
    });
    const codes = () =>
      apiType()
        .logs()
        .slice(before)
        .flatMap((line) => codeIn(line) ?? []);
    await vi.waitFor(() => expect(codes()).toEqual([code]));
    expectNothingOf(token, apiType());
  });

  it.each(["abc", "a.b.c", "e30.e30.c2ln", "a.b.c.d"])(
    "believes no token that is none: %s",
    async (token) => {
      expect(await apiType().ask({ method: "GET", path: "/documents", token })).toMatchObject({
        status: 401,
      });
    },
  );

  it("logs one decision of who asked, and nothing of the token", async () => {
    const token = await mint(
      { tenants: ["acme"], roles: ["editor"], subject: "logged-user" },
      apiType().providers,
    );
    expect(await apiType().ask({ method: "PUT", path: "/documents/1", token })).toMatchObject({
      status: 200,
    });
    const decisions = () =>
      apiType()
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
    expectNothingOf(token, apiType());
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
function expectNothingOf(token: string, apiType: Front): void {
  const parts = token.split(".").filter((part) => part.length > 16);
  expect(parts.length).toBeGreaterThan(1);
  for (const line of apiType.logs()) for (const part of parts) expect(line).not.toContain(part);
}
