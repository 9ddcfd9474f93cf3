import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import { createFunction, type LocalFunction } from "../../local/lambda/function.ts";
import { authorizerZip } from "../../packaging/bundle.ts";
import { persistedJwksItem } from "../../runtime/jwt/persisted-keys.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable, TABLE_NAME } from "../support/fake-table.ts";
import { AUDIENCE, claims, event, ITEMS, LAYOUT_DATA, MAIN } from "../support/fixtures.ts";

/** The bundle reads the machine's clock. */
const SECONDS = Math.floor(Date.now() / 1_000);
const STALE_SECONDS = 3_600;
let zip: Uint8Array;
let known: Signer;
let unknown: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;
let lambda: LocalFunction;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  [known, unknown, zip] = await Promise.all([
    makeSigner("known"),
    makeSigner("unknown"),
    authorizerZip({ token: LAYOUT_DATA }),
  ]);
});
beforeEach(async () => {
  [issuer, table] = await Promise.all([FakeIssuer.start(known), startTable(ITEMS)]);
  issuer.answers.set("/.well-known/openid-configuration", (_, response) => response.destroy());
  lines = [];
  lambda = start({});
});

const start = (environment: Record<string, string>) =>
  createFunction({
    name: "portcullis-test-authorizer",
    zip,
    environment: {
      ...environment,
      TABLE_NAME,
      CACHING_MODE: "token",
      ISSUERS: JSON.stringify({ main: { url: issuer.url, audiences: [AUDIENCE] } }),
      KEYS_STALE_SECONDS: String(STALE_SECONDS),
      PORTCULLIS_LOCAL: "1",
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    },
    timeoutMs: 5_000,
    memoryMb: 256,
    maxConcurrency: 1,
    // The SDK has words of its own about Node's version.
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
const ask = async (signer: Signer): Promise<unknown> => {
  const times = { iat: SECONDS - 10, exp: SECONDS + 3_600 };
  const result = await lambda.invoke(event(`Bearer ${await sign(signer, claims(issuer.url, times))}`));
  if (!result.ok) return result.error.errorMessage;
  return (result.payload as AuthorizerResponse).policyDocument.Statement[0]?.Effect;
};

describe("the bundled authorizer, started while its issuer is dead", () => {
  test("answers by the keys that were stored in the table", async () => {
    await store(known, 0);
    expect(await ask(known)).toBe("Allow");
    expect(await ask(known)).toBe("Allow");
  });

  test("says in its log, and in a metric, that stored keys are past their time", async () => {
    await store(known, STALE_SECONDS / 2);
    expect(await ask(known)).toBe("Allow");
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

  test("lets no key in that is not among them: a 500, for the issuer cannot be asked", async () => {
    await store(known, 0);
    expect(await ask(unknown)).toBe("No decision: keys_unreachable");
    expect(await ask(known)).toBe("Allow");
  });

  test("is a 500 where what is stored is older than known keys may be", async () => {
    await store(known, STALE_SECONDS + 1);
    expect(await ask(known)).toBe("No decision: keys_unreachable");
  });

  test.each([
    ["nothing", undefined],
    ["another issuer's", { url: "https://elsewhere.example.com" }],
    ["corrupt", { keys: "[{" }],
    ["no text", { keys: 7 }],
    ["of another version", { v: 2 }],
    ["of no time", { at: "today" }],
  ])("is a 500 where what is stored is %s", async (_, changes) => {
    const keys = { keys: [known.jwk], fetchedAt: SECONDS * 1_000 };
    const item = persistedJwksItem({ name: MAIN, url: issuer.url }, keys, "tests");
    if (changes !== undefined) await table.put({ ...item, ...changes });
    expect(await ask(known)).toBe("No decision: keys_unreachable");
  });

  test("works with the issuer's own keys at the next request after it is back", async () => {
    expect(await ask(unknown)).toBe("No decision: keys_unreachable");
    issuer.answers.clear();
    issuer.keys = [unknown.jwk];
    expect(await ask(unknown)).toBe("Allow");
    expect(await ask(known)).toBe("Unauthorized");
  });
});
