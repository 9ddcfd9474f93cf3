import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { jsonGetter } from "../../../runtime/jwt/https-getter.ts";
import { VERSION } from "../../../runtime/version.ts";
import { FakeIssuer } from "../../support/fake-issuer.ts";

const LIMITS = { timeout: 200, maxBytes: 1_000 };
const get = jsonGetter(LIMITS);
let server: FakeIssuer;

beforeEach(async () => {
  server = await FakeIssuer.start();
});
afterEach(() => server.stop());

test("JSON with status 200 is returned", async () => {
  expect(await get(`${server.url}/jwks`)).toEqual({ keys: [] });
});

test("a request says who asks, and accepts both media types of key sets, without compression", async () => {
  let headers: Record<string, unknown> = {};
  server.answers.set("/x", (request, response) => {
    headers = request.headers;
    response.end("{}");
  });
  await get(`${server.url}/x`);
  expect(headers).toMatchObject({
    "user-agent": `portcullis/${packageJson.version}`,
    accept: "application/json, application/jwk-set+json",
    "accept-encoding": "identity",
  });
  expect(VERSION).toBe(packageJson.version);
});

test("a byte order mark is no part of the JSON", async () => {
  server.answers.set("/x", (_, response) => response.end('\ufeff{"keys":[]}'));
  expect(await get(`${server.url}/x`)).toEqual({ keys: [] });
});

test("JSON that is stored gzipped is unzipped, within the byte limit", async () => {
  const serve = (body: string, headers: Record<string, string>) =>
    server.answers.set("/x", (_, response) => response.writeHead(200, headers).end(gzipSync(body)));
  serve('{"keys":[]}', { "content-encoding": "gzip" });
  expect(await get(`${server.url}/x`)).toEqual({ keys: [] });
  serve('{"keys":[]}', {});
  expect(await get(`${server.url}/x`)).toEqual({ keys: [] });
  serve(JSON.stringify({ keys: [], x: "x".repeat(100_000) }), {});
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({ code: "too_large" });
  server.answers.set("/x", (_, response) => response.end(gzipSync("{}").subarray(0, 12)));
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({ code: "not_json" });
});

test("a signal aborts a GET before its timeout", async () => {
  server.answers.set("/x", () => undefined);
  const slow = jsonGetter({ timeout: 60_000, maxBytes: 1_000 });
  const aborted = new AbortController();
  const getting = slow(`${server.url}/x`, aborted.signal);
  aborted.abort();
  await expect(getting).rejects.toMatchObject({ name: "AbortError" });
});

test("a redirect is not followed", async () => {
  server.answers.set("/x", (_, response) => response.writeHead(302, { location: "/jwks" }).end());
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({
    code: "status_302",
    message: "The response's status is not 200",
  });
  expect(server.requests).toEqual(["/x"]);
});

test.each([201, 204, 404, 500])("status %i is rejected", async (status) => {
  server.answers.set("/x", (_, response) => response.writeHead(status).end());
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({
    code: `status_${status}`,
    message: "The response's status is not 200",
  });
});

test("HTML is rejected", async () => {
  server.answers.set("/x", (_, response) => response.end("<html>"));
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({
    code: "not_json",
    message: "The response is not JSON",
  });
});

test("a response that never ends is aborted at the byte limit", async () => {
  server.answers.set("/x", (_, response) => {
    const timer = setInterval(() => response.write("x".repeat(300)), 1);
    response.on("close", () => clearInterval(timer));
  });
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({
    code: "too_large",
    message: "The response is longer than 1000 bytes",
  });
});

test.each([
  ["headers", () => undefined],
  ["an end", (response: { write(text: string): void }) => response.write("{")],
])("a response without %s is aborted at the timeout", async (_, begin) => {
  server.answers.set("/x", (_request, response) => void begin(response));
  await expect(get(`${server.url}/x`)).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

test("a closed port is an error", async () => {
  const { url } = server;
  await server.stop();
  await expect(get(`${url}/x`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  server = await FakeIssuer.start();
});
