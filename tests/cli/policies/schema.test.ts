import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { schema } from "../../../cli/commands/policies/schema.ts";
import { readPolicyFiles } from "../../../cli/shared/policy-folder.ts";
import { jsonSchemas, schemaComment, schemaFor } from "../../../core/policy-files/model/json-schemas.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = new Map(
  Object.entries(jsonSchemas()).map(([name, jsonSchema]) => [name, ajv.compile(jsonSchema)]),
);

function errorsIn(name: string, value: unknown): string[] {
  const validate = validators.get(name);
  if (validate === undefined) throw new Error(`There is no schema ${name}`);
  validate(value);
  const format = ({ instancePath, message, params }: ErrorObject): string =>
    `${instancePath} ${message} ${JSON.stringify(params)}`;
  return (validate.errors ?? []).map(format);
}

const sample = [...readPolicyFiles("policies")].filter(([path]) => !path.startsWith("schema/"));

describe("the JSON Schemas for editors", () => {
  it("have ids that stay the same", () => {
    expect(Object.entries(jsonSchemas()).map(([name, { $id }]) => [name, $id])).toEqual([
      ["api", "urn:portcullis:schema:api"],
      ["role", "urn:portcullis:schema:role"],
      ["plans", "urn:portcullis:schema:plans"],
      ["tenant", "urn:portcullis:schema:tenant"],
      ["issuers", "urn:portcullis:schema:issuers"],
      ["clients", "urn:portcullis:schema:clients"],
      ["tests", "urn:portcullis:schema:tests"],
    ]);
  });

  it.each(sample)("accept the sample's %s, which names its schema in its first line", (path, text) => {
    const name = schemaFor(path);
    if (name === undefined) throw new Error(`${path} has no schema`);
    expect(text.split("\n", 1)[0]).toBe(schemaComment(path, name));
    expect(errorsIn(name, parse(text))).toEqual([]);
  });

  it("are all named in a file of the sample", () => {
    expect(new Set(sample.map(([path]) => schemaFor(path)))).toEqual(new Set(validators.keys()));
  });

  const operation = (content: object, path = "/a") => ({
    openapi: "3.0.3",
    info: { title: "t", version: "1" },
    "x-portcullis": { backends: { docs: "lambda" } },
    paths: { [path]: { get: { "x-portcullis": content } } },
  });

  it.each<[string, string, unknown, string]>([
    ["alow for allow", "role", { alow: [] }, '{"additionalProperty":"alow"}'],
    [
      "a binding to an unknown value",
      "role",
      { allow: [{ route: "GET /a", where: { id: "subjekt" } }] },
      "/allow/0/where/id must match pattern",
    ],
    [
      "a plan without a ceiling",
      "plans",
      { free: { roles: [] } },
      "/free must have required property 'ceiling'",
    ],
    ["an unknown status", "tenant", { status: "off" }, "/status must be equal to one of"],
    ["a tenant id with two lines", "tenant", { id: "a\nb" }, "/id must match pattern"],
    [
      "a change that adds",
      "tenant",
      { changes: { editor: { allow: [] } } },
      '{"additionalProperty":"allow"}',
    ],
    [
      "an issuer without a preset",
      "issuers",
      { main: { tenants: "*" } },
      "/main must have required property 'preset'",
    ],
    ["no tests", "tests", [], "must NOT have fewer than 1 items"],
    ["a policy test without a caller", "tests", [{ can: ["GET /a"] }], "/0 must have required property 'as'"],
    [
      "a typo in an operation",
      "api",
      operation({ backend: "docs", permision: "a" }),
      '{"additionalProperty":"permision"}',
    ],
    ["an operation without a backend", "api", operation({}), "must have required property 'backend'"],
    ["a path without a slash", "api", operation({ backend: "docs" }, "a"), '{"additionalProperty":"a"}'],
    [
      "OpenAPI 3.1",
      "api",
      { ...operation({ backend: "docs" }), openapi: "3.1.0" },
      "/openapi must match pattern",
    ],
    [
      "security at the root",
      "api",
      { ...operation({ backend: "docs" }), security: [] },
      "/security boolean schema is false",
    ],
  ])("reject %s", (_, name, value, message) => {
    expect(errorsIn(name, value).join("\n")).toContain(message);
  });
});

describe("npx portcullis schema", () => {
  it("finds the sample's schemas up to date", async () => {
    expect(await runVerb(schema, "--check")).toMatchObject({
      status: 0,
      stdout: "The schemas are up to date\n",
    });
  });

  it("prints stale schemas with --check, and writes them without", async () => {
    const folder = sampleWith();
    writeFileSync(join(folder, "schema/role.schema.json"), "{}\n");
    const stale = join(folder, "schema/role.schema.json");
    expect(await runVerb(schema, "--check", "--policies", folder)).toMatchObject({
      status: 1,
      stdout: `Not up to date: ${stale}; write them with npx portcullis schema\n`,
    });
    const written = await runVerb(schema, "--policies", folder, "--format", "json");
    expect(JSON.parse(written.stdout)).toEqual({ written: [stale] });
    expect((await runVerb(schema, "--check", "--policies", folder)).status).toBe(0);
  });
});
