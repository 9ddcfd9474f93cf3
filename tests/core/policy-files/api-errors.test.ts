import { describe, expect, it } from "vitest";
import { loadWith, told } from "../../support/policy-files.ts";

const HEAD = `openapi: 3.0.3
info: { title: T, version: "1" }
x-portcullis: { backends: { docs: lambda } }
`;
const OPERATION = "    get: { x-portcullis: { backend: docs } }\n";
const problemsOf = (api: string): string[] =>
  told(loadWith({ "api.yaml": api, "roles/viewer.yaml": "description: x\n" }));
/** One path's item, from line 6 on. */
const inPath = (item: string, path = "/x"): string[] => problemsOf(`${HEAD}paths:\n  ${path}:\n${item}`);
const withPaths = (...paths: string[]): string[] =>
  problemsOf(`${HEAD}paths:\n${paths.map((path) => `  ${path}:\n${OPERATION}`).join("")}`);

describe("an operation", () => {
  it.each<[title: string, item: string, problems: string[]]>([
    [
      "without x-portcullis would be unprotected",
      "    get: { operationId: x }\n",
      ["6:5: GET /x has no x-portcullis: name its backend, and public: true if it is to have no authorizer"],
    ],
    [
      "with nothing in it neither",
      "    get:\n",
      ["6:5: GET /x has no x-portcullis: name its backend, and public: true if it is to have no authorizer"],
    ],
    [
      "needs a backend",
      "    get: { x-portcullis: { public: true } }\n",
      ["6:26: GET /x has no backend: add backend: docs"],
    ],
    [
      "needs a backend that there is",
      "    get: { x-portcullis: { backend: dcs } }\n",
      ['6:37: GET /x: unknown backend "dcs"; did you mean "docs"?'],
    ],
    [
      "has no empty x-portcullis",
      "    get: { x-portcullis: }\n",
      ["6:26: paths./x.get.x-portcullis: expected a mapping, found nothing"],
    ],
    [
      "has known keys only",
      "    get: { x-portcullis: { backend: docs, permision: a.b } }\n",
      ['6:43: unknown key "permision"; did you mean "permission"?'],
    ],
    [
      "has scopes and permissions that can be compared",
      "    get: { x-portcullis: { backend: docs, scopes: [a b], permission: a..b } }\n",
      [
        '6:52: paths./x.get.x-portcullis.scopes[1]: expected a scope without spaces (RFC 6749, 3.3), found "a b"',
        '6:70: paths./x.get.x-portcullis.permission: expected a permission such as documents.read: names with dots between, found "a..b"',
      ],
    ],
    [
      "that is public has nothing that nobody would check",
      "    get: { x-portcullis: { backend: docs, public: true, permission: a, scopes: [b], explicit: true, bind: none } }\n",
      [
        "6:69: GET /x is public, so nothing checks its permission: remove one of the two",
        "6:80: GET /x is public, so nothing checks its scopes: remove one of the two",
        "6:95: GET /x is public, so nothing checks its explicit: remove one of the two",
        "6:107: GET /x is public, so nothing checks its bind: remove one of the two",
      ],
    ],
    [
      "has nothing that Portcullis writes",
      "    get: { security: [], x-amazon-apigateway-integration: {}, x-amazon-apigateway-auth: {}, x-portcullis: { backend: docs } }\n",
      [
        "6:12: GET /x: remove security: Portcullis writes the security of every operation",
        "6:26: GET /x: remove x-amazon-apigateway-integration: Portcullis writes the integration from the operation's backend",
        "6:63: GET /x: remove x-amazon-apigateway-auth: Portcullis writes the authorizer",
      ],
    ],
    [
      "has no type list, which is of OpenAPI 3.1",
      "    get:\n      parameters:\n        - { name: q, in: query, schema: { type: [string, 'null'] } }\n      x-portcullis: { backend: docs }\n",
      ["8:49: type is a list, which is of OpenAPI 3.1: write one type, and nullable: true"],
    ],
  ])("%s", (_, item, problems) => {
    expect(inPath(item)).toEqual(problems.map((problem) => `api.yaml:${problem}`));
  });
});

