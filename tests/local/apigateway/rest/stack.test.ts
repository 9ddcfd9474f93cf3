import { strToU8, zipSync } from "fflate";
import { afterEach, describe, expect, it } from "vitest";
import type { AuthorizerOutput } from "../../../../local/apigateway/shared/authorizer-output.ts";
import { createResultCache } from "../../../../local/apigateway/shared/result-cache.ts";
import { createFunction, type LocalFunction } from "../../../../local/lambda/function.ts";
import {
  AUTHORIZER_ARN,
  authorizerScheme,
  BACKEND_ARN,
  BASE,
  closeServers,
  guarded,
  startGateway,
  type TestGateway,
} from "./harness.ts";

const functions: LocalFunction[] = [];

afterEach(async () => {
  await closeServers();
  await Promise.all(functions.splice(0).map((fn) => fn.close()));
});

function startFunction(name: string, code: string): LocalFunction {
  const zip = zipSync({ "index.js": strToU8(`exports.handler = async (event) => ${code};`) });
  const fn = createFunction({ name, zip, environment: {}, timeoutMs: 1_000 });
  functions.push(fn);
  return fn;
}

function gatewayWith(authorizer: string): Promise<TestGateway> {
  const backend = "({ statusCode: 200, body: event.requestContext.authorizer.tenantId })";
  return startGateway(
    {
      paths: { "/a": { get: guarded() }, "/b": { get: guarded() } },
      components: { securitySchemes: { main: authorizerScheme() } },
    },
    {
      functions: new Map([
        [AUTHORIZER_ARN, startFunction("authorizer", authorizer)],
        [BACKEND_ARN, startFunction("backend", backend)],
      ]),
    },
  );
}

const AUTH = { headers: { Authorization: "Bearer t" } };

describe("a gateway with functions in worker threads", () => {
  it("calls the authorizer, and the backend with the authorizer's context", async () => {
    const gateway = await gatewayWith(`({
      principalId: "ann",
      policyDocument: { Version: "2012-10-17", Statement: [
        { Effect: "Allow", Action: "execute-api:Invoke", Resource: "${BASE}/GET/a" }] },
      context: { tenantId: "acme" },
    })`);
    expect(await gateway.send("GET", "/a", AUTH)).toMatchObject({ status: 200, text: "acme" });
    expect((await gateway.send("GET", "/b", AUTH)).status).toBe(403);
  });

  it.each([
    ["throws Unauthorized", "{ throw new Error('Unauthorized'); }", 401],
    ["exits", "process.exit(0)", 500],
    ["hangs", "new Promise(() => {})", 500],
  ])("responds to an authorizer that %s (%s) with %s", async (_, code, status) => {
    const gateway = await gatewayWith(code);
    expect((await gateway.send("GET", "/a", AUTH)).status).toBe(status);
  });
});

describe("the authorizers' cache", () => {
  const output: AuthorizerOutput = {
    principalId: "ann",
    policyDocument: { Version: "2012-10-17", Statement: [] },
    context: {},
  };

  it("is bounded, and drops the oldest entry first", () => {
    const cache = createResultCache(() => 0, 2);
    for (const key of ["a", "b", "c"]) cache.set(key, output, 60);
    expect(["a", "b", "c"].map((key) => cache.get(key) === output)).toEqual([false, true, true]);
  });

  it("drops every expired result, also those that are not read again", () => {
    let now = 0;
    const cache = createResultCache(() => now);
    for (const key of ["a", "b", "c"]) cache.set(key, output, 60);
    now = 60_000;
    cache.set("d", output, 60);
    expect(cache.size).toBe(1);
  });
});
