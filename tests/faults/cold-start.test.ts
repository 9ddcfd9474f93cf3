import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import { createFunction, type LocalFunction } from "../../local/lambda/function.ts";
import { authorizerZip } from "../../packaging/bundle.ts";
import { persistedJwksItem } from "../../runtime/jwt/persisted-keys.ts";
import { localEnvironment, mainIssuer } from "../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, event, ITEMS, LAYOUT_DATA, MAIN } from "../support/fixtures.ts";

/** The current time, because the bundle uses the system clock. */
const SECONDS = Math.floor(Date.now() / 1_000);
const STALE_SECONDS = 3_600;
let zip: Uint8Array;
let stored: Signer;
let other: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;
let lambda: LocalFunction;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  [stored, other, zip] = await Promise.all([
    makeSigner("stored"),
    makeSigner("other"),
    authorizerZip({ token: LAYOUT_DATA }),
  ]);
});
beforeEach(async () => {
  [issuer, table] = await Promise.all([FakeIssuer.start(stored), startTable(ITEMS)]);
  issuer.answers.set("/.well-known/openid-configuration", (_, response) => response.destroy());
  lines = [];
  lambda = start({});
});

const start = (environment: Record<string, string>) =>
  createFunction({
    name: "portcullis-test-authorizer",
    zip,
    environment: localEnvironment(table.endpoint, mainIssuer(issuer.url), {
      ...environment,
      KEYS_STALE_SECONDS: String(STALE_SECONDS),
    }),
    timeoutMs: 5_000,
    memoryMb: 256,
    maxConcurrency: 1,
    // The SDK writes its own warnings about Node's version.
    onLog: (line) => line.startsWith("{") && lines.push(JSON.parse(line) as Record<string, unknown>),
  });
afterEach(async () => {
  await lambda.close();
  await Promise.all([issuer.stop(), table.stop()]);
});

const store = (signer: Signer, age: number) => {
  const keys = { keys: [signer.jwk], fetchedAt: (SECONDS - age) * 1_000 };
  return table.put(persistedJwksItem({ name: MAIN, url: issuer.url }, keys, "tests"));
};
const send = async (signer: Signer): Promise<unknown> => {
  const times = { iat: SECONDS - 10, exp: SECONDS + 3_600 };
  const result = await lambda.invoke(event(`Bearer ${await sign(signer, claims(issuer.url, times))}`));
  if (!result.ok) return result.error.errorMessage;
  return (result.payload as AuthorizerResponse).policyDocument.Statement[0]?.Effect;
};

describe("the bundled authorizer, with a cold start during an outage of its issuer", () => {
  test("verifies tokens with the keys that are stored in the table", async () => {
    await store(stored, 0);
    expect(await send(stored)).toBe("Allow");
    expect(await send(stored)).toBe("Allow");
  });

  test("reports in its log and in a metric that stored keys are stale", async () => {
    await store(stored, STALE_SECONDS / 2);
    expect(await send(stored)).toBe("Allow");
    await expect.poll(() => lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      coldStart: true,
      stale: true,
      StaleKeys: 1,
      FunctionName: "portcullis-test-authorizer",
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: "Portcullis",
            Dimensions: [["FunctionName"]],
            Metrics: [
              { Name: "StaleKeys", Unit: "Count" },
              { Name: "KeyRefreshFailures", Unit: "Count" },
            ],
          },
        ],
      },
    });
  });

  test("accepts no key that is not stored: a 500, because the issuer cannot be reached", async () => {
    await store(stored, 0);
    expect(await send(other)).toBe("No decision: keys_unreachable");
    expect(await send(stored)).toBe("Allow");
  });

  test("responds with a 500 if the stored keys are older than the bound for stale keys", async () => {
    await store(stored, STALE_SECONDS + 1);
    expect(await send(stored)).toBe("No decision: keys_unreachable");
  });

  test.each([
    ["missing", undefined],
    ["another issuer's", { url: "https://elsewhere.example.com" }],
    ["corrupt", { keys: "[{" }],
    ["without a string of keys", { keys: 7 }],
    ["of another version", { v: 2 }],
    ["without a valid time", { at: "today" }],
  ])("responds with a 500 if the stored item is %s", async (_, changes) => {
    const keys = { keys: [stored.jwk], fetchedAt: SECONDS * 1_000 };
    const item = persistedJwksItem({ name: MAIN, url: issuer.url }, keys, "tests");
    if (changes !== undefined) await table.put({ ...item, ...changes });
    expect(await send(stored)).toBe("No decision: keys_unreachable");
  });

  test("uses the issuer's own keys from the first request after the outage", async () => {
    expect(await send(other)).toBe("No decision: keys_unreachable");
    issuer.answers.clear();
    issuer.keys = [other.jwk];
    expect(await send(other)).toBe("Allow");
    expect(await send(stored)).toBe("Unauthorized");
  });
});
