import { afterEach, expect, test } from "vitest";
import { withPings } from "../../../lambdas/authorizer/ping.ts";
import { guardedGateway } from "../../local/apigateway/rest/guarded-gateway.ts";
import { closeServers } from "../../local/apigateway/rest/harness.ts";
import { event } from "../../support/fixtures.ts";

afterEach(closeServers);

const PING = JSON.parse('{"portcullis":"ping"}') as never;
const unauthorized = () => Promise.reject(new Error("Unauthorized"));
/** Returns the authorizer's response to every event that is not a ping. */
const requestsOnly = withPings(unauthorized, () => Promise.reject(new Error("read")));

test("the response to a ping comes after the catalogue is read, and is not a policy", async () => {
  const read: string[] = [];
  const handler = withPings(unauthorized, async () => read.push("catalogue"));
  expect(await handler(PING)).toEqual({ portcullis: "pong" });
  expect(read).toEqual(["catalogue"]);
});

test("a ping gets a response even if the table cannot be read, because it would not be repeated", async () => {
  expect(await withPings(unauthorized, () => Promise.reject(new Error("no table")))(PING)).toEqual({
    portcullis: "pong",
  });
});

test("a request goes to the authorizer without warming up", async () => {
  await expect(requestsOnly(event("Bearer x"))).rejects.toThrow(/^Unauthorized$/);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a string", '{"portcullis":"ping"}'],
  ["a list", ["portcullis", "ping"]],
  ["another value", { portcullis: "pong" }],
  ["an additional member", { portcullis: "ping", methodArn: "arn" }],
  ["a request with that member", { ...event("Bearer x"), portcullis: "ping" }],
  ["an inherited member", Object.assign(Object.create({ portcullis: "ping" }) as object, { a: 1 })],
])("%s is not a ping", async (_, value) => {
  await expect(requestsOnly(value as never)).rejects.toThrow(/^Unauthorized$/);
});

test("no request through the gateway is a ping", async () => {
  const gateway = await guardedGateway(() => ({ principalId: "x" }), { authorizerResultTtlInSeconds: 0 });
  const json = '{"portcullis":"ping"}';
  const bearer = { Authorization: "Bearer t" };
  const sent = [
    gateway.send("GET", "/a?portcullis=ping", { headers: { ...bearer, portcullis: "ping" } }),
    gateway.send("GET", `/users/${encodeURIComponent(json)}`, { headers: bearer }),
    gateway.send("GET", "/a", { headers: { ...bearer, "content-type": "application/json" }, body: json }),
    gateway.send("GET", "/b", { headers: { Authorization: json } }),
  ];
  await Promise.all(sent);
  expect(gateway.calls).toHaveLength(sent.length);
  for (const call of gateway.calls) {
    await expect(requestsOnly(call as never)).rejects.toThrow(/^Unauthorized$/);
    expect(call).toHaveProperty("methodArn");
  }
});
