import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import { checkDecisionLine } from "../support/log-lines.ts";
import { type Case, DECISIONS, FORGERIES, MODES } from "./cases.ts";
import { type StartTarget, samplePolicies, type Target } from "./target.ts";
import { forge, mint } from "./tokens.ts";

interface SuiteOptions {
  /** Whether the target verifies tokens. */
  readonly verifies: boolean;
  readonly modes?: readonly CacheFlag[];
  readonly cases?: readonly Case[];
}

/** Sends every case to a target, in every caching mode. */
export function describeTarget(
  name: string,
  start: StartTarget,
  { verifies, modes = MODES, cases = DECISIONS }: SuiteOptions,
): void {
  describe.each(modes)(`${name}, caching mode %s`, (cache) => {
    const target = startForTests(start, cache);

    it.each(cases.map((testCase) => [testCase.title, testCase] as const))("%s", async (_, testCase) => {
      const { silently } = testCase;
      const isSilent = cache === "token" && silently !== undefined;
      await expectOutcome(target(), isSilent ? { ...testCase, reason: silently } : testCase);
    });

    if (!verifies) return;
    describeVerification(target);
    describeLines(target);
  });
}

function startForTests(start: StartTarget, cache: CacheFlag): () => Target {
  let target: Target | undefined;
  beforeAll(async () => {
    target = await start(samplePolicies(), cache);
  });
  afterAll(async () => {
    await target?.close();
  });
  return () => {
    if (target === undefined) throw new Error("The target has not started");
    return target;
  };
}

async function expectOutcome(
  target: Target,
  { token, method, path, status, reason, caller }: Case,
): Promise<void> {
  const outcome = await target.send({ method, path, token: token && (await mint(token, target.providers)) });
  expect({ status: outcome.status, reason: outcome.reason }).toEqual({ status, reason });
  if (caller !== undefined)
    expect(outcome.caller).toEqual(caller === null ? null : expect.objectContaining(caller));
}

function describeVerification(target: () => Target): void {
  // Before the forgeries: an unknown kid makes the authorizer fetch the keys, and the next fetch waits for half a minute.
  it("accepts a token of an issuer's new key, and of the previous one", async () => {
    const before = await mint({ tenants: ["acme"], roles: ["admin"] }, target().providers);
    await target().providers("main").rotate();
    const after = await mint({ tenants: ["acme"], roles: ["admin"] }, target().providers);
    expect(before.split(".")[0]).not.toBe(after.split(".")[0]);
    for (const token of [after, before])
      expect(await target().send({ method: "GET", path: "/documents", token })).toMatchObject({
        status: 200,
      });
  });

  it.each(FORGERIES)("rejects a token with $title", async ({ forgery, code }) => {
    const before = target().logs().length;
    const token = await forge(forgery, target().providers);
    expect(await target().send({ method: "GET", path: "/documents", token })).toMatchObject({
      status: 401,
      caller: undefined,
    });
    const codes = () =>
      target()
        .logs()
        .slice(before)
        .flatMap((line) => readCode(line) ?? []);
    await vi.waitFor(() => expect(codes()).toEqual([code]));
    expectNoTrace(token, target());
  });

  it.each(["abc", "a.b.c", "e30.e30.c2ln", "a.b.c.d"])(
    "rejects a string that is not a token: %s",
    async (token) => {
      expect(await target().send({ method: "GET", path: "/documents", token })).toMatchObject({
        status: 401,
      });
    },
  );

  it("logs one decision with its caller, and no part of the token", async () => {
    const token = await mint(
      { tenants: ["acme"], roles: ["editor"], subject: "logged-user" },
      target().providers,
    );
    expect(await target().send({ method: "PUT", path: "/documents/1", token })).toMatchObject({
      status: 200,
    });
    const decisions = () =>
      target()
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
    expectNoTrace(token, target());
  });
}

/** Asserts that the schema of the authorizer's log has every line, of which there are lines of each outcome but 500. */
function describeLines(target: () => Target): void {
  it("writes lines that the published schema has", () => {
    const lines = target()
      .logs()
      .filter((line) => line.includes('"message":"decision"'));
    for (const line of lines) checkDecisionLine(line, ["email", "department"]);
    expect(new Set(lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome))).toEqual(
      new Set(["allow", "deny", "unauthorized"]),
    );
  });
}

/** Returns the failure code of a line of the authorizer, or undefined. */
function readCode(line: string): string | undefined {
  const parsed: unknown = JSON.parse(line);
  return typeof parsed === "object" && parsed !== null && "message" in parsed && "code" in parsed
    ? String(parsed.code)
    : undefined;
}

/** Asserts that no line contains a part of the token; parts as short as words are not secret. */
function expectNoTrace(token: string, target: Target): void {
  const parts = token.split(".").filter((part) => part.length > 16);
  expect(parts.length).toBeGreaterThan(1);
  for (const line of target.logs()) for (const part of parts) expect(line).not.toContain(part);
}
