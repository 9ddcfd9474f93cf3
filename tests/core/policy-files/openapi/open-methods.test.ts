import { describe, expect, it } from "vitest";
import { openMethods } from "../../../../core/policy-files/openapi/open-methods.ts";
import { API, BASE, policiesOf } from "../../../support/policy-files.ts";

const openMethodsOf = (api: string) =>
  openMethods(policiesOf({ ...BASE, "api.yaml": api, "roles/viewer.yaml": "description: x\n" }).api);

describe("the methods that no authorizer guards", () => {
  it("are the public routes and every preflight", () => {
    expect(openMethodsOf(API)).toEqual({ resources: ["GET/health", "OPTIONS/*"], conflicts: [] });
  });

  it("are listed one by one if a path has an OPTIONS of its own", () => {
    const api = API.replace(
      "  /users/{userId}:\n",
      "  /users/{userId}:\n    options: { x-portcullis: { backend: docs } }\n",
    );
    const { resources } = openMethodsOf(api);
    expect(resources).toContain("OPTIONS/documents");
    expect(resources).toContain("OPTIONS/files/?*");
    expect(resources).not.toContain("OPTIONS/users/?*");
    expect(resources).not.toContain("OPTIONS/*");
  });

  it("include conflicts with a route that is left to another authorizer", () => {
    const api = `${API.replace(
      "paths:\n",
      "paths:\n  /open/{name}:\n    get: { x-portcullis: { backend: docs, public: true } }\n  /open/admin:\n    get:\n      security: [{ iam: [] }]\n      x-portcullis: { backend: docs, auth: external }\n",
    )}components:\n  securitySchemes:\n    iam: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }\n`;
    expect(openMethodsOf(api).conflicts).toEqual([
      "GET /open/{name}, which is open, also matches requests of GET /open/admin",
    ]);
  });

  it("include conflicts with a guarded route that a parameter matches, because a policy cannot distinguish them", () => {
    const api = API.replace(
      "  /health:\n    get: { x-portcullis: { backend: docs, public: true } }",
      "  /documents/{documentId}/preview:\n    get: { x-portcullis: { backend: docs, public: true } }\n  /open/{name}:\n    get: { x-portcullis: { backend: docs, public: true } }\n  /open/{name}/secret:\n    get: { x-portcullis: { backend: docs } }",
    );
    const { resources, conflicts } = openMethodsOf(api);
    expect(resources).toContain("GET/open/?*");
    expect(conflicts).toContain(
      "GET /open/{name}, which is open, also matches requests of GET /open/{name}/secret",
    );
  });
});
