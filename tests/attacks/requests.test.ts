import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MODES } from "../end-to-end/cases.ts";
import type { RawResponse } from "./support/raw-request.ts";
import { TRICKS } from "./support/request-tricks.ts";
import { ADMIN, READER, WORLD } from "./support/request-world.ts";
import { type Running, runStack } from "./support/running-stack.ts";

/** Summarises a response: its status, the code and reason of an error, or the route on which the backend was reached. */
function summarise({ status, json }: RawResponse): string {
  const { error = {}, request = {} } = (json ?? {}) as Record<string, Record<string, unknown>>;
  return [status, error["code"], error["reason"], request["route"]]
    .filter((part) => part !== undefined)
    .join(" ");
}

const DOCUMENT = "200 GET /documents/{documentId}";

/** Headers that override the method or path of the request line on some servers. */
const OVERRIDES = [
  ...["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X_HTTP_Method_Override"].map(
    (name) => `${name}: DELETE`,
  ),
  ...[
    "X-Original-URL",
    "X-Original-URI",
    "X-Rewrite-URL",
    "X-Forwarded-URI",
    "X-Forwarded-Path",
    "X-Forwarded-Prefix",
    "X-Amzn-Resource",
    "X-Api-Resource-Path",
  ].map((name) => `${name}: /admin`),
];

describe.each(MODES)("under caching mode %s, over sockets, with cached responses", (cache) => {
  let running: Running;
  let reader: string;
  let admin: string;
  beforeAll(async () => {
    running = await runStack(WORLD, cache);
    [reader, admin] = await Promise.all([running.token(READER), running.token(ADMIN)]);
    for (const line of ["GET /documents", "GET /documents/42", "GET /files/a", "PATCH /users/ann"])
      expect(summarise(await running.send({ line, token: reader }))).toMatch(/^200 /);
    for (const line of ["GET /admin", "GET /admin/x", "GET /documents/search", "DELETE /documents/42"])
      expect(summarise(await running.send({ line, token: admin }))).toMatch(/^200 /);
  });
  afterAll(() => running.stack.close());

  it.each(TRICKS)("%j gets %s", async (line, expected) => {
    expect(summarise(await running.send({ line, token: reader }))).toBe(expected);
  });

  it.each(["*", "?ob", "b*", "${aws:username}", "a/b", "..", "%2A", "bob/", "bob\n"])(
    "a subject of %j can change no profile, and not its own in any spelling",
    async (subject) => {
      const token = await running.token({ ...READER, subject });
      const reason = cache === "token" ? "route_not_granted" : "binding_not_expressible";
      for (const path of [
        "bob",
        "*",
        encodeURIComponent(subject),
        encodeURIComponent(encodeURIComponent(subject)),
      ])
        expect([path, summarise(await running.send({ line: `PATCH /users/${path}`, token }))]).toEqual([
          path,
          `403 ACCESS_DENIED ${reason}`,
        ]);
      expect(summarise(await running.send({ line: "GET /documents/42", token }))).toBe(DOCUMENT);
    },
  );

  it("no trick works without a token", async () => {
    for (const [line, withToken] of TRICKS) {
      const expected = /^200|ACCESS_DENIED/.test(withToken) ? "401 UNAUTHORIZED" : withToken;
      expect([line, summarise(await running.send({ line }))]).toEqual([line, expected]);
    }
  });

  it.each(OVERRIDES)("the header %s changes neither the decision nor the route", async (header) => {
    const send = async (line: string) =>
      summarise(await running.send({ line, token: reader, headers: [header] }));
    expect(await send("GET /documents/42")).toBe(DOCUMENT);
    expect(await send("GET /admin")).toBe("403 ACCESS_DENIED route_not_granted");
    expect(await send("POST /documents")).toBe("403 ACCESS_DENIED route_not_granted");
  });

  it.each(["authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])(
    "the header's name may be spelled %s",
    async (name) => {
      const send = async (line: string, token: string) =>
        summarise(await running.send({ line, headers: [`${name}: Bearer ${token}`] }));
      expect(await send("GET /documents/42", reader)).toBe(DOCUMENT);
      expect(await send("GET /admin", reader)).toBe("403 ACCESS_DENIED route_not_granted");
    },
  );

  it.each([
    ["two lengths", ["Content-Length: 0", "Content-Length: 30"]],
    ["a length and chunks", ["Content-Length: 30", "Transfer-Encoding: chunked"]],
    ["chunks spelled twice", ["Transfer-Encoding: chunked, identity"]],
    ["an invalid length", ["Content-Length: +0"]],
  ])("a request with %s cannot smuggle a second request", async (_, headers) => {
    const before = running.access.length;
    const smuggled = `GET /admin HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin}\r\n\r\n`;
    const { status } = await running.send({
      line: "PUT /files/a",
      token: reader,
      headers,
      body: `0\r\n\r\n${smuggled}`,
    });
    expect(status).toBe(400);
    expect(running.access.slice(before).map(({ resource }) => resource)).toEqual([]);
  });
});
