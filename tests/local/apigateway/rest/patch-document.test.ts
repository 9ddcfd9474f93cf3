import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadPolicyFolder } from "../../../../cli/shared/policy-folder.ts";
import { readLayout, stageVariables } from "../../../../core/model/layout.ts";
import { patchDocument } from "../../../../core/policy-files/openapi/patch-document.ts";
import type { OpenApiDocument } from "../../../../local/apigateway/rest/gateway.ts";
import { foreignSchemes, trustedIssuers } from "../../../../local/deployment.ts";
import { createFunction, type LocalFunction } from "../../../../local/lambda/function.ts";
import { type Stack, startStack } from "../../../../local/stack.ts";
import { TABLE_NAME } from "../../../../local/table/table.ts";
import { authorizerZip } from "../../../../packaging/bundle.ts";
import { mint } from "../../../end-to-end/tokens.ts";
import { buildOf } from "../../../support/compiled.ts";
import { localEnvironment } from "../../../support/configuration.ts";
import {
  AUTHORIZER_ARN,
  BACKEND_ARN,
  closeServers,
  echo,
  invocationUri,
  startGateway,
  type TestGateway,
} from "./harness.ts";

const { policies } = loadPolicyFolder("examples/adopt/policies", "dev");
if (policies === undefined) throw new Error("The example has errors");
const { compiled, layout } = buildOf(policies, "token");

/** Builds the ledger team's document as `build --into` patches it and their Terraform renders it. */
function deployedDocument(): OpenApiDocument {
  const text = readFileSync("examples/adopt/openapi.yaml", "utf8");
  const options = { file: "openapi.yaml", text, gatewayResponses: true, requestValidators: true };
  const patched = patchDocument(options, policies?.api ?? never(), layout, () => "");
  if ("problems" in patched) throw new Error(patched.problems.map(({ message }) => message).join("\n"));
  const values: Record<string, string> = {
    ledger_uri: invocationUri(BACKEND_ARN),
    portcullis_authorizer_uri: invocationUri(AUTHORIZER_ARN),
    portcullis_authorizer_ttl: "60",
    portcullis_cors_error_origin: "*",
  };
  const rendered = patched.text.replaceAll(/\$\{([a-z_]+)\}/g, (_, name: string) => values[name] ?? never());
  return parse(rendered) as OpenApiDocument;
}

const never = (): never => {
  throw new Error("There is no such value");
};

describe("another team's document, patched with our authorizers and run with the bundle", () => {
  let stack: Stack;
  let authorizer: LocalFunction;
  let api: TestGateway;
  beforeAll(async () => {
    // Table and identity provider are those of the local stack; the API is the other team's.
    stack = await startStack({ policies: [policies], cache: "token", ttl: 60, port: 0 });
    authorizer = createFunction({
      name: "adopted-authorizer",
      zip: await authorizerZip(compiled.layouts),
      environment: localEnvironment(stack.origin, trustedIssuers(stack.origin, stack.issuers), {
        TABLE_NAME,
      }),
      timeoutMs: 5_000,
      memoryMb: 512,
      onLog: () => undefined,
    });
    const definition = deployedDocument();
    api = await startGateway(definition, {
      notRunHere: foreignSchemes(definition),
      functions: new Map([
        [AUTHORIZER_ARN, authorizer],
        [BACKEND_ARN, echo],
      ]),
      stage: { name: "dev", variables: stageVariables(readLayout(layout)) },
    });
  });
  afterAll(async () => {
    await closeServers();
    await authorizer.close();
    await stack.close();
  });

  const bearer = async (role: string): Promise<Record<string, string>> => {
    const provider = stack.provider("main") ?? never();
    const token = await mint({ tenants: ["northwind"], roles: [role] }, () => provider);
    return { authorization: `Bearer ${token}` };
  };

  it("guards the guarded routes, also with cached responses of another route", async () => {
    const headers = await bearer("clerk");
    const status = async (method: string, path: string): Promise<number> =>
      (await api.send(method, path, { headers })).status;
    expect(await status("GET", "/accounts")).toBe(200);
    expect(await status("GET", "/accounts/7")).toBe(200);
    expect(await status("GET", "/accounts/7/entries")).toBe(403);
    expect(await status("POST", "/accounts/7/entries")).toBe(403);
    expect((await api.send("GET", "/accounts/7")).status).toBe(401);
    expect(
      (await api.send("POST", "/accounts/7/entries", { headers: await bearer("accountant") })).status,
    ).toBe(200);
  });

  it("passes the caller to their backend, and the reason of a denial to the caller", async () => {
    const allowed = await api.send("GET", "/accounts/7", { headers: await bearer("clerk") });
    expect(allowed.json).toMatchObject({
      requestContext: { authorizer: { tenantId: "northwind", roles: "clerk" } },
    });
    const denied = await api.send("POST", "/accounts/7/entries", { headers: await bearer("clerk") });
    expect(denied.json).toMatchObject({ error: { code: "ACCESS_DENIED", reason: "route_not_granted" } });
  });

  it("does not change their own routes: public, preflight, and IAM, which denies every request here", async () => {
    expect((await api.send("GET", "/status")).status).toBe(200);
    expect((await api.send("OPTIONS", "/accounts")).status).toBe(204);
    const exported = await api.send("GET", "/exports/7", { headers: await bearer("accountant") });
    expect(exported.status).toBe(401);
    expect(api.log.at(-1)).not.toHaveProperty("authorizer.tenantId");
  });
});
