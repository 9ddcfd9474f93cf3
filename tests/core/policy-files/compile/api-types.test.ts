import { describe, expect, it } from "vitest";
import type { ApiType } from "../../../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../../core/policy-files/compile/build-layout.ts";
import {
  type CacheFlag,
  CachingError,
  compilePolicies,
} from "../../../../core/policy-files/compile/compile.ts";
import { jwtLines } from "../../../../core/policy-files/model/jwt-routes.ts";
import { API, BASE, loadWith, policiesOf, problemLines } from "../../../support/policy-files.ts";

const ONE_GROUP = `openapi: 3.0.3
info: { title: One group, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
  /users/{userId}:
    get: { x-portcullis: { backend: docs, permission: users.read } }
`;
const SELECTED = (selector: string) => API.replace("backends:", `tenant: ${selector}\n  backends:`);
const compiled = (apiType: ApiType, cache: CacheFlag = "auto", api = API) =>
  compilePolicies([policiesOf({ ...BASE, "api.yaml": api })], cache, DEFAULT_LAYOUT_OPTIONS, apiType);

/** Returns the name of a definition's only security scheme, and its authorizer. */
function authorizerOf(
  apiType: ApiType,
  cache: CacheFlag = "auto",
  api = API,
): [string, Record<string, unknown>] {
  const { definitions, mode } = compiled(apiType, cache, api);
  const { components } = definitions[mode] as {
    components: { securitySchemes: Record<string, Record<string, Record<string, unknown>>> };
  };
  const [[name, scheme] = ["", {}]] = Object.entries(components.securitySchemes);
  return [name, scheme["x-amazon-apigateway-authorizer"] ?? {}];
}

describe("an HTTP API's definition", () => {
  it("overwrites headers that a client could forge for an HTTP backend, in each spelling", () => {
    const text = JSON.stringify(compiled("http-simple", "auto").definitions);
    for (const name of ["X-Request-Id", "X_Request_Id", "X-Request_Id", "X_Request-Id"])
      expect(text).toContain(`"overwrite:header.${name}":"$context.requestId"`);
    for (const name of ["X-Tenant-Id", "X_Tenant_Id", "X-Tenant_Id", "X_Tenant-Id"])
      expect(text).toContain(`"overwrite:header.${name}":"$context.authorizer.tenantId"`);
  });

  it("has one authorizer with format 2.0, whose response is cached for one route, path and tenant", () => {
    expect(authorizerOf("http-simple", "auto", SELECTED("{ header: X-Tenant }"))).toEqual([
      "portcullis_all",
      {
        type: "request",
        authorizerUri: "${authorizer_uri}",
        authorizerPayloadFormatVersion: "2.0",
        enableSimpleResponses: true,
        identitySource:
          "$stageVariables.portcullis_all, $request.header.Authorization, $request.header.X-Tenant, $context.routeKey, $context.path",
        authorizerResultTtlInSeconds: "${authorizer_ttl}",
      },
    ]);
  });

  it.each([
    ["http-iam", API, "$stageVariables.portcullis_all, $request.header.Authorization, $context.routeKey"],
    [
      "http-iam",
      SELECTED("{ path: userId }"),
      "$stageVariables.portcullis_all, $request.header.Authorization, $context.routeKey, $context.path",
    ],
    [
      "http-iam",
      SELECTED("{ host: true }"),
      "$stageVariables.portcullis_all, $request.header.Authorization, $request.header.Host, $context.routeKey",
    ],
  ] as const)("of type %s has no more identity sources than necessary", (apiType, api, identitySource) => {
    expect(authorizerOf(apiType, "auto", api)[1]).toMatchObject({
      identitySource,
      enableSimpleResponses: false,
    });
  });

  it("guards every route except the public ones", () => {
    const { definitions } = compiled("http-simple");
    const { paths } = definitions.route as { paths: Record<string, Record<string, { security?: unknown }>> };
    const open = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { security }]) =>
        JSON.stringify(security) === '[{"portcullis_all":[]}]' ? [] : [`${method} ${path}`],
      ),
    );
    expect(open).toEqual(["get /health"]);
  });

  it("has no caching mode token, and reports why", () => {
    expect(compiled("http-simple")).toMatchObject({
      mode: "route",
      why: "an HTTP API caches the authorizer's response for one route at a time",
    });
    expect(Object.keys(compiled("http-simple").layouts)).toEqual(["route", "off"]);
    expect(() => compiled("http-simple", "token")).toThrow(
      "Caching mode token is not possible: an HTTP API caches the authorizer's response for one route at a time",
    );
  });

  it("has a layout of its own for each response format, and another than a REST API's", () => {
    const hashes = (["rest", "http-simple", "http-iam"] as const).map(
      (apiType) => compiled(apiType, "route").layouts.route?.hash,
    );
    expect(new Set(hashes).size).toBe(3);
  });
});

