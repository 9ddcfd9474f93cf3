import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { convertDocument } from "../../../cli/openapi/convert-document.ts";
import { startingFolder } from "../../../core/policy-files/init/init.ts";
import { InitNotes } from "../../../core/policy-files/init/notes.ts";

async function convert(text: string) {
  const notes = new InitNotes();
  const starting = startingFolder(await convertDocument(parse(text), notes), notes);
  if (typeof starting === "string") return { reason: starting };
  return {
    api: parse(starting.files.get("api.yaml") ?? "") as Readonly<Record<string, unknown>>,
    notes: starting.notes.map(({ kind, what, why }) => `${kind} ${what}: ${why}`),
  };
}

const SWAGGER = `swagger: "2.0"
info: { title: T, version: "1" }
host: api.example.com
basePath: /v1
schemes: [https, http]
security: [{ key: [] }]
securityDefinitions:
  key: { type: apiKey, name: x-api-key, in: header }
  iam: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }
  login: { type: oauth2, flow: accessCode, authorizationUrl: "https://x", tokenUrl: "https://y", scopes: { a: b } }
parameters:
  Page: { name: page, in: query, required: true, type: array, collectionFormat: tsv, items: { type: string } }
paths:
  /a/{id}:
    parameters: [{ name: id, in: path, required: true, type: string }]
    get: { tags: [A], parameters: [{ $ref: "#/parameters/Page" }], responses: {} }
    post: { security: [{ login: [a] }], parameters: [{ name: body, in: body, schema: { type: object } }], responses: {} }
    put: { security: [{ iam: [] }], parameters: [{ name: file, in: formData, type: file }], responses: {} }
`;

describe("a Swagger 2.0 document", () => {
  it("keeps its routes, parameters, security and server", async () => {
    const { api } = await convert(SWAGGER);
    const responses = { "200": { description: "OK" } };
    expect(api?.["paths"]).toEqual({
      "/a/{id}": {
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
        get: {
          responses,
          parameters: [
            {
              name: "page",
              in: "query",
              required: true,
              schema: { type: "array", items: { type: "string" } },
            },
          ],
          security: [{ key: [] }],
          "x-portcullis": { backend: "backend", permission: "a.read" },
        },
        post: { responses, "x-portcullis": { backend: "backend", permission: "a.write", scopes: ["a"] } },
        put: { responses, security: [{ iam: [] }], "x-portcullis": { backend: "backend", auth: "external" } },
      },
    });
  });

  it("lists what the conversion changes", async () => {
    const { notes } = await convert(SWAGGER);
    expect(notes).toEqual(
      expect.arrayContaining([
        "changed swagger: 2.0: API Gateway imports OpenAPI 3.0, so it is openapi: 3.0.3 now",
        "dropped collectionFormat of parameters.Page: OpenAPI 3.0 has other words for it, and API Gateway forwards the parameter as it is sent",
        expect.stringMatching(/^dropped requestBody of 2 operations: /),
        "changed server https://api.example.com/v1: it is the backend backend: its URL belongs to the environment, and needs /v1 at its end",
        expect.stringMatching(/^dropped server http:\/\/api.example.com\/v1: /),
      ]),
    );
  });

  it("may have an unquoted version", async () => {
    const { api } = await convert(SWAGGER.replace('"2.0"', "2.0"));
    expect(Object.keys(api?.["paths"] as object)).toEqual(["/a/{id}"]);
  });
});

describe("an OpenAPI 3.1 document", () => {
  const text = (version: string): string => `openapi: ${version}
info: { title: T, version: "1", license: { name: MIT, identifier: MIT } }
jsonSchemaDialect: https://json-schema.org/draft/2020-12/schema
webhooks: { ping: { post: {} } }
security: [{ login: [r] }]
paths:
  /a:
    get:
      parameters:
        - { name: q, in: query, required: true, schema: { type: [string, "null"] } }
        - { name: r, in: query, schema: { type: [integer, string] } }
      responses: { "200": { description: x, content: { a/b: { schema: { const: 1 } } } } }
components:
  securitySchemes: { login: { type: oauth2, flows: {} } }
`;

  it.each(["3.1.0", "3.1.1", "3.1"])("lists each lossy change at its place: openapi: %s", async (version) => {
    const { api, notes } = await convert(text(version));
    expect(api?.["openapi"]).toBe("3.0.3");
    expect(notes).toEqual(
      expect.arrayContaining([
        `changed openapi: ${version}: API Gateway imports only 3.0.x, so it is openapi: 3.0.3 now`,
        "dropped info.license.identifier: it belongs to OpenAPI 3.1, and 3.0 has nothing for it",
        "dropped webhooks: it belongs to OpenAPI 3.1, and 3.0 has nothing for it",
        'changed paths./a.get.parameters.0.schema.type: OpenAPI 3.0 has no ["string","null"] here, so it is "string", nullable now',
        "changed parameter r of GET /a: a list of types belongs to OpenAPI 3.1, so it is integer now",
        "dropped jsonSchemaDialect: it belongs to OpenAPI 3.1",
      ]),
    );
    expect(api?.["paths"]).toMatchObject({
      "/a": { get: { parameters: [{ schema: { type: "string", nullable: true } }, {}] } },
    });
  });
});

describe("another version", () => {
  it.each([
    ["3.0", undefined],
    ['"3.0"', undefined],
    ["3.0.4", undefined],
    [
      "3.2.0",
      "openapi: expected 3.0 or 3.1, found 3.2.0: write openapi: 3.1.0 if the document has nothing that is new in 3.2 (query, additionalOperations, $self), or remove it first",
    ],
    ["3.2", expect.stringContaining("found 3.2: write openapi: 3.1.0")],
    ["4.0.0", 'openapi: expected 3.0 or 3.1, or swagger: "2.0", found 4.0.0'],
  ])("is read, or rejected with what to do: openapi: %s", async (version, reason) => {
    const { reason: found } = await convert(
      `openapi: ${version}\ninfo: { title: T, version: "1" }\npaths: { /a: { get: {} } }\n`,
    );
    expect(found).toEqual(reason);
  });
});
