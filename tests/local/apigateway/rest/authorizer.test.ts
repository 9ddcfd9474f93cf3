import { afterEach, describe, expect, it } from "vitest";
import {
  AUTH,
  allowAll,
  DENIED,
  guardedGateway,
  type Handler,
  NOT_ALLOWED,
  UNAUTHORIZED,
} from "./guarded-gateway.ts";
import { AUTHORIZER_ARN, BACKEND_ARN, BASE, closeServers, echo, policy } from "./harness.ts";

afterEach(closeServers);

describe("the response of an authorizer", () => {
  it("allows the requests that its policy allows, and gives the backend its context as strings", async () => {
    const context = { userId: "ann", level: 3, admin: true, policyVersion: "v1" };
    const gateway = await guardedGateway(() => policy("Allow", `${BASE}/GET/a`, { context }));
    const { status, json } = await gateway.send("GET", "/a", AUTH);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      requestContext: {
        authorizer: {
          principalId: "ann",
          integrationLatency: expect.any(Number),
          userId: "ann",
          level: "3",
          admin: "true",
        },
      },
    });
    expect(gateway.log[0]).toMatchObject({
      userId: "ann",
      policyVersion: "v1",
      authorizer: { name: "main", cache: "miss", status: 200 },
    });
  });

  it("is not requested for a public route, which has no authorizer context", async () => {
    const gateway = await guardedGateway(allowAll);
    const { json } = await gateway.send("GET", "/public", AUTH);
    expect(json).not.toHaveProperty("requestContext.authorizer");
    expect(gateway.calls).toEqual([]);
    expect(gateway.log[0]).not.toHaveProperty("authorizer");
  });

  it("leads to a 403 for a policy without a match and for an explicit Deny", async () => {
    const gateway = await guardedGateway(
      (event) =>
        event["path"] === "/a"
          ? policy("Allow", `${BASE}/POST/a`)
          : policy("Deny", "*", { context: { reason: "no_role" } }),
      { authorizerResultTtlInSeconds: 0 },
    );
    expect(await gateway.send("GET", "/a", AUTH)).toMatchObject(NOT_ALLOWED);
    expect(await gateway.send("GET", "/b", AUTH)).toMatchObject(DENIED);
    expect(gateway.log).toMatchObject([
      { responseType: "ACCESS_DENIED", authorizer: { status: 403, cache: "off" } },
      { responseType: "ACCESS_DENIED", reason: "no_role" },
    ]);
  });

  it("leads to a 401 for an error with exactly the message Unauthorized", async () => {
    const gateway = await guardedGateway(() => {
      throw new Error("Unauthorized");
    });
    expect(await gateway.send("GET", "/a", AUTH)).toMatchObject(UNAUTHORIZED);
    expect(gateway.log[0]).toMatchObject({ responseType: "UNAUTHORIZED", authorizer: { status: 401 } });
  });

  it.each(["unauthorized", "Unauthorized.", "Error: Unauthorized", ""])(
    "leads to a 500 for the error %j",
    async (message) => {
      const gateway = await guardedGateway(() => {
        throw new Error(message);
      });
      const { status, json } = await gateway.send("GET", "/a", AUTH);
      expect([status, json]).toEqual([500, { message: null }]);
      expect(gateway.log[0]).toMatchObject({
        responseType: "AUTHORIZER_FAILURE",
        authorizer: { status: 500 },
      });
    },
  );

  it("leads to a 500 when the call itself fails", async () => {
    const broken = { invoke: () => Promise.reject(new Error("gone")) };
    const functions = new Map([
      [AUTHORIZER_ARN, broken],
      [BACKEND_ARN, echo],
    ] as const);
    const gateway = await guardedGateway(allowAll, {}, { functions });
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(500);
    expect(gateway.log[0]).toMatchObject({ responseType: "AUTHORIZER_FAILURE" });
  });

  const statement = { Effect: "Allow", Action: "*", Resource: "*" };
  const policyDocument = (...Statement: unknown[]): object => ({
    policyDocument: { Version: "2012-10-17", Statement },
  });
  it.each<[string, unknown]>([
    ["null", null],
    ["a string", "Allow"],
    ["no principalId", { ...allowAll(), principalId: undefined }],
    ["an empty principalId", { ...allowAll(), principalId: "" }],
    ["no policy", { principalId: "ann" }],
    ["an unknown version", { principalId: "ann", policyDocument: { Version: "1", Statement: [statement] } }],
    ["no statement", { principalId: "ann", ...policyDocument() }],
    ["an unknown effect", { principalId: "ann", ...policyDocument({ ...statement, Effect: "allow" }) }],
    ["an empty Resource list", { principalId: "ann", ...policyDocument({ ...statement, Resource: [] }) }],
    [
      "NotResource",
      { principalId: "ann", ...policyDocument({ Effect: "Allow", Action: "*", NotResource: "x" }) },
    ],
    ["a Resource above 512 characters", policy("Allow", ["*", "x".repeat(513)])],
    ["more than 8,192 bytes", { ...allowAll(), context: { x: "é".repeat(4_096) } }],
    ["a nested context", { ...allowAll(), context: { a: { b: 1 } } }],
    ["an array in the context", { ...allowAll(), context: { a: [1] } }],
    ["null in the context", { ...allowAll(), context: { a: null } }],
    ["the reserved context key claims", { ...allowAll(), context: { claims: "x" } }],
  ])("leads to a 500 when it is malformed: %s", async (_, payload) => {
    const gateway = await guardedGateway(() => payload);
    const { status, json } = await gateway.send("GET", "/a", AUTH);
    expect([status, json]).toEqual([500, { message: null }]);
    expect(gateway.log[0]).toMatchObject({
      responseType: "AUTHORIZER_CONFIGURATION_ERROR",
      authorizer: { error: expect.any(String) },
    });
  });

  it("may have 8,192 bytes and a Resource of 512 characters", async () => {
    const base = allowAll();
    const padding = 8_192 - JSON.stringify({ ...base, context: { x: "" } }).length;
    const gateway = await guardedGateway(
      (event) =>
        event["path"] === "/a"
          ? { ...base, context: { x: "y".repeat(padding) } }
          : policy("Allow", ["*", "x".repeat(512)]),
      { authorizerResultTtlInSeconds: 0 },
    );
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
    expect((await gateway.send("GET", "/b", AUTH)).status).toBe(200);
  });

  it("may have conditions with numbers", async () => {
    const Condition = { NumericLessThan: { "aws:EpochTime": 4_102_444_800 } };
    const gateway = await guardedGateway(() => ({
      principalId: "ann",
      ...policyDocument({ ...statement, Condition }),
    }));
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
  });
});

