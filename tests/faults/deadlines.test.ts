import { readFileSync } from "node:fs";
import { afterEach, beforeAll, expect, test } from "vitest";
import { DECISION_DEADLINE } from "../../lambdas/authorizer/handle-request.ts";
import { KEYS_DEADLINE } from "../../runtime/jwt/issuer-keys.ts";
import { READ_DEADLINE } from "../../runtime/table/dynamodb-reader.ts";
import { FakeIssuer, json, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { claims, issuerFields, ROLE } from "../support/fixtures.ts";
import { hangs, page, startScriptedTable } from "../support/scripted-table.ts";
import { harness } from "./support/authorizer.ts";

let signer: Signer;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  signer = await makeSigner("k1", "ES256");
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Reads the minimum of `authorizer.timeout_seconds`, in ms. */
function readMinimumTimeout(): number {
  const variables = readFileSync(new URL("../../modules/authorizer/variables.tf", import.meta.url), "utf8");
  const found = /authorizer\.timeout_seconds >= (\d+)/.exec(variables)?.[1];
  if (found === undefined)
    throw new Error("modules/authorizer/variables.tf has no minimum of timeout_seconds");
  return Number(found) * 1_000;
}

test("a decision ends half a second before the shortest timeout that Terraform gives the function", () => {
  expect(DECISION_DEADLINE + 500).toBeLessThanOrEqual(readMinimumTimeout());
});

test("the deadline of each step is shorter than the decision's, so that the log names the slow step", () => {
  expect(READ_DEADLINE).toBeLessThan(DECISION_DEADLINE);
  expect(KEYS_DEADLINE).toBeLessThan(DECISION_DEADLINE);
});

test("several slow steps end with the decision's deadline: a 500 with a log line", async () => {
  const issuer = await FakeIssuer.start(signer);
  // The keys take most of a second, and the read of the tenant may take longer than a whole decision.
  issuer.answers.set("/jwks", (_, response) => {
    setTimeout(() => json(response, { keys: [signer.jwk] }), 700);
  });
  const table = await startScriptedTable((request, response) =>
    (request.operation === "Query" ? page([issuerFields(), ROLE]) : hangs)(request, response),
  );
  const started = harness({
    issuerUrl: issuer.url,
    algorithms: ["ES256"],
    tableEndpoint: table.endpoint,
    readDeadline: 60_000,
  });
  closing.push(() => issuer.stop(), table.stop, started.close);
  const endless = started.send(await sign(signer, claims(issuer.url)));
  expect(await endless).toMatchObject({
    status: 500,
    line: { level: "error", outcome: "error", code: "deadline_exceeded" },
  });
  expect(issuer.keyFetches).toBe(1);
  expect(table.requests.filter(({ operation }) => operation === "BatchGetItem").length).toBeLessThanOrEqual(
    3,
  );
});
