import { describe, expect, it } from "vitest";
import { loadWith, problemLines } from "../../../support/policy-files.ts";

const HEAD = `openapi: 3.0.3
info: { title: T, version: "1" }
x-portcullis: { backends: { docs: lambda } }
`;
const OPERATION = "    get: { x-portcullis: { backend: docs } }\n";
const problemsOf = (api: string): string[] =>
  problemLines(loadWith({ "api.yaml": api, "roles/viewer.yaml": "description: x\n" }));
/** The problems of one path item, which begins in line 6. */
const inPath = (item: string, path = "/x"): string[] => problemsOf(`${HEAD}paths:\n  ${path}:\n${item}`);
const withPaths = (...paths: string[]): string[] =>
  problemsOf(`${HEAD}paths:\n${paths.map((path) => `  ${path}:\n${OPERATION}`).join("")}`);

it("an undecided operation is known by the rule of its problem, not by its message", () => {
  const operation = (settings: string) => `    get: { x-portcullis: { backend: ${settings} } }\n`;
  const rules = (settings: string) =>
    loadWith({ "api.yaml": `${HEAD}paths:\n  /x:\n${operation(settings)}` }).problems.map(({ rule }) => rule);
  expect(rules("docs, undecided: why")).toContain("undecided-route");
  expect(rules('"a is undecided: b"')).not.toContain("undecided-route");
});

describe("the path on an HTTP backend", () => {
  it.each([
    ["/a/{id}/", "GET /x: path has {id}, but the route has no such parameter"],
    ["/${a}", 'paths./x.get.x-portcullis.path: expected a path such as /devices/{id}/, found "/${a}"'],
    ["/x?a", 'paths./x.get.x-portcullis.path: expected a path such as /devices/{id}/, found "/x?a"'],
  ])("cannot be %s", (path, problem) => {
    const api = `${HEAD.replace("docs: lambda", "web: http")}paths:\n  /x:\n    get: { x-portcullis: { backend: web, public: true, path: "${path}" } }\n`;
    expect(problemsOf(api)).toEqual([expect.stringContaining(problem)]);
  });
});

describe("an operation", () => {
  it.each<[title: string, item: string, problems: string[]]>([
    [
      "needs x-portcullis, because it would be unprotected without it",
      "    get: { operationId: x }\n",
      [
        "6:5: GET /x has no x-portcullis: add it with a backend, and with public: true if the route needs no authorizer",
      ],
    ],
    [
      "needs x-portcullis also if it is empty",
      "    get:\n",
      [
        "6:5: GET /x has no x-portcullis: add it with a backend, and with public: true if the route needs no authorizer",
      ],
    ],
    [
      "needs a backend",
      "    get: { x-portcullis: { public: true } }\n",
      ["6:26: GET /x has no backend: add backend: docs"],
    ],
    [
      "needs a backend that exists",
      "    get: { x-portcullis: { backend: dcs } }\n",
      ['6:37: GET /x: there is no backend "dcs"; did you mean "docs"?'],
    ],
    [
      "of a Lambda function has no path on its backend",
      "    get: { x-portcullis: { backend: docs, path: /y } }\n",
      [
        "6:49: GET /x: a Lambda function is called without a path, so path has no effect: remove it, or name a backend of kind http",
      ],
    ],
    [
      "cannot have an empty x-portcullis",
      "    get: { x-portcullis: }\n",
      ["6:26: paths./x.get.x-portcullis: expected a mapping, found nothing"],
    ],
    [
      "cannot have unknown keys",
      "    get: { x-portcullis: { backend: docs, permision: a.b } }\n",
      ['6:43: unknown key "permision"; did you mean "permission"?'],
    ],
    [
      "needs valid scopes and permissions",
      "    get: { x-portcullis: { backend: docs, scopes: [a b], permission: a..b } }\n",
      [
        '6:52: paths./x.get.x-portcullis.scopes[1]: expected a scope without spaces (RFC 6749, 3.3), found "a b"',
        '6:70: paths./x.get.x-portcullis.permission: expected a permission such as documents.read: names separated by dots, found "a..b"',
      ],
    ],
    [
      "that is public cannot have settings that nothing would check",
      "    get: { x-portcullis: { backend: docs, public: true, permission: a, scopes: [b], explicit: true, bind: none } }\n",
      [
        "6:69: GET /x is public, so nothing checks its permission: remove public or permission",
        "6:80: GET /x is public, so nothing checks its scopes: remove public or scopes",
        "6:95: GET /x is public, so nothing checks its explicit: remove public or explicit",
        "6:107: GET /x is public, so nothing checks its bind: remove public or bind",
      ],
    ],
    [
      "cannot have keys that Portcullis writes",
      "    get: { security: [], x-amazon-apigateway-integration: {}, x-amazon-apigateway-auth: {}, x-portcullis: { backend: docs } }\n",
      [
        "6:12: GET /x: security: Portcullis writes the security of every operation: remove it",
        "6:26: GET /x: x-amazon-apigateway-integration: Portcullis writes the integration from the operation's backend: remove it",
        "6:63: GET /x: x-amazon-apigateway-auth: Portcullis writes the authorizer: remove it",
      ],
    ],
    [
      "cannot have a list of types, which belongs to OpenAPI 3.1",
      "    get:\n      parameters:\n        - { name: q, in: query, schema: { type: [string, 'null'] } }\n      x-portcullis: { backend: docs }\n",
      [
        "8:49: type: a list of types belongs to OpenAPI 3.1: write one type, and nullable: true if null is allowed",
      ],
    ],
  ])("%s", (_, item, problems) => {
    expect(inPath(item)).toEqual(problems.map((problem) => `api.yaml:${problem}`));
  });
});