describe("a policy", () => {
  const only =
    (...paths: string[]): Handler =>
    () =>
      policy(
        "Allow",
        paths.map((path) => `${BASE}/GET${path}`),
      );

  it("must allow the path as sent and decoded when it is unknown which one AWS evaluates", async () => {
    const raw = await guardedGateway(only("/users/a%2Fb"));
    expect(await raw.send("GET", "/users/a%2Fb", AUTH)).toMatchObject(NOT_ALLOWED);
    expect(raw.log[0]?.note).toBe("the policy allows one spelling of the path, not all");
    const both = await guardedGateway(only("/users/a%2Fb", "/users/a/b"));
    expect((await both.send("GET", "/users/a%2Fb", AUTH)).status).toBe(200);
  });

  it.each([
    ["as_sent", "/users/a%2Fb", 200],
    ["as_sent", "/users/a/b", 403],
    ["decoded", "/users/a%2Fb", 403],
    ["decoded", "/users/a/b", 200],
  ] as const)(
    "with encodedPaths %s that allows %s leads to %s for a%%2Fb",
    async (encodedPaths, path, status) => {
      const gateway = await guardedGateway(only(path), {}, { encodedPaths });
      expect((await gateway.send("GET", "/users/a%2Fb", AUTH)).status).toBe(status);
    },
  );

  it("must allow the path with and without the slash at its end", async () => {
    const without = await guardedGateway(only("/a"));
    expect(await without.send("GET", "/a/", AUTH)).toMatchObject(NOT_ALLOWED);
    expect((await without.send("GET", "/a", AUTH)).status).toBe(200);
    const both = await guardedGateway(only("/a", "/a/"));
    expect((await both.send("GET", "/a/", AUTH)).status).toBe(200);
  });

  it("that denies one spelling denies the request", async () => {
    const gateway = await guardedGateway(() => ({
      principalId: "ann",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "*", Resource: "*" },
          { Effect: "Deny", Action: "*", Resource: `${BASE}/*//*` },
        ],
      },
    }));
    expect(await gateway.send("GET", "//a", AUTH)).toMatchObject(DENIED);
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
  });

  it("is evaluated against the caller's address", async () => {
    const statement = { Effect: "Allow", Action: "*", Resource: "*" };
    const gateway = await guardedGateway(
      (event) => ({
        principalId: "ann",
        policyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              ...statement,
              Condition: {
                IpAddress: { "aws:SourceIp": event["path"] === "/a" ? "127.0.0.0/8" : "10.0.0.0/8" },
              },
            },
          ],
        },
      }),
      { authorizerResultTtlInSeconds: 0 },
    );
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
    expect(await gateway.send("GET", "/b", AUTH)).toMatchObject(NOT_ALLOWED);
  });
});

