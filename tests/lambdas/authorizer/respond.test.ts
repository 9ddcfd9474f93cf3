import { expect, test } from "vitest";
import { AuthenticationError, InternalError } from "../../../core/model/errors.ts";
import type { LoggedResponse } from "../../../core/policy/authorizer-response.ts";
import { respond } from "../../../lambdas/authorizer/respond.ts";
import { toFailure } from "../../../runtime/telemetry/failure.ts";
import {
  decisionLine,
  failureFields,
  type LogMetadata,
  printLogLine,
} from "../../../runtime/telemetry/log.ts";
import { LOG_METADATA } from "../../support/decided.ts";

const responseWith = (log: LoggedResponse["log"]): LoggedResponse => ({
  response: { principalId: "ann", policyDocument: { Version: "2012-10-17", Statement: [] }, context: {} },
  log,
});

test("a response is returned unchanged", () => {
  const logged = responseWith({ outcome: "deny" });
  expect(respond(logged)).toBe(logged.response);
});

function thrownFor(error: unknown): unknown {
  try {
    return respond(toFailure(error));
  } catch (thrown) {
    return thrown;
  }
}

test("an invalid token is thrown as exactly Unauthorized", () => {
  const thrown = thrownFor(new AuthenticationError("token_expired", "The token has expired"));
  expect(thrown).toStrictEqual(new Error("Unauthorized"));
});

test.each([
  [new InternalError("table_unreachable", "x"), "No decision: table_unreachable"],
  [new TypeError("Unauthorized"), "No decision: internal_error"],
  [new Error("password=hunter2"), "No decision: internal_error"],
  ["hunter2", "No decision: internal_error"],
  [undefined, "No decision: internal_error"],
])("every other error is thrown with another message, without its own message", (error, message) => {
  expect(thrownFor(error)).toStrictEqual(new Error(message));
});

test("what is thrown has an empty stack, because Lambda logs all of it", () => {
  for (const error of [new AuthenticationError("token_expired", "x"), new TypeError("x")])
    expect(thrownFor(error)).toHaveProperty("stack", "");
});

const METADATA: LogMetadata = { ...LOG_METADATA, permissionsCached: undefined };

test("a decision's line has its metadata, its counted fields and what was decided", () => {
  const decision = { outcome: "allow", userId: "ann", roles: ["a"] };
  const line = {
    level: "info",
    message: "decision",
    status: 200,
    requestId: "r1",
    coldStart: false,
    durationMs: 4,
    ...decision,
  };
  expect(JSON.parse(decisionLine(METADATA, decision))).toEqual(line);
  expect(JSON.parse(decisionLine(METADATA, decision, { StaleKeys: 1 }))).toEqual({ ...line, StaleKeys: 1 });
  expect(JSON.parse(decisionLine({ ...METADATA, durationMs: 5 }, decision))).toEqual({
    ...line,
    durationMs: 5,
  });
  const shadow = { candidate: "c", gained: ["GET /a"], lost: [] };
  const all = { ...METADATA, correlationId: "c1", permissionsCached: false, stale: true, shadow } as const;
  expect(JSON.parse(decisionLine(all, decision))).toEqual({ ...line, ...all });
  const failed = { ...METADATA, status: 500, requestId: undefined };
  expect(JSON.parse(decisionLine(failed, { outcome: "error" }))).toEqual({
    level: "error",
    message: "decision",
    status: 500,
    coldStart: false,
    durationMs: 4,
    outcome: "error",
  });
});

test.each(["level", "message", ...Object.keys(METADATA), "StaleKeys"])(
  "a claim that is forwarded as %s does not replace our field",
  (name) => {
    const counted = { StaleKeys: 1 };
    const decision = { outcome: "allow", [name]: "forged" };
    const line = decisionLine(METADATA, decision, counted);
    expect(JSON.parse(line)).toEqual(JSON.parse(decisionLine(METADATA, { outcome: "allow" }, counted)));
    expect(line).not.toContain("forged");
  },
);

test("a rejected token's line has code, reason and issuer, and only the code of the cause", () => {
  const cause = Object.assign(new Error("token eyJhbGci"), { code: "ERR_JWT_EXPIRED" });
  const error = new AuthenticationError("token_expired", "The token has expired", { issuer: "main", cause });
  expect(failureFields(toFailure(error))).toEqual({
    outcome: "unauthorized",
    code: "token_expired",
    detail: "The token has expired",
    cause: "ERR_JWT_EXPIRED",
    issuer: "main",
  });
});

test("a bug's line has its name and position, not its message", () => {
  const fields = failureFields(toFailure(new TypeError("hunter2")));
  expect(fields).toMatchObject({
    outcome: "error",
    code: "internal_error",
    cause: "TypeError",
  });
  expect(fields["at"]).toContain("respond.test.ts");
  expect(JSON.stringify(fields)).not.toContain("hunter2");
});

test.each([
  "a\nb",
  "a\r\nb",
  "a\u2028b\u2029c\u0085d\u007fe",
  '"}\n{"level":"x',
  "\ud800",
  "\u0000\u001b[31m",
])("%j in a field does not break the line of JSON", (userId) => {
  const line = printLogLine({ userId });
  expect(line).not.toMatch(/\p{Cc}|[\u2028\u2029]/u);
  expect(JSON.parse(line)).toEqual({ userId });
  const decided = decisionLine({ ...METADATA, requestId: userId }, { userId });
  expect(decided).not.toMatch(/\p{Cc}|[\u2028\u2029]/u);
  expect(JSON.parse(decided)).toMatchObject({ requestId: userId, userId });
});