describe("a path item", () => {
  it("has methods in lower case, and no unknown keys", () => {
    const item =
      "    GET: { x-portcullis: { backend: docs } }\n    gte: {}\n    trace: {}\n    $ref: x\n    x-portcullis: {}\n";
    expect(inPath(item)).toEqual([
      'api.yaml:6:5: unknown key "GET" in a path; did you mean "get"?',
      'api.yaml:7:5: unknown key "gte" in a path; expected delete, get, head, options, patch, post, put or x-amazon-apigateway-any-method',
      "api.yaml:8:5: API Gateway has no TRACE method: remove it",
      "api.yaml:9:5: API Gateway does not import a path item by $ref: write its operations here",
      "api.yaml:10:5: x-portcullis belongs to the root and to each operation, not to a path: move it",
    ]);
  });

  it("cannot have a method in mixed case, which OpenAPI does not define", () => {
    expect(inPath("    Get: { x-portcullis: { backend: docs } }\n")).toEqual([
      'api.yaml:6:5: unknown key "Get" in a path; did you mean "get"?',
    ]);
  });

  it.each([
    ["nothing", "  /x:\n"],
    ["an empty mapping", "  /x: {}\n"],
    ["a string", "  /x: hello\n"],
    ["a description only", "  /x: { description: y }\n"],
  ])("that is %s declares no route, which is an error", (_, path) => {
    const [problem, ...others] = problemsOf(`${HEAD}paths:\n${path}  /y:\n${OPERATION}`);
    expect(others).toEqual([]);
    expect(problem).toMatch(/^api\.yaml:5:\d+: \/x/);
  });
});

