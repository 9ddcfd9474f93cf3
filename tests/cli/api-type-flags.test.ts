import { describe, expect, it } from "vitest";
import { apiTypeFlag } from "../../cli/shared/api-type-flags.ts";
import { UsageError } from "../../cli/shared/flags.ts";

describe("the flags for the API type", () => {
  it.each([
    [{ "api-type": "rest" }, "rest"],
    [{ "api-type": "rest", "authorizer-type": "request" }, "rest"],
    [{ "api-type": "rest", "authorizer-type": "token" }, "rest-token"],
    [{ "api-type": "http" }, "http-simple"],
    [{ "api-type": "http", "authorizer-type": "request", "http-response": "iam" }, "http-iam"],
  ] as const)("%j give %s", (flags, apiType) => {
    expect(apiTypeFlag(flags)).toBe(apiType);
  });

  it.each([
    [{ "api-type": "soap" }, '--api-type: expected rest or http, found "soap"'],
    [
      { "api-type": "rest", "authorizer-type": "jwt" },
      '--authorizer-type: expected request or token, found "jwt"',
    ],
    [{ "api-type": "rest", "http-response": "iam" }, "--http-response: only with --api-type http"],
    [
      { "api-type": "http", "authorizer-type": "token" },
      '--authorizer-type: an HTTP API has authorizers of type request only, found "token"',
    ],
    [{ "api-type": "http", "http-response": "xml" }, '--http-response: expected simple or iam, found "xml"'],
  ])("%j are a usage error", (flags, message) => {
    expect(() => apiTypeFlag(flags)).toThrow(new UsageError(message));
  });
});
