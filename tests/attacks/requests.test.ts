import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MODES } from "../end-to-end/cases.ts";
import type { RawAnswer } from "./support/raw-request.ts";
import { TRICKS } from "./support/request-tricks.ts";
import { ADMIN, READER, WORLD } from "./support/request-world.ts";
import { type Running, runStack } from "./support/running-stack.ts";

/** Status, and of a refusal its code and reason, of an answer of the sample backend the route that it was reached by. */
function told({ status, json }: RawAnswer): string {
  const { error = {}, request = {} } = (json ?? {}) as Record<string, Record<string, unknown>>;
  return [status, error["code"], error["reason"], request["route"]]
    .filter((part) => part !== undefined)
    .join(" ");
}

const DOCUMENT = "200 GET /documents/{documentId}";

/** Headers by which some servers are told another method or path than that of the first line. */
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

describe.each(MODES)("under caching mode %s, over sockets, with answers in the cache", (cache) => {
  let running: Running;
  let reader: string;
  let admin: string;
  beforeAll(async () => {
    running = await runStack(WORLD, cache);
    [reader, admin] = await Promise.all([running.token(READER), running.token(ADMIN)]);
    for (const line of ["GET /documents", "GET /documents/42", "GET /files/a", "PATCH /users/ann"])
      expect(told(await running.send({ line, token: reader }))).toMatch(/^200 /);
    for (const line of ["GET /admin", "GET /admin/x", "GET /documents/search", "DELETE /documents/42"])
      expect(told(await running.send({ line, token: admin }))).toMatch(/^200 /);
  });
  afterAll(() => running.stack.close());

  it.each(TRICKS)("%j is answered with %s", async (line, answer) => {
    expect(told(await running.send({ line, token: reader }))).toBe(answer);
  });

  it.each(["*", "?ob", "b*", "${aws:username}", "a/b", "..", "%2A", "bob/", "bob\n"])(
    "a subject of %j opens nobody's profile, its own in no spelling either",
    async (subject) => {
      const token = await running.token({ ...READER, subject });
      const reason = cache === "token" ? "route_not_granted" : "binding_not_expressible";
      for (const path of [
        "bob",
        "*",
        encodeURIComponent(subject),
        encodeURIComponent(encodeURIComponent(subject)),
      ])
        expect([path, told(await running.send({ line: `PATCH /users/${path}`, token }))]).toEqual([
          path,
          `403 ACCESS_DENIED ${reason}`,
        ]);
      expect(told(await running.send({ line: "GET /documents/42", token }))).toBe(DOCUMENT);
    },
  );

  it("no trick needs less than a token", async () => {
    for (const [line, answer] of TRICKS) {
      const expected = /^200|ACCESS_DENIED/.test(answer) ? "401 UNAUTHORIZED" : answer;
      expect([line, told(await running.send({ line }))]).toEqual([line, expected]);
    }
  });

  it.each(OVERRIDES)(
    "the header %s changes neither what is decided on nor what is reached",
    async (header) => {
      const asked = async (line: string) =>
        told(await running.send({ line, token: reader, headers: [header] }));
      expect(await asked("GET /documents/42")).toBe(DOCUMENT);
      expect(await asked("GET /admin")).toBe("403 ACCESS_DENIED route_not_granted");
      expect(await asked("POST /documents")).toBe("403 ACCESS_DENIED route_not_granted");
    },
  );

  it.each(["authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])(
    "the header's name is the same as %s",
    async (name) => {
      const ask = async (line: string, token: string) =>
        told(await running.send({ line, headers: [`${name}: Bearer ${token}`] }));
      expect(await ask("GET /documents/42", reader)).toBe(DOCUMENT);
      expect(await ask("GET /admin", reader)).toBe("403 ACCESS_DENIED route_not_granted");
    },
  );

  it.each([
    ["two lengths", ["Content-Length: 0", "Content-Length: 30"]],
    ["a length and chunks", ["Content-Length: 30", "Transfer-Encoding: chunked"]],
    ["chunks spelled twice", ["Transfer-Encoding: chunked, identity"]],
    ["a length that is none", ["Content-Length: +0"]],
  ])("a request with %s smuggles no second one", async (_, headers) => {
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