describe("a path", () => {
  it.each<[path: string, message: string]>([
    ["x", "x: a path must start with /: write /x"],
    ["/x/", "/x/: API Gateway allows no path that ends with /: write /x"],
    ["/a/{b}c", '/a/{b}c: a parameter must be a whole segment in API Gateway, found "{b}c"'],
    ["/a/b%20c", '/a/b%20c: a segment may contain only letters, digits and _ . , : -, found "b%20c"'],
    ["/é", '/é: a segment may contain only letters, digits and _ . , : -, found "é"'],
    [
      "/a/../b",
      '/a/../b: a segment cannot be "..", because clients and proxies resolve it before they send the request',
    ],
    [
      "/.",
      '/.: a segment cannot be ".", because clients and proxies resolve it before they send the request',
    ],
    ["/a//b", '/a//b: a segment may contain only letters, digits and _ . , : -, found ""'],
    ["/a/{1 b}", '/a/{1 b}: a parameter\'s name may contain only letters, digits and _ . -, found "{1 b}"'],
    ["/p/{}", '/p/{}: a parameter\'s name may contain only letters, digits and _ . -, found "{}"'],
    ["/a/{b+}/c", "/a/{b+}/c: the greedy parameter {b+} must be the last segment"],
    ["/c/{d}/{d}", "/c/{d}/{d}: the parameter {d} appears twice: give each parameter its own name"],
  ])("that API Gateway cannot import is an error: %s", (path, message) => {
    expect(withPaths(path)).toEqual([`api.yaml:5:3: ${message}`]);
  });

  it("has one name for a parameter at one position", () => {
    expect(withPaths("/e/{f}", "/e/{g}/h", "/e/{f}/{g}")).toEqual([
      "api.yaml:7:3: /e/{g}/h: /e/{f} has {f} where this path has {g}: API Gateway allows one parameter at a position, so give both the same name",
    ]);
  });

  it("cannot have a greedy and a single parameter at the same position", () => {
    const problems = withPaths("/z/{id}", "/z/{proxy+}");
    expect(problems).toEqual([expect.stringMatching(/^api\.yaml:7:3: \/z\/\{proxy\+\}: /)]);
  });

  it("may be the root, and contain every character that API Gateway allows", () => {
    expect(withPaths("/", "/a_b.c,d:e-f", "/{proxy+}", "/v1/{a.b}/x/{c-d}")).toEqual([]);
  });
});

