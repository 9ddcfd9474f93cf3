import { describe, expect, it } from "vitest";
import { apiDefinition } from "../../../../core/policy-files/openapi/api-definition.ts";
import { bodyWarnings } from "../../../../core/policy-files/openapi/check-bodies.ts";
import { layoutFor } from "../../../support/compiled.ts";
import { API, BASE, loadWith, policiesOf, problemLines } from "../../../support/policy-files.ts";

type Json = Readonly<Record<string, unknown>>;

/** Returns the small API with a body for POST /documents, and with the given components. */
const withBody = (body: string, components = ""): string =>
  API.replace(
    /post: \{ (x-portcullis: \{ backend: docs, permission: documents.create \}) \}/,
    (_, ours: string) => `post:\n      requestBody: ${body}\n      ${ours}`,
  ) + components;
const bodyOf = (schema: string, type = "application/json"): string =>
  `{ required: true, content: { "${type}": { schema: ${schema} } } }`;

function definitionOf(api: string): Json {
  const policies = policiesOf({ ...BASE, "api.yaml": api });
  return { ...apiDefinition(policies.api, layoutFor(policies, "route")) };
}
const postOf = (api: string): Json =>
  ((definitionOf(api)["paths"] as Json)["/documents"] as Record<string, Json>)["post"] ?? {};
function modelOf(schema: string): unknown {
  const { requestBody } = postOf(withBody(bodyOf(schema)));
  return (requestBody as { content: Record<string, Json> }).content["application/json"]?.["schema"];
}
const errorsOf = (api: string): string[] => problemLines(loadWith({ "api.yaml": api }));
const warningsOf = (api: string): string[] =>
  bodyWarnings(policiesOf({ ...BASE, "api.yaml": api }).api).map(
    ({ line, column, message }) => `${line}:${column}: ${message}`,
  );

describe("a schema becomes draft 4", () => {
  it.each([
    ["{ type: string, nullable: true, maxLength: 3 }", { maxLength: 3 }],
    ["{ nullable: true, maxLength: 3 }", { maxLength: 3 }],
    ["{ type: integer, minimum: 0, exclusiveMinimum: true }", { type: "integer", minimum: 1 }],
    ["{ type: integer, maximum: 2.5, exclusiveMaximum: true }", { type: "integer", maximum: 2 }],
    ["{ type: integer, exclusiveMinimum: true, minimum: 0 }", { type: "integer", minimum: 1 }],
    ["{ exclusiveMaximum: true, maximum: 2, type: integer }", { type: "integer", maximum: 1 }],
    ["{ type: number, minimum: 0, exclusiveMinimum: true }", { type: "number", minimum: 0 }],
    ["{ type: number, minimum: 0, exclusiveMinimum: false }", { type: "number", minimum: 0 }],
    [
      "{ type: string, format: uuid, example: a, default: b, deprecated: true, x-own: 1 }",
      { type: "string" },
    ],
    ["{ type: object, required: [] }", { type: "object" }],
    [
      "{ type: object, required: [a], additionalProperties: false, properties: { a: { type: array, items: { type: string, readOnly: true }, maxItems: 3 } } }",
      {
        type: "object",
        required: ["a"],
        additionalProperties: false,
        properties: { a: { type: "array", items: { type: "string" }, maxItems: 3 } },
      },
    ],
    [
      "{ allOf: [{ type: object, discriminator: { propertyName: a } }], not: { enum: [1], xml: {} } }",
      { allOf: [{ type: "object" }], not: { enum: [1] } },
    ],
    [
      "{ type: object, properties: { nullable: { type: string, pattern: '^a' } } }",
      { type: "object", properties: { nullable: { type: "string", pattern: "^a" } } },
    ],
  ])("%s", (schema, model) => {
    expect(modelOf(schema)).toEqual(model);
  });
});

const COMPONENTS = `components:
  requestBodies:
    Document: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Document-1" } } } }
  schemas:
    Document-1: { type: object, properties: { parent: { $ref: "#/components/schemas/Document1" } } }
    Document1: { type: string, format: uuid, example: x }
    Unused: { type: string, format: date, const: 1 }
`;

describe("a body in the definition", () => {
  it("has a model for its content type and for all others, and model names have letters and digits only", () => {
    const api = withBody('{ $ref: "#/components/requestBodies/Document" }', COMPONENTS);
    const schema = { $ref: "#/components/schemas/Document1" };
    expect(postOf(api)["requestBody"]).toEqual({
      required: true,
      content: { "application/json": { schema }, $default: { schema } },
    });
    expect(definitionOf(api)["components"]).toMatchObject({
      schemas: {
        Document1: { type: "object", properties: { parent: { $ref: "#/components/schemas/Document12" } } },
        Document12: { type: "string" },
      },
    });
    expect(definitionOf(api)["components"]).not.toHaveProperty("requestBodies");
  });

  it("has no model for all others if a content type is not JSON, and none at all if no content type is JSON", () => {
    const mixed =
      "{ required: true, content: { application/json: { schema: { type: object } }, text/csv: { schema: { type: string } } } }";
    expect(postOf(withBody(mixed))["requestBody"]).toEqual({
      required: true,
      content: { "application/json": { schema: { type: "object" } } },
    });
    expect(postOf(withBody(bodyOf("{ type: string }", "text/csv")))).not.toHaveProperty("requestBody");
    expect(postOf(withBody(bodyOf("{ type: string }", "*/*")))["requestBody"]).toEqual({
      required: true,
      content: {
        "application/json": { schema: { type: "string" } },
        $default: { schema: { type: "string" } },
      },
    });
  });

  it("is checked if the environment enables it", () => {
    expect(definitionOf(API)).toMatchObject({
      "x-amazon-apigateway-request-validator": "${request_validator}",
      "x-amazon-apigateway-request-validators": {
        parameters: { validateRequestParameters: true, validateRequestBody: false },
        parameters_and_bodies: { validateRequestParameters: true, validateRequestBody: true },
      },
    });
  });

  it("of a response has a model too, because API Gateway would not import it otherwise", () => {
    const responses =
      '{ "200": { description: ok, content: { application/json: { schema: { type: string, example: a }, example: b } } } }';
    const api = API.replace(
      "get: { x-portcullis: { backend: docs, permission: documents.read } }",
      `get: { responses: ${responses}, x-portcullis: { backend: docs, permission: documents.read } }`,
    );
    const get = ((definitionOf(api)["paths"] as Json)["/documents"] as Record<string, Json>)["get"];
    expect(get?.["responses"]).toEqual({
      "200": { description: "ok", content: { "application/json": { schema: { type: "string" } } } },
    });
  });
});