describe("a path item", () => {
  it("has methods, in lower case, and nothing unknown", () => {
    const item =
      "    GET: { x-portcullis: { backend: docs } }\n    gte: {}\n    trace: {}\n    $ref: x\n    x-portcullis: {}\n";
    expect(inPath(item)).toEqual([
      'api.yaml:6:5: unknown key "GET" in a path; did you mean "get"?',
      'api.yaml:7:5: unknown key "gte" in a path; there is delete, get, head, options, patch, post, put, x-amazon-apigateway-any-method',
      "api.yaml:8:5: API Gateway has no TRACE method",
      "api.yaml:9:5: API Gateway does not import a path item by $ref: write its operations here",
      "api.yaml:10:5: x-portcullis belongs to each operation and to the root, not to a path",
    ]);
  });

  it("has no method in mixed case, which OpenAPI does not know", () => {
    expect(inPath("    Get: { x-portcullis: { backend: docs } }\n")).toEqual([
      'api.yaml:6:5: unknown key "Get" in a path; did you mean "get"?',
    ]);
  });

  it.each([
    ["nothing", "  /x:\n"],
    ["an empty mapping", "  /x: {}\n"],
    ["a text", "  /x: hello\n"],
    ["a description only", "  /x: { description: y }\n"],
  ])("that is %s declares no route, which is told", (_, path) => {
    const [problem, ...others] = problemsOf(`${HEAD}paths:\n${path}  /y:\n${OPERATION}`);
    expect(others).toEqual([]);
    expect(problem).toMatch(/^api\.yaml:5:\d+: \/x/);
  });
});

describe("a path", () => {
  it.each<[path: string, message: string]>([
    ["x", "x: a path starts with /: write /x"],
    ["/x/", "/x/: API Gateway has no path that ends with /: write /x"],
    ["/a/{b}c", '/a/{b}c: API Gateway takes a parameter as a whole segment only, found "{b}c"'],
    ["/a/b%20c", '/a/b%20c: a segment holds letters, digits and _ . , : - only, found "b%20c"'],
    ["/é", '/é: a segment holds letters, digits and _ . , : - only, found "é"'],
    ["/a//b", '/a//b: a segment holds letters, digits and _ . , : - only, found ""'],
    [
      "/a/{1b}",
      '/a/{1b}: a parameter\'s name holds letters, digits and _ . - and starts with a letter, found "{1b}"',
    ],
    [
      "/p/{}",
      '/p/{}: a parameter\'s name holds letters, digits and _ . - and starts with a letter, found "{}"',
    ],
    ["/a/{b+}/c", "/a/{b+}/c: the greedy parameter {b+} may only stand last"],
    ["/c/{d}/{d}", "/c/{d}/{d}: the parameter {d} stands twice"],
  ])("that API Gateway cannot import is told: %s", (path, message) => {
    expect(withPaths(path)).toEqual([`api.yaml:5:3: ${message}`]);
  });

  it("has one name for a parameter at one position", () => {
    expect(withPaths("/e/{f}", "/e/{g}/h", "/e/{f}/{g}")).toEqual([
      "api.yaml:7:3: /e/{g}/h: /e/{f} has {f} where this path has {g}: API Gateway takes one parameter at one position, so give both the same name",
    ]);
  });

  it("has no greedy parameter beside a parameter: API Gateway takes one variable part at one position", () => {
    const problems = withPaths("/z/{id}", "/z/{proxy+}");
    expect(problems).toEqual([expect.stringMatching(/^api\.yaml:7:3: \/z\/\{proxy\+\}: /)]);
  });

  it("may be the root, and hold what API Gateway takes", () => {
    expect(withPaths("/", "/a_b.c,d:e-f", "/{proxy+}", "/v1/{a.b}/x/{c-d}")).toEqual([]);
  });
});

