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

function startFunction(code: string, options: Partial<FunctionOptions> = {}): LocalFunction {
  const zip = zipSync({ "index.js": strToU8(code), "lib/extra.js": strToU8("module.exports = 'extra';") });
  const fn = createFunction({ name: "sample", zip, environment: {}, timeoutMs: 5_000, ...options });
  open.push(fn);
  return fn;
}

async function invokeForPayload(fn: LocalFunction, event: unknown = {}): Promise<unknown> {
  const result = await fn.invoke(event);
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload;
}

async function invokeForError(fn: LocalFunction, event: unknown = {}): Promise<object> {
  const result = await fn.invoke(event);
  if (result.ok) throw new Error("The invocation was expected to fail");
  return result.error;
}

describe("a local function", () => {
  it("passes events and results as JSON strings", async () => {
    const fn = startFunction("exports.handler = async (e) => ({ e, gone: undefined, at: new Date(0) });");
    expect(await invokeForPayload(fn, { a: undefined, b: [1, null] })).toEqual({
      e: { b: [1, null] },
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  it("returns null when the handler returns nothing", async () => {
    expect(await invokeForPayload(startFunction("exports.handler = async () => {};"))).toBeNull();
  });

  it("loads other files of the zip, as CommonJS even below an ESM package", async () => {
    const root = mkdtempSync(join(tmpdir(), "portcullis-test-"));
    const fn = startFunction("exports.handler = async () => require('./lib/extra.js');", { root });
    expect(await invokeForPayload(fn)).toBe("extra");
    await fn.close();
    expect(readdirSync(root)).toEqual([]);
    rmdirSync(root);
  });

  it("calls the handler that its options name", async () => {
    const fn = startFunction("exports.other = async () => 1;", { handler: "index.other" });
    expect(await invokeForPayload(fn)).toBe(1);
  });

  it("gives the function its own environment and Lambda's, and nothing of this process", async () => {
    vi.stubEnv("PORTCULLIS_SECRET", "x");
    const fn = startFunction("exports.handler = async () => process.env;", { environment: { TABLE: "t" } });
    const env = await invokeForPayload(fn);
    vi.unstubAllEnvs();
    expect(env).toMatchObject({ TABLE: "t", AWS_LAMBDA_FUNCTION_NAME: "sample", AWS_REGION: "us-east-1" });
    for (const key of ["PORTCULLIS_SECRET", "HOME", "NODE_ENV", "AWS_EXECUTION_ENV"]) {
      expect(env).not.toHaveProperty(key);
    }
  });

  it("passes a context with the request's id, the function's ARN and the remaining time", async () => {
    const fn = startFunction(
      "exports.handler = async (e, c) => ({ ...c, left: c.getRemainingTimeInMillis() });",
      { environment: { AWS_REGION: "eu-west-1" } },
    );
    const context = await invokeForPayload(fn);
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

  it("reuses a worker and gives it one request at a time", async () => {
    const fn = startFunction(
      `let calls = 0, now = 0, most = 0;
      exports.handler = async () => {
        most = Math.max(most, ++now); await new Promise((r) => setTimeout(r, 5)); now--; return [++calls, most];
      };`,
      { maxConcurrency: 1 },
    );
    const results = await Promise.all([1, 2, 3].map(() => invokeForPayload(fn)));
    expect(results).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it("starts several workers for requests at the same time", async () => {
    const code = `const { threadId } = require("node:worker_threads");
      exports.handler = async () => { await new Promise((r) => setTimeout(r, 200)); return threadId; };`;
    const fn = startFunction(code, { maxConcurrency: 2 });
    const threads = await Promise.all([1, 2, 3, 4].map(() => invokeForPayload(fn)));
    expect(new Set(threads).size).toBe(2);
  });

  it("fails running invocations when its workers are killed, and serves the next", async () => {
    const code = `exports.handler = async ({ hangs }) => (hangs ? new Promise(() => {}) : "ok");`;
    const fn = startFunction(code, { timeoutMs: 60_000 });
    const hanging = fn.invoke({ hangs: true });
    await fn.invoke({});
    await fn.interrupt();
    expect(await hanging).toMatchObject({ ok: false, error: { errorType: "Runtime.ExitError" } });
    expect(await fn.invoke({})).toEqual({ ok: true, payload: "ok" });
  });

  it("throttles more than 1,000 invocations at once", async () => {
    const fn = startFunction("exports.handler = async () => 'ok';", { maxConcurrency: 1 });
    const results = await Promise.all(Array.from({ length: 1_010 }, () => fn.invoke({})));
    expect(results.filter((result) => result.ok)).toHaveLength(1_000);
    expect(results.find((result) => !result.ok)).toEqual({
      ok: false,
      error: { errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." },
    });
  });

  it("writes the worker's stdout and stderr to onLog line by line", async () => {
    const lines: string[] = [];
    const fn = startFunction("exports.handler = async () => { console.log('a\\nb'); console.error('c'); };", {
      onLog: (line) => lines.push(line),
    });
    await fn.invoke({});
    await vi.waitFor(() => expect(new Set(lines)).toEqual(new Set(["a", "b", "c"])), 5_000);
  });

  it("deletes its files when it is closed, and then rejects invocations", async () => {
    const fn = startFunction("exports.handler = async () => __dirname;");
    const directory = String(await invokeForPayload(fn));
    await fn.close();
    expect(existsSync(directory)).toBe(false);
    expect(await invokeForError(fn)).toMatchObject({ errorType: "ResourceNotFoundException" });
  });

  it("fails running and waiting invocations when it is closed", async () => {
    const fn = startFunction("exports.handler = () => new Promise(() => {});", { maxConcurrency: 1 });
    const results = [invokeForError(fn), invokeForError(fn)];
    await fn.close();
    for (const result of results)
      expect(await result).toMatchObject({ errorType: "ResourceNotFoundException" });
  });
});

describe("a local function that fails", () => {
  it("reports a thrown error by name and message, and stays warm", async () => {
    const fn = startFunction(
      "let n = 0; exports.handler = async () => { if (++n === 1) throw new TypeError('no'); return n; };",
    );
    expect(await invokeForError(fn)).toEqual({ errorType: "TypeError", errorMessage: "no" });
    expect(await invokeForPayload(fn)).toBe(2);
  });

  it("reports a thrown string by its type", async () => {
    const fn = startFunction("exports.handler = async () => { throw 'plain'; };");
    expect(await invokeForError(fn)).toEqual({ errorType: "string", errorMessage: "plain" });
  });

  it("is killed after its timeout, and replaced", async () => {
    const fn = startFunction("exports.handler = async (e) => { for (;e.loop;); return 'fresh'; };", {
      timeoutMs: 300,
    });
    expect(await invokeForError(fn, { loop: true })).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.30 seconds$/,
      ),
    });
    expect(await invokeForPayload(fn, {})).toBe("fresh");
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
    const fn = startFunction(`exports.handler = (e) => e.ok ? "fresh" : new Promise(() => { ${code}; });`);
    expect(await invokeForError(fn)).toEqual({ errorType, errorMessage: expect.stringMatching(message) });
    expect(await invokeForPayload(fn, { ok: true })).toBe("fresh");
  });

  it("is replaced after it has run out of memory", async () => {
    const fn = startFunction(
      "exports.handler = () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };",
      {
        memoryMb: 32,
        timeoutMs: 30_000,
      },
    );
    expect(await invokeForError(fn)).toMatchObject({ errorMessage: expect.stringMatching(/memory/i) });
  }, 40_000);

  it.each([
    ["throws while it loads", "throw new SyntaxError('broken');", "SyntaxError", /^broken$/],
    ["exports no handler", "exports.main = 1;", "Runtime.HandlerNotFound", /^index.handler is undefined/],
  ])("reports the error when its code %s", async (_, code, errorType, message) => {
    expect(await invokeForError(startFunction(code))).toEqual({
      errorType,
      errorMessage: expect.stringMatching(message),
    });
  });

  it("rejects a result above 6 MB", async () => {
    const fn = startFunction("exports.handler = async () => 'x'.repeat(6291556);");
    expect(await invokeForError(fn)).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });

  it("rejects an event above 6 MB, and one that is not JSON", async () => {
    const fn = startFunction("exports.handler = async () => 1;");
    expect(await invokeForError(fn, "x".repeat(6_291_456))).toMatchObject({
      errorType: "RequestTooLargeException",
    });
    expect(await invokeForError(fn, { n: 1n })).toMatchObject({
      errorType: "InvalidRequestContentException",
    });
  });

  it("rejects a result that is not JSON", async () => {
    const fn = startFunction("exports.handler = async () => ({ n: 1n });");
    expect(await invokeForError(fn)).toMatchObject({ errorType: "TypeError" });
  });

  it("rejects a zip with an entry that points outside it", () => {
    const zip = zipSync({ "../evil.js": strToU8("") });
    expect(() => createFunction({ name: "x", zip, environment: {}, timeoutMs: 1_000 })).toThrow(
      /points outside/,
    );
  });
});