describe("a schema that API Gateway does not import is an error at its position", () => {
  it.each([
    ["{ const: 1 }", "const: it belongs to OpenAPI 3.1: write enum with one value"],
    [
      "{ exclusiveMinimum: 3 }",
      "exclusiveMinimum: a number belongs to OpenAPI 3.1: write minimum, and exclusiveMinimum: true",
    ],
    ["{ patternProperties: {} }", "patternProperties: API Gateway rejects a schema with this key: remove it"],
    ["{ constructor: {} }", "constructor: API Gateway rejects a schema with this key: remove it"],
    ["{ type: text }", 'type: expected array, boolean, integer, number, object or string, found "text"'],
    ["{ required: true }", "required: expected a list of properties"],
    ["{ pattern: '(' }", 'pattern: expected a regular expression, found "("'],
    ["{ allOf: [] }", "allOf: expected a list of schemas"],
    ["{ properties: 1 }", "properties: expected a mapping of names to schemas"],
    ["{ $ref: '#/components/schemas/Gone' }", '$ref "#/components/schemas/Gone": there is no such schema'],
    ["{ $ref: 'other.yaml#/A' }", '$ref "other.yaml#/A": expected #/components/schemas/<name>'],
  ])("%s", (schema, message) => {
    expect(errorsOf(withBody(bodyOf(schema)))).toEqual([`api.yaml:11:81: ${message}`]);
  });

  it("also in a schema that a body refers to, but not in an unused one", () => {
    const components = `components:
  schemas:
    A: { properties: { b: { $ref: "#/components/schemas/B" } } }
    B: { const: 1 }
    Unused: { const: 1 }
`;
    expect(errorsOf(withBody(bodyOf('{ $ref: "#/components/schemas/A" }'), components))).toEqual([
      "api.yaml:29:10: const: it belongs to OpenAPI 3.1: write enum with one value",
    ]);
  });

  it("and so is a body that does not exist", () => {
    expect(errorsOf(withBody('{ $ref: "#/components/requestBodies/Gone" }'))).toEqual([
      "api.yaml:11:7: requestBody: there is no #/components/requestBodies/Gone: expected #/components/requestBodies/<name>",
    ]);
  });
});

describe("a part that API Gateway does not check is a warning at its position", () => {
  it.each([
    ["{ format: uuid }", "format: API Gateway does not check formats: add a pattern if it matters"],
    ["{ readOnly: true }", "readOnly: API Gateway ignores it: a body may have the property"],
    ["{ deprecated: true }", "deprecated: API Gateway ignores it"],
    [
      "{ discriminator: {} }",
      "discriminator: API Gateway ignores it: it distinguishes alternatives only by their own properties",
    ],
    ["{ maxItems: 3 }", "maxItems: AWS documents that models do not support it: do not rely on it alone"],
    [
      "{ type: string, nullable: true }",
      "type: API Gateway does not import nullable types, so a value of any type passes: let callers omit it instead, or bound it with pattern, enum, minimum or the like",
    ],
    ["{ anyOf: [{}] }", "anyOf: AWS documents that models do not support it: do not rely on it alone"],
    [
      "{ exclusiveMinimum: true, minimum: 3 }",
      "exclusiveMinimum: API Gateway ignores it: it accepts 3 itself",
    ],
  ])("%s", (schema, message) => {
    expect(warningsOf(withBody(bodyOf(schema)))).toEqual([`11:81: in a request body: ${message}`]);
  });

  it("but there is no warning for anything that draft 4 supports", () => {
    const schema =
      "{ type: object, required: [a], properties: { a: { type: string, readOnly: false, example: b }, b: { type: array, minItems: 1, items: { oneOf: [{ type: object }, { type: string }] } } } }";
    expect(warningsOf(withBody(bodyOf(schema)))).toEqual([]);
  });

  it("but there is none for a body that is never JSON", () => {
    expect(warningsOf(withBody("{ content: { application/octet-stream: {} } }"))).toEqual([]);
  });

  it("such as bodies that are not JSON, and optional bodies", () => {
    const mixed = "{ content: { application/json: { schema: { type: object } }, text/csv: {} } }";
    expect(warningsOf(withBody(mixed))).toEqual([
      "11:7: POST /documents: API Gateway has no optional bodies, so it rejects a request without one: write required: true, or let callers send {}",
      "11:81: POST /documents: API Gateway checks only JSON bodies that have a schema: a text/csv body, or one of an undeclared type, is not checked",
    ]);
  });
});