describe("a route with jwt", () => {
  const withPaths = (operation: string): string => `${API}  /me:\n    get: { x-portcullis: ${operation} }\n`;
  const ME = withPaths("{ backend: docs, jwt: main, scopes: [profile] }");

  it("is left to API Gateway's own authorizer, with its scope, and is listed", () => {
    const { definitions, layouts } = compiled("http-simple", "auto", ME);
    expect(definitions.route).toMatchObject({
      paths: { "/me": { get: { security: [{ portcullis_jwt_main: ["profile"] }] } } },
      components: {
        securitySchemes: {
          portcullis_jwt_main: {
            type: "oauth2",
            "x-amazon-apigateway-authorizer": {
              type: "jwt",
              identitySource: "$request.header.Authorization",
              jwtConfiguration: { issuer: "${issuer_main_url}", audience: "${issuer_main_audiences}" },
            },
          },
        },
      },
    });
    expect(JSON.stringify(layouts)).not.toContain("/me");
    expect(jwtLines(policiesOf({ ...BASE, "api.yaml": ME }).api)).toEqual([
      "  GET /me is left to API Gateway's own JWT authorizer: it accepts any token of main with scope profile, and checks neither tenant nor role",
    ]);
  });

  it.each(["rest", "rest-token"] as const)("is not possible in a %s API", (apiType) => {
    expect(() => compiled(apiType, "off", ME).definitions).toThrow(
      new CachingError(
        "Only an HTTP API can have routes with jwt: GET /me. Build with --api-type http, or remove jwt",
      ),
    );
  });

  it.each([
    ["{ backend: docs, jwt: main, permission: me.read }", "nothing checks its permission"],
    ["{ backend: docs, jwt: main, public: true }", "nothing checks its public"],
    [
      "{ backend: docs, jwt: main, scopes: [a, b] }",
      "accepts a token with any one of several scopes: name one scope only",
    ],
    ["{ backend: docs, jwt: mian }", 'GET /me: there is no issuer "mian"; did you mean "main"?'],
  ])("with %s is an error", (operation, message) => {
    expect(problemLines(loadWith({ "api.yaml": withPaths(operation) })).join("\n")).toContain(message);
  });

  it("cannot be granted by a role", () => {
    expect(
      problemLines(loadWith({ "api.yaml": ME, "roles/viewer.yaml": "allow: [GET /me]\n" })).join("\n"),
    ).toContain(
      '"GET /me" matches only GET /me, which no role can grant, because another authorizer guards it: remove the line',
    );
  });
});

describe("an authorizer of type token", () => {
  it("has the layout's hash in its name, one header as its cache key, and rejects malformed tokens before a call", () => {
    const [name, authorizer] = authorizerOf("rest-token", "auto", ONE_GROUP);
    expect(name).toBe(`portcullis_g1_${compiled("rest-token", "auto", ONE_GROUP).layouts.token?.hash}`);
    expect(authorizer).toMatchObject({
      type: "token",
      identitySource: "method.request.header.Authorization",
      authorizerResultTtlInSeconds: "${authorizer_ttl}",
    });
    const shape = new RegExp(String(authorizer["identityValidationExpression"]));
    expect(["Bearer a.b.c", "bearer a-_.b.c"].every((token) => shape.test(token))).toBe(true);
    expect(["a.b.c", "Bearer a.b", "Bearer a.b.c,Bearer a.b.c"].some((token) => shape.test(token))).toBe(
      false,
    );
  });

  it("is rejected if it cannot be exact, with the reason", () => {
    expect(() => compiled("rest-token")).toThrow(
      "Authorizer type token cannot be cached: an authorizer of type token needs all routes in one group, but they need 2 groups. Use type request, or --cache off",
    );
    expect(() => compiled("rest-token", "token")).toThrow(
      "needs all routes in one group, but they need 2 groups",
    );
    expect(() => compiled("rest-token", "route", ONE_GROUP)).toThrow("caches by one header only");
    expect(compiled("rest-token", "off").mode).toBe("off");
  });

  it.each(["header: X-Tenant", "path: userId", "host: true"])(
    "is rejected together with tenant: { %s }",
    (selector) => {
      expect(() => compiled("rest-token", "off", SELECTED(`{ ${selector} }`)).definitions).toThrow(
        `x-portcullis.tenant selects the tenant by ${selector.split(":")[0]}`,
      );
    },
  );
});
