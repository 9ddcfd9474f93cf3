import { describe, expect, it } from "vitest";
import type { ApiType } from "../../../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../../core/policy-files/compile/build-layout.ts";
import { type CacheFlag, compilePolicies } from "../../../../core/policy-files/compile/compile.ts";
import { randomFrom } from "../../../oracle/naive-requests.ts";
import { draws } from "../../../support/draws.ts";
import { API, BASE, loadWith, policiesOf, problemLines } from "../../../support/policy-files.ts";

const withAccess = (api: string, access = "/access", more = ""): string =>
  api.replace("x-portcullis:\n", `x-portcullis:\n  access: { path: "${access}" }\n${more}`);
const compile = (api: string, cache: CacheFlag, apiType: ApiType) =>
  compilePolicies([policiesOf({ ...BASE, "api.yaml": api })], cache, DEFAULT_LAYOUT_OPTIONS, apiType);
const definition = (api: string, apiType: ApiType = "rest") => {
  const { definitions } = compile(api, "route", apiType);
  return definitions.route as { readonly paths: Record<string, Record<string, Record<string, unknown>>> };
};

describe("the access route", () => {
  it("is answered by the authorizer's function without an authorizer, and has a preflight", () => {
    const { get, options } = definition(withAccess(API)).paths["/access"] ?? {};
    expect(get).toMatchObject({
      security: [],
      "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", uri: "${authorizer_uri}" },
    });
    expect(JSON.stringify(options)).toContain("'GET,OPTIONS'");
  });

  it("has payload format 2.0 in an HTTP API", () => {
    expect(definition(withAccess(API), "http-simple").paths["/access"]).toEqual({
      get: expect.objectContaining({
        security: [],
        "x-amazon-apigateway-integration": {
          type: "aws_proxy",
          httpMethod: "POST",
          uri: "${authorizer_uri}",
          payloadFormatVersion: "2.0",
        },
      }) as unknown,
    });
  });

  it("lets pages send the header that selects the tenant", () => {
    const api = withAccess(API, "/access", "  tenant: { header: X-Tenant }\n");
    expect(JSON.stringify(definition(api).paths["/access"]?.["options"])).toContain("X-Tenant");
  });

  it("is one of the methods that a resource policy allows", () => {
    const { openMethods, access } = compile(withAccess(API), "route", "rest");
    expect(openMethods.resources).toContain("GET/access");
    expect(access).toEqual({
      path: "/access",
      permissions: expect.objectContaining({ "GET /documents": "documents.read" }) as unknown,
      errors: {
        401: { code: "UNAUTHORIZED", message: expect.stringContaining("Bearer") as string },
        403: { code: "ACCESS_DENIED", message: expect.any(String) as string },
        500: { code: "AUTHORIZER_FAILURE", message: expect.any(String) as string },
      },
    });
    expect(Object.keys(access?.permissions ?? {})).not.toContain("GET /health");
  });

  it("is absent without the key", () => {
    expect(compile(API, "route", "rest")).toMatchObject({ access: undefined });
    expect(Object.keys(definition(API).paths)).not.toContain("/access");
  });

  it("can have the parameter of the tenant selector in its path", () => {
    const orgs = `${API}  /orgs/{orgId}/members:\n    get: { x-portcullis: { backend: docs, permission: members.read } }\n`;
    const api = withAccess(orgs, "/orgs/{orgId}/access", "  tenant: { path: orgId }\n");
    expect(definition(api).paths["/orgs/{orgId}/access"]?.["get"]).toMatchObject({
      parameters: [{ name: "orgId", in: "path", required: true }],
    });
  });
});

