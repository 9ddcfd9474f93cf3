import { expect, test } from "vitest";
import type { Answer } from "../../core/answer.ts";
import { UnauthorizedError, UnavailableError } from "../../core/errors.ts";
import { failureFields, toLine } from "../../lambdas/authorizer/log.ts";
import { respond, toFailure } from "../../lambdas/authorizer/respond.ts";

const answer = (log: Answer["log"]): Answer => ({
  response: { principalId: "ann", policyDocument: { Version: "2012-10-17", Statement: [] }, context: {} },
  log,
});

test("an answer is returned as it is", () => {
  const given = answer({ outcome: "deny" });
  expect(respond(given)).toBe(given.response);
});

function thrownFor(error: unknown): unknown {
  try {
    return respond(toFailure(error));
  } catch (thrown) {
    return thrown;
  }
}

test("a token that does not hold is thrown as exactly Unauthorized", () => {
  const thrown = thrownFor(new UnauthorizedError("token_expired", "The token has expired"));
  expect(thrown).toStrictEqual(new Error("Unauthorized"));
});

test.each([
  [new UnavailableError("table_unreachable", "x"), "No decision: table_unreachable"],
  [new TypeError("Unauthorized"), "No decision: internal_error"],
  [new Error("password=hunter2"), "No decision: internal_error"],
  ["hunter2", "No decision: internal_error"],
  [undefined, "No decision: internal_error"],
])("whatever else goes wrong is thrown as something else, without its words", (error, message) => {
  expect(thrownFor(error)).toStrictEqual(new Error(message));
});

test("a line has the members of its parts, and no claim's stands in for ours", () => {
  const ours = { level: "info", message: "decision", status: 200, correlationId: undefined };
  const claims = { outcome: "allow", userId: "ann", roles: ["a"] };
  expect(JSON.parse(toLine(ours, {}, claims))).toEqual({
    level: "info",
    message: "decision",
    status: 200,
    outcome: "allow",
    userId: "ann",
    roles: ["a"],
  });
  const taken = { ...claims, level: "fatal", status: 999, message: "x", correlationId: "y" };
  expect(toLine(ours, taken).match(/"(level|status|message|correlationId)"/g)).toHaveLength(3);
  expect(JSON.parse(toLine(ours, taken))).toEqual(JSON.parse(toLine(ours, claims)));
});

test("a refused token's line has code, reason and issuer, and of the cause its code alone", () => {
  const cause = Object.assign(new Error("token eyJhbGci"), { code: "ERR_JWT_EXPIRED" });
  const error = new UnauthorizedError("token_expired", "The token has expired", { issuer: "main", cause });
  expect(failureFields(toFailure(error))).toEqual({
    outcome: "unauthorized",
    code: "token_expired",
    detail: "The token has expired",
    cause: "ERR_JWT_EXPIRED",
    issuer: "main",
  });
});

test("a bug's line has its name and place, not its message", () => {
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
])("a line with %j is one line of JSON", (userId) => {
  const line = toLine({ userId });
  expect(line).not.toMatch(/\p{Cc}|[\u2028\u2029]/u);
  expect(JSON.parse(line)).toEqual({ userId });
});
