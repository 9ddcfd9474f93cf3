import { readFileSync } from "node:fs";
import { parse } from "@cdktn/hcl2json";
import { Ajv } from "ajv";
import { describe, expect, it, vi } from "vitest";
import { logJsonSchemas } from "../../core/policy-files/replay/log-json-schemas.ts";
import type { AccessLogEntry } from "../../local/apigateway/shared/access-log.ts";
import { buildOf } from "../support/compiled.ts";
import { checkDecisionLine } from "../support/log-lines.ts";
import { runStack, send } from "./running.ts";
import { samplePolicies } from "./target.ts";
import { functionEnvironment, startBundle } from "./target-lambda.ts";
import { mint } from "./tokens.ts";

const schemas = logJsonSchemas() as Readonly<
  Record<string, { readonly $id: string; readonly required?: string[] }>
>;
const ajv = new Ajv({ allErrors: true });

describe("the published schemas", () => {
  it("have ids that name their version, and allow what a later version adds", () => {
    expect(Object.fromEntries(Object.entries(schemas).map(([name, { $id }]) => [name, $id]))).toEqual({
      "log-decision.v1": "urn:portcullis:schema:log-decision.v1",
      "log-access-rest.v1": "urn:portcullis:schema:log-access-rest.v1",
      "log-access-http.v1": "urn:portcullis:schema:log-access-http.v1",
    });
    const isDecision = ajv.compile(schemas["log-decision.v1"] ?? {});
    const line = { level: "error", message: "decision", outcome: "error", status: 500, code: "a_new_code" };
    expect(isDecision({ ...line, coldStart: true, durationMs: 1, later: { member: 1 } })).toBe(true);
    expect(isDecision({ ...line, durationMs: 1 })).toBe(false);
  });
});

describe("the bundle's lines with metrics", () => {
  const policies = samplePolicies();
  const build = buildOf(policies, "route");
  const start = (items: typeof build.items) =>
    startBundle(policies, {
      ...build,
      items,
      deployed: {
        environment: (origin) => ({ ...functionEnvironment(origin, policies, "route"), METRICS: "tenant" }),
        table: [],
      },
    });

  it.each([
    ["of a 500 and a 401", [], ["error", "unauthorized"]],
    ["of an allow, a denial and a 401", build.items, ["allow", "deny", "unauthorized"]],
  ] as const)("%s are in the schema", async (_, items, outcomes) => {
    const target = await start(items);
    try {
      const token = await mint({ tenants: ["acme"], roles: ["viewer"] }, target.providers);
      const nobody = await mint({ tenants: ["acme"], roles: [] }, target.providers);
      for (const one of [token, nobody, "abc"])
        await target.send({ method: "GET", path: "/documents", token: one });
      const lines = () => target.logs().filter((line) => line.includes('"message":"decision"'));
      await vi.waitFor(() => expect(lines()).toHaveLength(3));
      for (const line of lines()) checkDecisionLine(line);
      const seen = new Set(lines().map((line) => (JSON.parse(line) as { outcome: string }).outcome));
      expect([...seen].sort()).toEqual(outcomes);
      expect(lines().every((line) => line.includes('"_aws"'))).toBe(true);
    } finally {
      await target.close();
    }
  });
});

/** The value of a variable of API Gateway's access log, for a request to the local gateway. */
function contextValue(name: string, entry: AccessLogEntry): string {
  const authorizer =
    /^\$context\.authorizer\.(userId|tenantId|issuer|group|policyVersion|correlationId)$/.exec(name);
  const values: Readonly<Record<string, string | number | null | undefined>> = {
    "$context.requestId": entry.requestId,
    "$context.extendedRequestId": entry.extendedRequestId,
    "$context.requestTime": entry.time,
    "$context.httpMethod": entry.method,
    "$context.path": entry.path,
    "$context.resourcePath": entry.resource,
    "$context.routeKey": entry.resource === null ? null : `${entry.method} ${entry.resource}`,
    "$context.status": entry.status,
    "$context.error.responseType": entry.responseType,
    "$context.authorizer.reason": entry.reason,
    "$context.integration.latency": entry.integrationLatencyMs,
  };
  const value = authorizer === null ? values[name] : entry[authorizer[1] as "userId"];
  return String(value ?? "-");
}

describe.each([
  ["rest", "modules/api/logs.tf"],
  ["http", "modules/http-api/logs.tf"],
] as const)("the access log of an API of type %s", (type, file) => {
  const format = async () => {
    const { locals } = (await parse(file, readFileSync(file, "utf8"))) as {
      locals: readonly [{ readonly access_log: Readonly<Record<string, string>> }];
    };
    return locals[0].access_log;
  };
  const schema = schemas[`log-access-${type}.v1`];

  it("has the members that its schema requires, and no other", async () => {
    expect(Object.keys(await format()).sort()).toEqual(schema?.required?.toSorted());
  });

  it("is in its schema for allowed, denied, rejected and unknown requests", async () => {
    const running = await runStack({
      policies: [samplePolicies()],
      cache: "off",
      ...(type === "http" && { apiType: "http-iam" as const }),
    });
    try {
      const token = await running.stack.provider("main")?.mint({ tenants: ["acme"], roles: ["viewer"] });
      for (const [path, sent] of [
        ["/documents", token],
        ["/invoices/7", token],
        ["/documents", "abc"],
        ["/documents", undefined],
        ["/nothing", token],
      ] as const)
        await send(running, { path, ...(sent !== undefined && { token: sent }) });
      const entries = running.logs
        .map((line) => JSON.parse(line) as AccessLogEntry)
        .filter(({ extendedRequestId, path }) => extendedRequestId !== undefined && path !== undefined);
      expect(entries.map(({ status }) => status)).toEqual([200, 403, 401, 401, type === "http" ? 404 : 403]);
      const variables = Object.entries(await format());
      const isAccess = ajv.compile({ ...schema, additionalProperties: false });
      for (const entry of entries) {
        const line = Object.fromEntries(variables.map(([name, value]) => [name, contextValue(value, entry)]));
        expect([isAccess(line), isAccess.errors]).toEqual([true, null]);
      }
    } finally {
      await running.stack.close();
    }
  });
});