describe("the root", () => {
  it("cannot have keys that API Gateway ignores or cannot import, or that Portcullis writes", () => {
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
      "api.yaml:1:10: openapi: expected 3.0.x, which is all that API Gateway imports, found 3.1.0",
      "api.yaml:3:1: security at the root: API Gateway ignores it, and Portcullis writes the security of every operation: remove it",
      "api.yaml:4:1: webhooks at the root: API Gateway imports OpenAPI 3.0, and webhooks belong to 3.1: remove it",
      "api.yaml:5:1: jsonSchemaDialect at the root: API Gateway imports OpenAPI 3.0, and jsonSchemaDialect belongs to 3.1: remove it",
      "api.yaml:6:1: x-amazon-apigateway-policy at the root: the Terraform module writes the resource policy: remove it",
      "api.yaml:7:1: x-amazon-apigateway-gateway-responses at the root: Portcullis writes the gateway responses: remove it",
      "api.yaml:8:1: x-amazon-apigateway-request-validators at the root: Portcullis writes the request validators: remove it",
      "api.yaml:9:1: x-amazon-apigateway-request-validator at the root: Portcullis writes the request validators: remove it",
    ]);
  });

  it("needs the full version of OpenAPI", () => {
    const [problem] = problemsOf(`${HEAD.replace("3.0.3", "3.0")}paths:\n  /x:\n${OPERATION}`);
    expect(problem).toMatch(/^api\.yaml:1:10: openapi: .*3\.0\.3.*found 3\.0$/);
  });

  it("needs quotes around the API's version, which is otherwise a number", () => {
    const api = HEAD.replace('version: "1"', "version: 1.0");
    expect(problemsOf(`${api}paths:\n  /x:\n${OPERATION}`)).toEqual([
      expect.stringMatching(/^api\.yaml:2:\d+: info\.version: 1\.0 is read as a number: put it in quotes$/),
    ]);
  });

  it("needs a version, a title, backends and paths", () => {
    expect(problemsOf("info: {}\n")).toEqual([
      "api.yaml:1:1: openapi is missing: expected openapi: 3.0.3",
      "api.yaml:1:1: paths: expected at least one path",
      "api.yaml:1:7: info.title: expected a string: OpenAPI requires it",
      "api.yaml:1:7: info.version: expected a string: OpenAPI requires it",
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

  it("needs backends of known kinds, whose names differ in more than - and _", () => {
    const api = HEAD.replace("{ docs: lambda }", "{ Docs: lambda, a-b: lambda, a_b: http, docs: lamda }");
    expect(problemsOf(`${api}paths:\n  /x:\n${OPERATION}`)).toEqual(
      expect.arrayContaining([
        "api.yaml:3:29: key \"Docs\": expected a name of lower-case letters, digits, '_' and '-'",
        'api.yaml:3:73: x-portcullis.backends.docs: expected lambda or http, found "lamda"; did you mean "lambda"?',
      ]),
    );
    const alike = HEAD.replace("{ docs: lambda }", "{ docs: lambda, a-b: lambda, a_b: http }");
    expect(problemsOf(`${alike}paths:\n  /x:\n${OPERATION}`)).toEqual([
      'api.yaml:3:43: backends "a-b" and "a_b" differ only in - and _: rename one of them',
    ]);
  });

  it("with an error causes no problems in the operations", () => {
    const api = HEAD.replace(
      "backends: { docs: lambda }",
      "backends: { docs: lambda }, tennant: { header: X-Tenant }",
    );
    expect(problemsOf(`${api}paths:\n  /x:\n${OPERATION}`)).toEqual([
      'api.yaml:3:45: unknown key "tennant"; did you mean "tenant"?',
    ]);
  });

  it("cannot name a parameter for the tenant that no route has", () => {
    const api = HEAD.replace("backends:", "tenant: { path: orgID }, backends:");
    expect(problemsOf(`${api}paths:\n  /x/{orgId}:\n${OPERATION}`)).toEqual([
      expect.stringMatching(
        /: tenant: no route has a single-segment parameter \{orgID\}; did you mean "orgId"\?$/,
      ),
    ]);
  });
});

describe("a key in another spelling", () => {
  it("is an error if Portcullis writes it or reads an operation from it", () => {
    const integration = "X-Amazon-ApiGateway-Integration: { type: mock }";
    expect(inPath(`    get: { x-portcullis: { backend: docs }, ${integration} }\n`)).toContainEqual(
      expect.stringMatching(
        /^api.yaml:6:45: GET \/x: X-Amazon-ApiGateway-Integration: Portcullis writes the integration/,
      ),
    );
    expect(inPath(`${OPERATION}    x-amazon-apigateway-ANY-method: {}\n`)).toContainEqual(
      expect.stringMatching(/^api.yaml:7:5: unknown key "x-amazon-apigateway-ANY-method" in a path/),
    );
    expect(problemsOf(`${HEAD}X-Amazon-Apigateway-Policy: {}\npaths:\n  /x:\n${OPERATION}`)).toContainEqual(
      expect.stringMatching(
        /^api.yaml:4:1: X-Amazon-Apigateway-Policy at the root: the Terraform module writes/,
      ),
    );
  });

  it("is an error if it is $ref in an operation, whose security would be ignored", () => {
    expect(inPath('    get: { $ref: "#/x", x-portcullis: { backend: docs } }\n')).toContainEqual(
      expect.stringMatching(/^api.yaml:6:12: GET \/x: API Gateway does not import an operation by \$ref/),
    );
  });
});

describe("a YAML merge key", () => {
  it("merges operations and settings into what is checked", () => {
    const text = (settings: string): string =>
      `${HEAD}x-all: &all\n  get: { x-portcullis: { ${settings} } }\npaths:\n  /x:\n    <<: *all\n    post: { x-portcullis: { backend: docs } }\n`;
    expect(problemsOf(text("backend: docs, permission: a.b"))).toEqual([]);
    expect(problemsOf(text("backend: dcs"))).toContainEqual(
      expect.stringMatching(/^api.yaml:5:35: GET \/x: there is no backend "dcs"/),
    );
  });

  it("merges what the root may not have", () => {
    expect(
      problemsOf(`${HEAD}x-all: &all { security: [] }\n<<: *all\npaths:\n  /x:\n${OPERATION}`),
    ).toContainEqual(expect.stringMatching(/^api.yaml:4:15: security at the root: /));
  });
});
