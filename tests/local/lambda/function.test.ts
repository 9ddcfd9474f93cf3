import { existsSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createFunction, type FunctionOptions, type LocalFunction } from "../../../local/lambda/function.ts";

const open: LocalFunction[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((fn) => fn.close()));
});

function functionOf(code: string, options: Partial<FunctionOptions> = {}): LocalFunction {
  const zip = zipSync({ "index.js": strToU8(code), "lib/extra.js": strToU8("module.exports = 'extra';") });
  const fn = createFunction({ name: "sample", zip, environment: {}, timeoutMs: 5_000, ...options });
  open.push(fn);
  return fn;
}

async function payloadOf(fn: LocalFunction, event: unknown = {}): Promise<unknown> {
  const result = await fn.invoke(event);
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload;
}

async function errorOf(fn: LocalFunction, event: unknown = {}): Promise<object> {
  const result = await fn.invoke(event);
  if (result.ok) throw new Error("The invocation was expected to fail");
  return result.error;
}

describe("a local function", () => {
  it("sends events and results as JSON text", async () => {
    const fn = functionOf("exports.handler = async (e) => ({ e, gone: undefined, at: new Date(0) });");
    expect(await payloadOf(fn, { a: undefined, b: [1, null] })).toEqual({
      e: { b: [1, null] },
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  it("answers null when the handler returns nothing", async () => {
    expect(await payloadOf(functionOf("exports.handler = async () => {};"))).toBeNull();
  });

  it("loads other files of the zip, as CommonJS even below an ESM package", async () => {
    const root = mkdtempSync(join(tmpdir(), "portcullis-test-"));
    const fn = functionOf("exports.handler = async () => require('./lib/extra.js');", { root });
    expect(await payloadOf(fn)).toBe("extra");
    await fn.close();
    expect(readdirSync(root)).toEqual([]);
    rmdirSync(root);
  });

  it("calls the handler that is named", async () => {
    const fn = functionOf("exports.other = async () => 1;", { handler: "index.other" });
    expect(await payloadOf(fn)).toBe(1);
  });

  it("shows the function its own environment and Lambda's, and nothing of this process", async () => {
    vi.stubEnv("PORTCULLIS_SECRET", "x");
    const fn = functionOf("exports.handler = async () => process.env;", { environment: { TABLE: "t" } });
    const env = await payloadOf(fn);
    vi.unstubAllEnvs();
    expect(env).toMatchObject({ TABLE: "t", AWS_LAMBDA_FUNCTION_NAME: "sample", AWS_REGION: "us-east-1" });
    for (const key of ["PORTCULLIS_SECRET", "HOME", "NODE_ENV", "AWS_EXECUTION_ENV"]) {
      expect(env).not.toHaveProperty(key);
    }
  });

  it("passes a context with the request's id, the function's ARN and the remaining time", async () => {
    const fn = functionOf(
      "exports.handler = async (e, c) => ({ ...c, left: c.getRemainingTimeInMillis() });",
      { environment: { AWS_REGION: "eu-west-1" } },
    );
    const context = await payloadOf(fn);
    expect(context).toMatchObject({
      functionName: "sample",
      functionVersion: "$LATEST",
      invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:sample",
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      left: expect.any(Number),
    });
    expect(context).toHaveProperty(
      "left",
      expect.toSatisfy((left: number) => left > 0 && left <= 5_000),
    );
  });

  it("keeps a worker warm and gives it one request at a time", async () => {
    const fn = functionOf(
      `let calls = 0, now = 0, most = 0;
      exports.handler = async () => {
        most = Math.max(most, ++now); await new Promise((r) => setTimeout(r, 5)); now--; return [++calls, most];
      };`,
      { maxConcurrency: 1 },
    );
    const results = await Promise.all([1, 2, 3].map(() => payloadOf(fn)));
    expect(results).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it("starts several workers for requests at the same time", async () => {
    const code = `const { threadId } = require("node:worker_threads");
      exports.handler = async () => { await new Promise((r) => setTimeout(r, 200)); return threadId; };`;
    const fn = functionOf(code, { maxConcurrency: 2 });
    const threads = await Promise.all([1, 2, 3, 4].map(() => payloadOf(fn)));
    expect(new Set(threads).size).toBe(2);
  });

  it("fails what is under way when its workers are killed, and serves the next", async () => {
    const code = `exports.handler = async (wait) => new Promise((r) => setTimeout(() => r("ok"), wait));`;
    const fn = functionOf(code);
    const hanging = fn.invoke(4_000);
    await fn.invoke(0);
    await fn.interrupt();
    expect(await hanging).toMatchObject({ ok: false, error: { errorType: "Runtime.ExitError" } });
    expect(await fn.invoke(0)).toEqual({ ok: true, payload: "ok" });
  });

  it("throttles what no longer fits the queue", async () => {
    const fn = functionOf("exports.handler = async () => 'ok';", { maxConcurrency: 1 });
    const results = await Promise.all(Array.from({ length: 110 }, () => fn.invoke({})));
    expect(results.filter((result) => result.ok)).toHaveLength(101);
    expect(results.find((result) => !result.ok)).toEqual({
      ok: false,
      error: { errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." },
    });
  });

  it("writes the worker's stdout and stderr to onLog line by line", async () => {
    const lines: string[] = [];
    const fn = functionOf("exports.handler = async () => { console.log('a\\nb'); console.error('c'); };", {
      onLog: (line) => lines.push(line),
    });
    await fn.invoke({});
    await vi.waitFor(() => expect(new Set(lines)).toEqual(new Set(["a", "b", "c"])), 5_000);
  });

  it("deletes its files on close and then refuses", async () => {
    const fn = functionOf("exports.handler = async () => __dirname;");
    const directory = String(await payloadOf(fn));
    await fn.close();
    expect(existsSync(directory)).toBe(false);
    expect(await errorOf(fn)).toMatchObject({ errorType: "ResourceNotFoundException" });
  });

  it("fails what is under way or waiting when it is closed", async () => {
    const fn = functionOf("exports.handler = () => new Promise(() => {});", { maxConcurrency: 1 });
    const results = [errorOf(fn), errorOf(fn)];
    await fn.close();
    for (const result of results)
      expect(await result).toMatchObject({ errorType: "ResourceNotFoundException" });
  });
});

describe("a local function that fails", () => {
  it("reports a thrown error by name and message, and stays warm", async () => {
    const fn = functionOf(
      "let n = 0; exports.handler = async () => { if (++n === 1) throw new TypeError('no'); return n; };",
    );
    expect(await errorOf(fn)).toEqual({ errorType: "TypeError", errorMessage: "no" });
    expect(await payloadOf(fn)).toBe(2);
  });

  it("reports a thrown string by its type", async () => {
    const fn = functionOf("exports.handler = async () => { throw 'plain'; };");
    expect(await errorOf(fn)).toEqual({ errorType: "string", errorMessage: "plain" });
  });

  it("is killed after its timeout, and replaced", async () => {
    const fn = functionOf("exports.handler = async (e) => { for (;e.loop;); return 'fresh'; };", {
      timeoutMs: 300,
    });
    expect(await errorOf(fn, { loop: true })).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.30 seconds$/,
      ),
    });
    expect(await payloadOf(fn, {})).toBe("fresh");
  });

  it.each([
    ["process.exit", "process.exit(3)", "Runtime.ExitError", /exit status 3/],
    ["an uncaught exception", "setTimeout(() => { throw new RangeError('late'); })", "RangeError", /^late$/],
    [
      "an unhandled rejection",
      "void Promise.reject(new Error('lost'))",
      "Runtime.UnhandledPromiseRejection",
      /^lost$/,
    ],
  ])("is replaced after %s, which fails the invocation", async (_, code, errorType, message) => {
    const fn = functionOf(`exports.handler = (e) => e.ok ? "fresh" : new Promise(() => { ${code}; });`);
    expect(await errorOf(fn)).toEqual({ errorType, errorMessage: expect.stringMatching(message) });
    expect(await payloadOf(fn, { ok: true })).toBe("fresh");
  });

  it("is replaced after it used up its memory", async () => {
    const fn = functionOf(
      "exports.handler = () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };",
      {
        memoryMb: 32,
        timeoutMs: 30_000,
      },
    );
    expect(await errorOf(fn)).toMatchObject({ errorMessage: expect.stringMatching(/memory/i) });
  }, 40_000);

  it.each([
    ["throws while it loads", "throw new SyntaxError('broken');", "SyntaxError", /^broken$/],
    ["exports no handler", "exports.main = 1;", "Runtime.HandlerNotFound", /^index.handler is undefined/],
  ])("says so when its code %s", async (_, code, errorType, message) => {
    expect(await errorOf(functionOf(code))).toEqual({
      errorType,
      errorMessage: expect.stringMatching(message),
    });
  });

  it("refuses a result above 6 MB", async () => {
    const fn = functionOf("exports.handler = async () => 'x'.repeat(6291556);");
    expect(await errorOf(fn)).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });

  it("refuses an event above 6 MB, and one that is not JSON", async () => {
    const fn = functionOf("exports.handler = async () => 1;");
    expect(await errorOf(fn, "x".repeat(6_291_456))).toMatchObject({ errorType: "RequestTooLargeException" });
    expect(await errorOf(fn, { n: 1n })).toMatchObject({ errorType: "InvalidRequestContentException" });
  });

  it("refuses a result that is not JSON", async () => {
    const fn = functionOf("exports.handler = async () => ({ n: 1n });");
    expect(await errorOf(fn)).toMatchObject({ errorType: "TypeError" });
  });

  it("refuses a zip with an entry outside itself", () => {
    const zip = zipSync({ "../evil.js": strToU8("") });
    expect(() => createFunction({ name: "x", zip, environment: {}, timeoutMs: 1_000 })).toThrow(
      /points outside/,
    );
  });
});
