import { afterEach, expect, test } from "vitest";
import { isPing, withPings } from "../../../lambdas/authorizer/ping.ts";
import { guardedGateway } from "../../local/apigateway/rest/guarded-gateway.ts";
import { closeServers } from "../../local/apigateway/rest/harness.ts";
import { event } from "../../support/fixtures.ts";

afterEach(closeServers);

const PING = JSON.parse('{"portcullis":"ping"}') as never;
const refuses = () => Promise.reject(new Error("Unauthorized"));

test("a ping is answered once the catalogue is read, with nothing that API Gateway takes for a policy", async () => {
  const read: string[] = [];
  const handler = withPings(refuses, async () => read.push("catalogue"));
  expect(await handler(PING)).toEqual({ portcullis: "pong" });
  expect(read).toEqual(["catalogue"]);
});

test("a ping is answered though the table cannot be read: nobody would repeat it", async () => {
  expect(await withPings(refuses, () => Promise.reject(new Error("no table")))(PING)).toEqual({
    portcullis: "pong",
  });
});

test("a request goes to the authorizer, and reads nothing for it", async () => {
  const handler = withPings(refuses, () => Promise.reject(new Error("read")));
  await expect(handler(event("Bearer x"))).rejects.toThrow(/^Unauthorized$/);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a text", '{"portcullis":"ping"}'],
  ["a list", ["portcullis", "ping"]],
  ["another value", { portcullis: "pong" }],
  ["a member more", { portcullis: "ping", methodArn: "arn" }],
  ["a request with that member", { ...event("Bearer x"), portcullis: "ping" }],
  ["an inherited member", Object.assign(Object.create({ portcullis: "ping" }) as object, { a: 1 })],
])("%s is no ping", (_, value) => {
  expect(isPing(value)).toBe(false);
});

test("no request through the gateway can be taken for a ping", async () => {
  const gateway = await guardedGateway(() => ({ principalId: "x" }), { authorizerResultTtlInSeconds: 0 });
  const text = '{"portcullis":"ping"}';
  const bearer = { Authorization: "Bearer t" };
  const sent = [
    gateway.send("GET", "/a?portcullis=ping", { headers: { ...bearer, portcullis: "ping" } }),
    gateway.send("GET", `/users/${encodeURIComponent(text)}`, { headers: bearer }),
    gateway.send("GET", "/a", { headers: { ...bearer, "content-type": "application/json" }, body: text }),
    gateway.send("GET", "/b", { headers: { Authorization: text } }),
  ];
  await Promise.all(sent);
  expect(gateway.calls).toHaveLength(sent.length);
  expect(gateway.calls.filter(isPing)).toEqual([]);
  for (const call of gateway.calls) expect(call).toHaveProperty("methodArn");
});