describe("the root", () => {
  it("holds nothing that API Gateway ignores, cannot import or that Portcullis writes", () => {
    const api = `openapi: 3.1.0
info: { title: T, version: "1" }
security: []
webhooks: {}
jsonSchemaDialect: x
x-amazon-apigateway-policy: {}
x-amazon-apigateway-gateway-responses: {}
x-amazon-apigateway-request-validators: {}
x-amazon-apigateway-request-validator: x
x-portcullis: { backends: { docs: lambda } }
paths:
  /x:
${OPERATION}`;
    expect(problemsOf(api)).toEqual([
      "api.yaml:1:10: openapi: API Gateway imports 3.0.x only (not 3.1), found 3.1.0",
      "api.yaml:3:1: security at the root: API Gateway ignores it, and Portcullis writes the security of every operation: remove it",
      "api.yaml:4:1: webhooks at the root: API Gateway imports OpenAPI 3.0, and webhooks are of 3.1: remove it",
      "api.yaml:5:1: jsonSchemaDialect at the root: API Gateway imports OpenAPI 3.0, and jsonSchemaDialect is of 3.1: remove it",
      "api.yaml:6:1: x-amazon-apigateway-policy at the root: the resource policy is written by the Terraform module: remove it",
      "api.yaml:7:1: x-amazon-apigateway-gateway-responses at the root: Portcullis writes the gateway responses: remove it",
      "api.yaml:8:1: x-amazon-apigateway-request-validators at the root: Portcullis writes the request validators: remove it",
      "api.yaml:9:1: x-amazon-apigateway-request-validator at the root: Portcullis writes the request validators: remove it",
    ]);
  });

  it("says its version of OpenAPI in full", () => {
    const [problem] = problemsOf(`${HEAD.replace("3.0.3", "3.0")}paths:\n  /x:\n${OPERATION}`);
    expect(problem).toMatch(/^api\.yaml:1:10: openapi: .*3\.0\.3.*found 3\.0$/);
  });

  it("says that a version without quotes is a number", () => {
    const api = HEAD.replace('version: "1"', "version: 1.0");
    expect(problemsOf(`${api}paths:\n  /x:\n${OPERATION}`)).toEqual([
      expect.stringMatching(/^api\.yaml:2:\d+: info\.version: 1\.0 is read as a number: put it in quotes$/),
    ]);
  });

  it("needs a version, a title, backends and paths", () => {
    expect(problemsOf("info: {}\n")).toEqual([
      "api.yaml:1:1: openapi is missing: expected openapi: 3.0.3",
      "api.yaml:1:1: paths: expected at least one path",
      "api.yaml:1:7: info.title is missing, or not a text: OpenAPI needs it",
      "api.yaml:1:7: info.version is missing, or not a text: OpenAPI needs it",
    ]);
    expect(
      problemsOf(`openapi: 3.0.3\ninfo: { title: T, version: "1" }\npaths:\n  /x:\n${OPERATION}`),
    ).toContain(
      "api.yaml:1:1: x-portcullis is missing at the root: it names the backends, as in x-portcullis: { backends: { docs: lambda } }",
    );
    expect(problemsOf('swagger: "2.0"\ninfo: { title: T, version: "1" }\npaths: {}\n')).toContain(
      "api.yaml:1:1: this is a Swagger 2.0 document: convert it to OpenAPI 3.0",
    );
  });

  it("names backends of known kinds, told apart by more than - and _", () => {
    const api = HEAD.replace("{ docs: lambda }", "{ Docs: lambda, a-b: lambda, a_b: http, docs: lamda }");
    expect(problemsOf(`${api}paths:\n  /x:\n${OPERATION}`)).toEqual(
      expect.arrayContaining([
        "api.yaml:3:29: key \"Docs\": expected a name of lower-case letters, digits, '_' and '-'",
        'api.yaml:3:73: x-portcullis.backends.docs: expected lambda or http, found "lamda"; did you mean "lambda"?',
      ]),
    );
    const alike = HEAD.replace("{ docs: lambda }", "{ docs: lambda, a-b: lambda, a_b: http }");
    expect(problemsOf(`${alike}paths:\n  /x:\n${OPERATION}`)).toEqual([
      'api.yaml:3:43: backends "a-b" and "a_b" differ by - and _ only: rename one',
    ]);
  });

  it("that has an error leaves no false trail in the operations", () => {
    const api = HEAD.replace(
      "backends: { docs: lambda }",
      "backends: { docs: lambda }, tennant: { header: X-Tenant }",
    );
    expect(problemsOf(`${api}paths:\n  /x:\n${OPERATION}`)).toEqual([
      'api.yaml:3:45: unknown key "tennant"; did you mean "tenant"?',
    ]);
  });

  it("whose tenant's parameter no route has is an error", () => {
    const api = HEAD.replace("backends:", "tenant: { path: orgID }, backends:");
    expect(problemsOf(`${api}paths:\n  /x/{orgId}:\n${OPERATION}`)).toEqual([
      expect.stringMatching(
        /: tenant: no route has a parameter \{orgID\} that is one segment; did you mean "orgId"\?$/,
      ),
    ]);
  });
});