describe("a path that the access route cannot have", () => {
  const errorsOf = (api: string): string[] => problemLines(loadWith({ "api.yaml": api }));
  it.each([
    [
      "a route of the team's own",
      "/documents",
      /^api.yaml:\d+:\d+: GET \/documents: Portcullis serves this path itself/,
    ],
    [
      "a parameter",
      "/access/{userId}",
      /the parameter \{userId\}, but only the parameter of the tenant selector/,
    ],
    ["a greedy parameter", "/access/{proxy+}", /the parameter \{proxy\}, but only/],
    ["no slash", "access", /a path must start with \//],
    ["a slash at its end", "/access/", /no path that ends with \//],
    ["a sign that API Gateway does not import", "/what may I do?", /a segment may contain only letters/],
    [
      "another name of a parameter",
      "/documents/{id}/access",
      /\/documents\/\{documentId\} has \{documentId\}/,
    ],
    ["nothing", "", /access/],
  ])("is rejected: %s", (_, path, message) => {
    expect(errorsOf(withAccess(API, path))).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it("is rejected with a key that does not exist", () => {
    expect(errorsOf(API.replace("x-portcullis:\n", "x-portcullis:\n  access: { paht: /access }\n"))).toEqual(
      expect.arrayContaining([expect.stringMatching(/did you mean "path"/)]),
    );
  });
});

/** Writes an API with some of these routes, roles that grant some of them, and a root binding. */
function randomFiles(seed: number): Record<string, string> {
  const random = randomFrom(seed);
  const names = ["a", "access", "b", "c"];
  const paths = new Set(
    Array.from({ length: 4 + Math.floor(random() * 12) }, () =>
      [
        "",
        ...Array.from({ length: 1 + Math.floor(random() * 3) }, (_, depth) =>
          random() < 0.4 ? `{p${depth}}` : (names[Math.floor(random() * names.length)] ?? "a"),
        ),
      ].join("/"),
    ),
  );
  paths.delete("/access");
  const operations = [...paths].map((path) => {
    const method = random() < 0.5 ? "get" : "put";
    return `  ${path}:\n    ${method}: { x-portcullis: { backend: docs, permission: p${Math.floor(random() * 4)} } }\n`;
  });
  const used = new Set(operations.flatMap((text) => /permission: (p\d)/.exec(text)?.[1] ?? []));
  const api = `openapi: 3.0.3\ninfo: { title: Random, version: "1" }\nx-portcullis:\n  backends: { docs: lambda }\npaths:\n${operations.join("")}`;
  return {
    "api.yaml": api,
    "roles/viewer.yaml": `allow: [${[...used].filter((_, at) => at % 2 === 0).join(", ")}]\n`,
  };
}

/** Prints a definition without the access route, and without an HTTP API's CORS headers, which are one list for all routes. */
function withoutAccess(definition: unknown): string {
  const { paths, "x-amazon-apigateway-cors": _, ...rest } = definition as Record<string, object>;
  return JSON.stringify({ ...rest, paths: { ...paths, "/access": undefined } });
}

describe("switching the access route on", () => {
  it.each(Array.from({ length: draws(200, 15) }, (_, seed) => seed))(
    "changes no layout, no item and no other operation (API %i)",
    (seed) => {
      const { "api.yaml": api = "", ...files } = randomFiles(seed);
      for (const apiType of ["rest", "rest-token", "http-simple", "http-iam"] as const) {
        const cache = apiType === "rest-token" ? "off" : "auto";
        const [off, on] = [api, withAccess(api)].map((text) =>
          compilePolicies(
            [policiesOf({ ...BASE, ...files, "api.yaml": text })],
            cache,
            DEFAULT_LAYOUT_OPTIONS,
            apiType,
          ),
        );
        expect(JSON.stringify(on?.layouts)).toBe(JSON.stringify(off?.layouts));
        expect(JSON.stringify([...(on?.items ?? [])])).toBe(JSON.stringify([...(off?.items ?? [])]));
        for (const mode of ["token", "route", "off"] as const) {
          if (on?.definitions[mode] !== undefined)
            expect(withoutAccess(on.definitions[mode])).toBe(withoutAccess(off?.definitions[mode]));
        }
      }
    },
  );
});
