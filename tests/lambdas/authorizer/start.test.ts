import { expect, test } from "vitest";
import { start } from "../../../lambdas/authorizer/start.ts";
import { authorizerEnvironment } from "../../support/configuration.ts";
import { clock, event } from "../../support/fixtures.ts";

const CONTEXT = { invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:authorizer" };

function startWith(env: Record<string, string>) {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const handler = start({
    env,
    layoutPath: "/nowhere/layout.json",
    now: clock().now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { handler, lines };
}

const GOOD = authorizerEnvironment({ AWS_SECRET_ACCESS_KEY: "very-secret" });

test("an invalid configuration is logged once at the cold start, and every request is a 500 with a line", async () => {
  const { handler, lines } = startWith({ ...GOOD, TABLE_NAME: "", ISSUERS: "hunter2" });
  expect(lines).toEqual([
    {
      level: "error",
      message: "configuration",
      code: "configuration_invalid",
      problems: [
        "ISSUERS must be a JSON object of issuers by name, with at least one",
        "TABLE_NAME is missing",
        "layout.json cannot be read next to the bundle: build again",
      ],
    },
  ]);
  for (let request = 0; request < 2; request++)
    await expect(handler(event("Bearer x"), CONTEXT)).rejects.toThrow(/^No decision: configuration_invalid$/);
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatchObject({
    level: "error",
    message: "decision",
    status: 500,
    code: "configuration_invalid",
    route: "GET /documents/{documentId}",
  });
  expect(JSON.stringify(lines)).not.toMatch(/hunter2|very-secret/);
});

test("a missing layout is an invalid configuration", async () => {
  const { handler, lines } = startWith(GOOD);
  expect(lines).toMatchObject([{ problems: ["layout.json cannot be read next to the bundle: build again"] }]);
  await expect(handler(event("Bearer x"), CONTEXT)).rejects.toThrow(/^No decision: configuration_invalid$/);
});
