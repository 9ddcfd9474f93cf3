import { expect, test } from "vitest";
import { debugLines } from "../../../runtime/telemetry/debug-lines.ts";
import { decided } from "../../support/decided.ts";

test("a usage plan's key is in no line, not even at level debug", () => {
  const lines: string[] = [];
  const plain = decided();
  if (!("response" in plain.result)) throw new Error("The fixture is not a response");
  const response = { ...plain.result.response, usageIdentifierKey: "0123456789abcdef0123" };
  debugLines((line) => lines.push(line))(decided({ result: { ...plain.result, response } }));
  expect(lines).toEqual([expect.stringContaining('"principalId":"ann"')]);
  expect(lines.join()).not.toMatch(/0123456789abcdef0123|usageIdentifierKey/);
});
