import { readdirSync, readFileSync } from "node:fs";
import SwaggerParser from "@apidevtools/swagger-parser";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isObject } from "../../../../core/model/is-object.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../../core/policy-files/compile/compile.ts";
import { startingFolder } from "../../../../core/policy-files/init/init.ts";
import { loadPolicies } from "../../../../core/policy-files/model/policy-set.ts";
import { documentWarnings } from "../../../../core/policy-files/openapi/document-warnings.ts";
import { renderTemplate } from "../../../../core/policy-files/openapi/render-template.ts";
import { printProblem, printProblems } from "../../../../core/policy-files/source/problem.ts";
import { BASE, policiesOf } from "../../../support/policy-files.ts";

type Json = Record<string, unknown>;

/**
 * Returns an OpenAPI document as the validator reads it: AWS names the parameter of `{proxy+}` proxy, in all of its
 * own examples, and `proxy+` is no name of a parameter in API Gateway.
 */
function withoutGreedy(document: unknown): Json {
  const { paths, ...rest } = structuredClone(document) as { paths: Json };
  return {
    ...rest,
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path.replace("+}", "}"), item])),
  };
}

/** @throws Error if the document is not valid by the schema of OpenAPI 3.0 and the rules that it cannot express */
const validate = (document: unknown) => SwaggerParser.validate(withoutGreedy(document) as never);

const shipped = [
  "policies/api.yaml",
  ...readdirSync("examples").map((name) => `examples/${name}/policies/api.yaml`),
].flatMap((path) => {
  try {
    return [[path, readFileSync(path, "utf8")] as const];
  } catch {
    return [];
  }
});

/** Returns the definitions of an API for each caching mode and API type, with every placeholder filled. */
function definitionsOf(api: string): unknown[] {
  const policies = policiesOf({ "api.yaml": api, "roles/all.yaml": "allow: [ANY /**]\n" });
  const isRestOnly = policies.api.operations.some(({ external }) => external !== undefined);
  const apiTypes = isRestOnly ? (["rest"] as const) : (["rest", "http-simple"] as const);
  return apiTypes.flatMap((apiType) => {
    const { definitions } = compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS, apiType);
    return Object.values(definitions).map((definition) => {
      const names = JSON.stringify(definition).matchAll(/\$\{([a-z0-9_]+)\}/g);
      const values = [...names].map(([, name = ""]): [string, string] => [name, valueFor(name)]);
      return renderTemplate(definition, Object.fromEntries(values));
    });
  });
}

function valueFor(name: string): string {
  if (name.endsWith("_http_key")) return "x-amazon-apigateway-integration";
  return name.endsWith("_sample_key") ? "x-portcullis-unused-integration" : "value";
}

describe.each(shipped)("%s", (_, text) => {
  it("is valid OpenAPI 3.0", async () => {
    await validate(parse(text));
  });

  it("has no warning of check about what OpenAPI requires", () => {
    const { api } = policiesOf({ "api.yaml": text, "roles/all.yaml": "allow: [ANY /**]\n" });
    expect(documentWarnings(api)).toEqual([]);
  });

  it("is built into valid OpenAPI 3.0", async () => {
    const definitions = definitionsOf(text);
    expect(definitions.length).toBeGreaterThan(0);
    for (const definition of definitions) await validate(definition);
  });
});

const BARE = `openapi: 3.0.3
info: { title: Bare, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /a: { get: { x-portcullis: { backend: docs } } }
  /a/{id}: { get: { x-portcullis: { backend: docs } }, put: { x-portcullis: { backend: docs } } }
  /b/{id}:
    parameters: [{ $ref: "#/components/parameters/Id" }]
    get: { responses: { 200: { description: OK } }, x-portcullis: { backend: docs } }
components:
  parameters: { Id: { name: id, in: path, required: true, schema: { type: string } } }
`;

describe("an api.yaml without responses and parameters", () => {
  const { api } = policiesOf({ ...BASE, "api.yaml": BARE, "roles/viewer.yaml": "allow: [ANY /**]\n" });

  it("gets one warning of each kind, with a count, and each for programs", () => {
    const warnings = documentWarnings(api);
    expect(warnings.map(({ line, message }) => `${line}: ${message.split(",", 1)}`)).toHaveLength(5);
    expect(printProblems(warnings, printProblem)).toEqual([
      expect.stringMatching(/^api.yaml:5:\d+: warning: GET \/a: no responses, .* \(and 2 more\)$/),
      expect.stringMatching(
        /^api.yaml:6:\d+: warning: GET \/a\/\{id\}: path parameters that are not declared, .* \(and 1 more\)$/,
      ),
    ]);
  });

  it("is not valid, but its definitions are", async () => {
    await expect(validate(parse(BARE))).rejects.toThrow();
    for (const definition of definitionsOf(BARE)) await validate(definition);
  });
});

it("init writes a valid api.yaml, whatever the document lacks", async () => {
  const folder = startingFolder({
    openapi: "3.0.3",
    info: { title: "Pets", version: "1" },
    paths: {
      "/pets/{petId}/toys/{toy-id}": {
        get: { responses: { 200: { $ref: "#/components/responses/Toy" }, "4XX": { description: "No" } } },
        delete: {},
      },
      "/files/{proxy+}": { get: { responses: { default: { description: "A file" } } } },
    },
    components: { responses: { Toy: { description: "A toy" } } },
  });
  if (typeof folder === "string") throw new Error(folder);
  const written = parse(folder.files.get("api.yaml") ?? "") as { paths: Record<string, Json> };
  await validate(written);
  const operations = Object.values(written.paths).flatMap((item) => Object.values(item).filter(isObject));
  expect(operations.map(({ responses }) => responses)).toEqual([
    { 200: { description: "A toy" } },
    { 200: { description: "OK" } },
    { 200: { description: "OK" } },
  ]);
  expect(loadPolicies(folder.files, "dev").problems).toEqual([]);
});
