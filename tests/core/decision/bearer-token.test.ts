import { describe, expect, it } from "vitest";
import { authorizationIn, bearerToken, type Headers } from "../../../core/decision/bearer-token.ts";
import type { AuthenticationErrorCode } from "../../../core/model/errors.ts";

const headers = (...values: string[]): Headers => new Map([["authorization", values]]);
const readBearerToken = (sent: Headers) => bearerToken(authorizationIn(sent));
const TOKEN = "eyJh.eyJz.c2ln";

const expectRejection = (sent: Headers, code: AuthenticationErrorCode, message: string): void =>
  expect(() => readBearerToken(sent)).toThrow(
    expect.objectContaining({ name: "AuthenticationError", code, message }),
  );

describe("a bearer token", () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}`])(
    "reads the scheme in any case: %s",
    (value) => {
      expect(readBearerToken(headers(value))).toBe(TOKEN);
    },
  );

  it("rejects a request without an Authorization header, even if a token is elsewhere", () => {
    const message = "The request has no Authorization header";
    expectRejection(new Map(), "token_missing", message);
    expectRejection(headers(""), "token_missing", message);
    expectRejection(headers("  "), "token_missing", message);
    expectRejection(
      new Map([
        ["cookie", [`token=${TOKEN}`]],
        ["x-authorization", [`Bearer ${TOKEN}`]],
      ]),
      "token_missing",
      message,
    );
  });

  it("rejects two headers, even if they are equal", () => {
    expectRejection(
      headers(`Bearer ${TOKEN}`, `Bearer ${TOKEN}`),
      "several_authorization_headers",
      "The request has more than one Authorization header",
    );
  });

  it("rejects a header that cannot have passed through API Gateway", () => {
    expectRejection(
      headers(`Bearer ${"a".repeat(10_240)}`),
      "token_too_large",
      "The Authorization header is longer than 10240 characters",
    );
  });

  it.each([
    TOKEN,
    "Bearer",
    `Basic ${TOKEN}`,
    `Bearer${TOKEN}`,
    `Bearer\t${TOKEN}`,
    ` Bearer ${TOKEN}`,
    `Bearer ${TOKEN} `,
    `Bearer ${TOKEN}, Bearer ${TOKEN}`,
    `Bearer ${TOKEN}\n`,
  ])("rejects another form: %j", (value) => {
    expectRejection(
      headers(value),
      "token_malformed",
      "The Authorization header is not `Bearer`, a space and a token",
    );
  });

  it.each(["a.b", "a.b.c.d", "a..c", ".b.c", "a.b.", "a.b.c=", "a.b+.c", "ä.b.c"])(
    "rejects what is not three base64url parts: %s",
    (token) => {
      expectRejection(
        headers(`Bearer ${token}`),
        "token_malformed",
        "The token is not three base64url parts with dots between them",
      );
    },
  );

  it.each([
    ["encrypted", "a.b.c.d.e"],
    ["opaque", "2YotnFZFEjr1zCsicMWpAA"],
  ])("says that a token is %s", (found, token) => {
    expectRejection(
      headers(`Bearer ${token}`),
      "token_malformed",
      `The token is ${found}, but expected a signed JWT of three base64url parts with dots between them`,
    );
  });
});
