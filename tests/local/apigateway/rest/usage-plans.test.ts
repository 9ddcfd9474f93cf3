import { afterEach, describe, expect, it } from "vitest";
import type { GatewayOptions, UsagePlanSettings } from "../../../../local/apigateway/rest/gateway.ts";
import {
  AUTHORIZER_ARN,
  authorizerScheme,
  BACKEND_ARN,
  BASE,
  closeServers,
  echo,
  guarded,
  invocable,
  operation,
  policy,
  startGateway,
} from "./harness.ts";

afterEach(closeServers);

const API_KEY = { type: "apiKey", name: "x-api-key", in: "header" };
const KEY = "0123456789abcdefghij";

/** Returns the caller's key from a token of the form `key:…`; for another token it returns no key. */
const authorizer = invocable((event) => {
  const { Authorization: token = "" } = event["headers"] as Record<string, string>;
  const key = /^key:(.+)$/.exec(token)?.[1];
  return policy("Allow", `${BASE}/*`, key === undefined ? {} : { usageIdentifierKey: key });
});

function start(usagePlans: readonly UsagePlanSettings[], definition: object = {}, now?: () => number) {
  const changes: Partial<GatewayOptions> = {
    functions: new Map([
      [BACKEND_ARN, echo],
      [AUTHORIZER_ARN, authorizer],
    ]),
    stage: { name: "dev", variables: {}, usagePlans },
    ...(now && { now }),
  };
  return startGateway(
    {
      "x-amazon-apigateway-api-key-source": "AUTHORIZER",
      components: { securitySchemes: { main: authorizerScheme(), api_key: API_KEY } },
      paths: {
        "/open": { get: operation() },
        "/limited": { get: guarded({ security: [{ main: [] }, { api_key: [] }] }) },
      },
      ...definition,
    },
    changes,
  );
}

const as = (key: string) => ({ headers: { Authorization: `key:${key}` } });

describe("a method that requires a key", () => {
  it("accepts requests whose authorizer returns a key of a usage plan, and denies all others", async () => {
    const gateway = await start([{ keys: [KEY] }]);
    expect((await gateway.send("GET", "/limited", as(KEY))).status).toBe(200);
    for (const headers of [{ Authorization: "none" }, { Authorization: "key:another-key-of-nobody" }]) {
      const response = await gateway.send("GET", "/limited", { headers: { ...headers, "x-api-key": KEY } });
      expect([response.status, response.headers["x-amzn-errortype"]]).toEqual([403, "ForbiddenException"]);
    }
    expect(gateway.log.map(({ responseType }) => responseType)).toEqual([
      undefined,
      "INVALID_API_KEY",
      "INVALID_API_KEY",
    ]);
    expect((await gateway.send("GET", "/open")).status).toBe(200);
    expect(JSON.stringify(gateway.log)).not.toContain(KEY);
  });

  it("uses the client's header if the definition does not name the authorizer as the source", async () => {
    const gateway = await start([{ keys: [KEY] }], { "x-amazon-apigateway-api-key-source": "HEADER" });
    const own = { ...as("whatever-it-may-be-now").headers, "x-api-key": KEY };
    expect((await gateway.send("GET", "/limited", { headers: own })).status).toBe(200);
    expect((await gateway.send("GET", "/limited", as(KEY))).status).toBe(403);
  });
});

describe("a usage plan's throttle", () => {
  it("is separate for each key, and refills with time", async () => {
    let time = 0;
    const other = "abcdefghij0123456789";
    const gateway = await start([{ throttle: { rate: 1, burst: 2 }, keys: [KEY, other] }], {}, () => time);
    const statuses = async (key: string, count: number) => {
      const found: number[] = [];
      for (let at = 0; at < count; at++) found.push((await gateway.send("GET", "/limited", as(key))).status);
      return found;
    };
    expect(await statuses(KEY, 3)).toEqual([200, 200, 429]);
    expect(gateway.log.at(-1)).toMatchObject({ responseType: "THROTTLED" });
    expect(await statuses(other, 2)).toEqual([200, 200]);
    time += 1_000;
    expect(await statuses(KEY, 2)).toEqual([200, 429]);
  });
});

describe("a usage plan's quota", () => {
  const parseUtc = (time: string) => Date.parse(`${time}Z`);

  it.each([
    ["DAY", "2026-11-25T23:59:59", "2026-11-26T00:00:00"],
    ["WEEK", "2026-11-28T23:59:59", "2026-11-29T00:00:00"],
    ["MONTH", "2026-11-30T23:59:59", "2026-12-01T00:00:00"],
  ] as const)("of a %s ends with that period", async (period, last, next) => {
    let time = parseUtc(last) - 3_600_000;
    const gateway = await start([{ quota: { limit: 2, period }, keys: [KEY] }], {}, () => time);
    const status = async () => (await gateway.send("GET", "/limited", as(KEY))).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    expect(gateway.log.at(-1)).toMatchObject({ responseType: "QUOTA_EXCEEDED" });
    time = parseUtc(last);
    expect(await status()).toBe(429);
    time = parseUtc(next);
    expect(await status()).toBe(200);
  });
});

it("a definition with a second authorizer, a second API key scheme or an empty requirement is rejected", async () => {
  const startWith = (security: object[]) =>
    start([], {
      components: {
        securitySchemes: { main: authorizerScheme(), other: authorizerScheme(), api_key: API_KEY },
      },
      paths: { "/limited": { get: guarded({ security }) } },
    });
  const message = "security must name one authorizer";
  await expect(startWith([{ main: [], other: [], api_key: [] }])).rejects.toThrow(message);
  await expect(startWith([{ main: [] }, { other: [] }])).rejects.toThrow(message);
  await expect(startWith([{ main: [] }, { api_key: [] }, { api_key: [] }])).rejects.toThrow(message);
  await expect(startWith([{}])).rejects.toThrow(message);
});
