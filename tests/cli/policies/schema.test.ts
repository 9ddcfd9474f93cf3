import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { schema } from "../../../cli/commands/policies/schema.ts";
import { readPolicyFiles } from "../../../cli/shared/policy-folder.ts";
import { folderNames } from "../../../core/policy-files/model/folder-names.ts";
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

type Json = Readonly<Record<string, unknown>>;

/** Returns each property that a schema declares, with its path. */
function propertiesIn(schema: unknown, path: string): [path: string, property: Json][] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties = {} } = schema as { properties?: Readonly<Record<string, Json>> };
  const own = Object.entries(properties).filter(
    ([key, property]) => key !== "$schema" && typeof property === "object",
  );
  return [
    ...own.map(([key, property]): [string, Json] => [`${path}/${key}`, property]),
    ...Object.entries(schema).flatMap(([key, part]) => propertiesIn(part, `${path}/${key}`)),
  ];
}

describe("each property of the schemas", () => {
  const all = Object.entries(jsonSchemas()).flatMap(([name, content]) => propertiesIn(content, name));

  it("has a description, and a text or a number has examples that it accepts", () => {
    expect(all.length).toBeGreaterThan(100);
    for (const [path, property] of all) {
      expect(property["description"], path).toMatch(/\.$/);
      const isFree = ["string", "integer", "number"].includes(String(property["type"]));
      if (!isFree || property["enum"] !== undefined || property["const"] !== undefined) continue;
      expect(property["examples"], path).toBeTruthy();
      const accepts = ajv.compile(property);
      for (const example of property["examples"] as unknown[]) expect(accepts(example), path).toBe(true);
    }
  });
});

describe("the schemas of a folder", () => {
  const names = folderNames(readPolicyFiles("policies"));
  const ofFolder = jsonSchemas(names);

  it("suggest its names", () => {
    expect(names).toMatchObject({
      roles: ["accountant", "admin", "auditor", "editor", "viewer"],
      plans: ["enterprise", "free", "team"],
      issuers: ["acme-okta", "main"],
      tenants: ["acme", "globex", "hooli", "initech"],
      backends: ["billing", "docs"],
    });
    expect(names["selectors"]).toEqual(
      expect.arrayContaining(["documents.read", "documents.*", "PATCH /users/{userId}"]),
    );
    expect(ofFolder.tenant["properties"]).toMatchObject({
      plan: { anyOf: [{ $ref: "#/definitions/known_plans" }, {}] },
    });
    expect(ofFolder.tenant["definitions"]).toMatchObject({
      known_plans: { enum: ["enterprise", "free", "team"] },
    });
  });

  it.each<[string, unknown]>([
    ["role", { allow: ["newer.permission", "GET /newer"], extends: ["newer"] }],
    ["tenant", { plan: "newer", issuers: ["newer"], changes: { newer: "none" } }],
    ["tests", [{ as: { tenant: "newer", role: "newer" }, can: ["GET /newer"] }]],
  ])("accept a name in %s that is newer than they are, and reject what is no name", (name, value) => {
    const validate = new Ajv({ strict: true, allowUnionTypes: true, addUsedSchema: false }).compile(
      ofFolder[name as "role"],
    );
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ plan: "no name", extends: ["no name"], "0": "x" })).toBe(false);
  });

  it("suggest what can be read of a folder with errors, and are the general ones without names", () => {
    const broken = new Map([
      ["api.yaml", "paths: { /a: { get: { x-portcullis: { permission: a.read } }, put: 3 } }\n"],
      ["plans.yaml", "- ["],
      ["tenants/a.yaml", "id: [1]\n"],
    ]);
    expect(folderNames(broken)).toMatchObject({
      permissions: ["a.read"],
      routes: ["GET /a", "PUT /a"],
      plans: [],
      tenants: ["a"],
    });
    expect(JSON.stringify(jsonSchemas())).not.toContain("suggests");
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