describe("the event", () => {
  it("of a REQUEST authorizer has the whole request but no body", async () => {
    const stage = { name: "dev", variables: { layout: "l1" } };
    const gateway = await guardedGateway(allowAll, {}, { stage });
    await gateway.send("GET", "/users/a%20b/?q=1&q=2%263&e=", {
      headers: { Authorization: "Bearer t", "X-Many": ["1", "2"], "User-Agent": "test" },
    });
    const [event] = gateway.calls;
    expect(event).toMatchObject({
      type: "REQUEST",
      methodArn: `${BASE}/GET/users/a%20b/`,
      resource: "/users/{id}",
      path: "/users/a%20b/",
      httpMethod: "GET",
      headers: { Authorization: "Bearer t", "X-Many": "2" },
      multiValueHeaders: { Authorization: ["Bearer t"], "X-Many": ["1", "2"] },
      queryStringParameters: { q: "2&3", e: "" },
      multiValueQueryStringParameters: { q: ["1", "2&3"], e: [""] },
      pathParameters: { id: "a%20b" },
      stageVariables: { layout: "l1" },
      requestContext: {
        accountId: "123456789012",
        apiId: "api1234567",
        stage: "dev",
        resourcePath: "/users/{id}",
        resourceId: expect.stringMatching(/^[0-9a-f]{6}$/),
        httpMethod: "GET",
        path: "/users/a%20b/",
        protocol: "HTTP/1.1",
        requestId: expect.any(String),
        extendedRequestId: expect.any(String),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        requestTimeEpoch: expect.any(Number),
        domainName: "127.0.0.1",
        identity: { sourceIp: "127.0.0.1", userAgent: "test" },
      },
    });
    expect(event).not.toHaveProperty("body");
    expect(event).not.toHaveProperty("requestContext.authorizer");
  });

  it("has null for maps without entries", async () => {
    const gateway = await guardedGateway(allowAll);
    await gateway.send("GET", "/a", AUTH);
    expect(gateway.calls[0]).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
    });
  });
});

describe("a TOKEN authorizer", () => {
  const token = (extra: object = {}): object => ({ type: "token", ...extra });

  it("gets an event of type, token and methodArn only", async () => {
    const gateway = await guardedGateway(allowAll, token());
    await gateway.send("GET", "/a", AUTH);
    expect(gateway.calls).toEqual([
      { type: "TOKEN", authorizationToken: "Bearer t", methodArn: `${BASE}/GET/a` },
    ]);
  });

  it("always needs its header, also without a cache", async () => {
    const gateway = await guardedGateway(allowAll, token({ authorizerResultTtlInSeconds: 0 }));
    expect(await gateway.send("GET", "/a")).toMatchObject(UNAUTHORIZED);
    expect(gateway.calls).toEqual([]);
  });

  it("is not called for a token of which not the whole matches identityValidationExpression", async () => {
    const gateway = await guardedGateway(allowAll, token({ identityValidationExpression: "Bearer [a-z]+" }));
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(200);
    const rejected = await gateway.send("GET", "/a", { headers: { Authorization: "Bearer t1" } });
    expect(rejected).toMatchObject(UNAUTHORIZED);
    expect(gateway.calls).toHaveLength(1);
  });
});

describe("the access log", () => {
  it("contains neither the token nor the value of any other header", async () => {
    const gateway = await guardedGateway((event) => {
      throw new Error(JSON.stringify(event));
    });
    await gateway.send("GET", "/a?access_token=s3cret", {
      headers: { Authorization: "Bearer s3cret", "X-A": "s3cret" },
    });
    expect(JSON.stringify(gateway.log)).not.toContain("s3cret");
  });
});
