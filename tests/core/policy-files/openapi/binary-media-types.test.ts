import { describe, expect, it } from "vitest";
import { apiDefinition } from "../../../../core/policy-files/openapi/api-definition.ts";
import { documentWarnings } from "../../../../core/policy-files/openapi/document-warnings.ts";
import { httpDefinition } from "../../../../core/policy-files/openapi/http-definition.ts";
import { layoutFor } from "../../../support/compiled.ts";
import { API, BASE, loadWith, policiesOf, problemLines } from "../../../support/policy-files.ts";

const KEY = "x-amazon-apigateway-binary-media-types";
const GET = "get: { x-portcullis: { backend: docs, permission: documents.read }";
const bodies = (request: string, response: string, rest = ""): string =>
  `${API.replace(GET, `get: { requestBody: ${request}, responses: { "200": ${response} }, ${GET.slice(6)}`)}${rest}`;
const apiOf = (api: string) => policiesOf({ ...BASE, "api.yaml": api });
const typesOf = (api: string): unknown => {
  const policies = apiOf(api);
  return { ...apiDefinition(policies.api, layoutFor(policies, "route")) }[KEY];
};
const content = (...types: string[]): string =>
  `{ description: x, content: { ${types.map((type) => `"${type}": {}`).join(", ")} } }`;
const NONE = "{ description: x }";

describe("the binary media types of an API", () => {
  it("are those of its requests and responses that are not text", () => {
    const request = content("Image/PNG", "application/json", "multipart/form-data; boundary=x", "text/csv");
    const response = content("application/pdf", "application/problem+json", "image/svg+xml", "image/*");
    expect(typesOf(bodies(request, response))).toEqual([
      "application/pdf",
      "image/*",
      "image/png",
      "multipart/form-data",
    ]);
  });

  it("are also those of bodies by $ref", () => {
    const components = `components:
  requestBodies: { File: { content: { application/zip: {} } } }
  responses: { File: { description: x, content: { audio/mpeg: {} } } }
`;
    const ref = (kind: string) => `{ $ref: "#/components/${kind}/File" }`;
    expect(typesOf(bodies(ref("requestBodies"), ref("responses"), components))).toEqual([
      "application/zip",
      "audio/mpeg",
    ]);
  });

  it("are none of a document that declares no content types", () => {
    expect(typesOf(API)).toEqual([]);
  });

  it.each([
    "text/html; charset=utf-8",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/x-ndjson",
    "application/vnd.api+json",
    "application/yaml",
    "*/*",
    "application/*",
    "no type",
  ])("have no %s", (type) => {
    expect(typesOf(bodies(content(type), NONE))).toEqual([]);
  });

  it("are those that the root lists, in place of those of the content types", () => {
    const api = bodies(content("image/png"), NONE, `${KEY}: ["font/*", "*/*"]\n`);
    expect(typesOf(api)).toEqual(["font/*", "*/*"]);
    expect(typesOf(bodies(content("image/png"), NONE, `${KEY}: []\n`))).toEqual([]);
  });

  it.each([
    ["image/png", "expected a list of media types such as image/png, image/* or */*"],
    ["[png]", '"png" matches no request: expected media types such as image/png'],
    ['["*/png"]', '"*/png" matches no request'],
    ['["image/png; q=1"]', '"image/png; q=1" matches no request'],
  ])("cannot be listed as %s", (listed, problem) => {
    expect(problemLines(loadWith({ "api.yaml": `${API}${KEY}: ${listed}\n` }))).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it("are nothing that an HTTP API has: it passes on all bodies as bytes", () => {
    const policies = apiOf(`${API}${KEY}: ["image/png"]\n`);
    expect(httpDefinition(policies.api, layoutFor(policies, "route"))).not.toHaveProperty(KEY);
  });

  it("are missing, which is a warning, for bytes of any content type", () => {
    const bytes = '{ description: x, content: { "*/*": { schema: { type: string, format: binary } } } }';
    const warned = (api: string) =>
      documentWarnings(apiOf(api).api).filter(({ message }) => message.includes("bytes of any content type"));
    expect(warned(bodies(NONE, bytes))).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringContaining("GET /documents") }),
    ]);
    expect(warned(bodies(NONE, bytes, `${KEY}: ["*/*"]\n`))).toEqual([]);
    expect(warned(bodies(NONE, content("*/*")))).toEqual([]);
  });
});
