import { describe, expect, it } from "vitest";
import { guardedRoutes } from "../../../../core/policy-files/model/operation.ts";
import { apiDefinition } from "../../../../core/policy-files/openapi/api-definition.ts";
import { renderTemplate } from "../../../../core/policy-files/openapi/render-template.ts";
import { groupOf, route } from "../../../support/api.ts";
import { layoutFor } from "../../../support/compiled.ts";
import { API, BASE, policiesOf } from "../../../support/policy-files.ts";

type Json = Record<string, unknown>;

const policiesWith = (api: string) =>
  policiesOf({ ...BASE, "api.yaml": api, "roles/viewer.yaml": "description: x\n" });
function compile(mode: "route" | "off" = "route", api = API): Json {
  const policies = policiesWith(api);
  return { ...apiDefinition(policies.api, layoutFor(policies, mode)) };
}

/** Returns the value at a path of keys. Throws if a key is missing. */
function at(value: unknown, ...path: string[]): unknown {
  return path.reduce((found, step) => {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step))
      throw new Error(`There is no ${step} of ${path.join(" ")}`);
    return (found as Json)[step];
  }, value);
}
const operation = (definition: Json, method: string, path: string): Json =>
  at(definition, "paths", path, method) as Json;
const operations = (definition: Json): [method: string, path: string, operation: Json][] =>
  Object.entries(definition["paths"] as Json).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, found]): [string, string, Json] => [
      method,
      path,
      found as Json,
    ]),
  );

/** Returns every string of a document, including keys. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : [key]),
    ...stringsIn(inner),
  ]);
}

/** A value for each placeholder. */
const VALUES: Record<string, string | number> = {
  authorizer_uri: "arn:authorizer",
  authorizer_ttl: 60,
  backend_docs_uri: "arn:docs",
  backend_billing_url: "https://billing.example/v1",
  backend_billing_connection_type: "VPC_LINK",
  backend_billing_connection_id: "link-1",
  backend_billing_http_key: "x-amazon-apigateway-integration",
  backend_billing_sample_key: "x-portcullis-unused-integration",
  sample_backend_uri: "arn:sample",
  request_validator: "parameters",
  cors_allowed_origins: "'https://a.example','https://b.example'",
  cors_error_origin: "https://a.example",
  cors_allowed_headers: "Authorization,Content-Type",
  cors_max_age: "600",
};
const render = (definition: unknown): Json => renderTemplate(definition, VALUES) as Json;

describe("responses", () => {
  const responsesOf = (responses?: string): unknown => {
    const declared = responses === undefined ? "" : `responses: ${responses}, `;
    const get = "get: { x-portcullis: { backend: docs, permission: documents.read } }";
    const api = API.replace(get, get.replace("{ ", `{ ${declared}`));
    return operation(compile("route", api), "get", "/documents")["responses"];
  };

  it("have statuses only, because an import warns about any other", () => {
    for (const [method, path, { responses }] of operations(compile()))
      expect([method, path, Object.keys(responses as Json)]).toEqual([
        method,
        path,
        [method === "options" ? "204" : "200"],
      ]);
  });

  it.each([
    [undefined, { "200": { description: "The backend's response" } }],
    ["{ default: { description: any } }", { "200": { description: "any" } }],
    ["{ 2XX: { description: any } }", { "200": { description: "The backend's response" } }],
    [
      "{ 201: { description: made }, 4XX: { description: wrong }, default: { description: any } }",
      { "201": { description: "made" } },
    ],
  ])("of %s become %j", (declared, expected) => {
    expect(responsesOf(declared)).toEqual(expected);
  });
});

describe("security", () => {
  it("is on every operation, with its group's scheme, and empty on public ones and preflight", () => {
    const secured = operations(compile()).map(([method, path, found]) => [
      `${method} ${path}`,
      found["security"],
    ]);
    for (const [name, security] of secured)
      expect([name, security]).toEqual([
        name,
        name === "get /health" || String(name).startsWith("options ") ? [] : [{ portcullis_all: [] }],
      ]);
    expect(secured).toHaveLength(18);
  });

  it.each<[mode: "route" | "off", sources: string, ttl: unknown]>([
    [
      "route",
      "stageVariables.portcullis_all, method.request.header.Authorization, context.httpMethod, context.resourcePath",
      "${authorizer_ttl}",
    ],
    ["off", "stageVariables.portcullis_all, method.request.header.Authorization", 0],
  ])(
    "is a Lambda authorizer of type request whose identity sources are those of the mode %s",
    (mode, identitySource, authorizerResultTtlInSeconds) => {
      expect(at(compile(mode), "components", "securitySchemes")).toEqual({
        portcullis_all: {
          type: "apiKey",
          name: "Unused",
          in: "header",
          "x-amazon-apigateway-authtype": "custom",
          "x-amazon-apigateway-authorizer": {
            type: "request",
            authorizerUri: "${authorizer_uri}",
            identitySource,
            authorizerResultTtlInSeconds,
          },
        },
      });
    },
  );

  it("has the tenant's header among the identity sources in every mode", () => {
    const api = API.replace("backends:", "tenant: { header: X-Tenant }\n  backends:");
    for (const mode of ["route", "off"] as const)
      expect(
        at(
          compile(mode, api),
          "components",
          "securitySchemes",
          "portcullis_all",
          "x-amazon-apigateway-authorizer",
          "identitySource",
        ),
      ).toContain("method.request.header.Authorization, method.request.header.X-Tenant");
  });

  it("has one authorizer for each group, each with its own stage variable first", () => {
    const policies = policiesWith(API);
    const documents = guardedRoutes(policies.api).filter(({ path }) => path.startsWith("/documents"));
    const others = guardedRoutes(policies.api).filter((one) => !documents.includes(one));
    const groups = [groupOf("a", documents), groupOf("b", others)];
    const definition = { ...apiDefinition(policies.api, { ...layoutFor(policies, "route"), groups }) };
    const schemes = at(definition, "components", "securitySchemes") as Json;
    expect(Object.keys(schemes)).toEqual(["portcullis_a", "portcullis_b"]);
    for (const [name, scheme] of Object.entries(schemes))
      expect(at(scheme, "x-amazon-apigateway-authorizer", "identitySource")).toMatch(
        new RegExp(`^stageVariables\\.${name}, `),
      );
    expect(operation(definition, "get", "/documents")["security"]).toEqual([{ portcullis_a: [] }]);
    expect(operation(definition, "get", "/users/{userId}")["security"]).toEqual([{ portcullis_b: [] }]);
  });

  it("has no guarded route without an authorizer, whatever the layout contains", () => {
    const policies = policiesWith(API);
    const groups = [groupOf("all", [route("GET /documents")])];
    expect(() => apiDefinition(policies.api, { ...layoutFor(policies, "route"), groups })).toThrow(
      "POST /documents has no authorizer in a REST API",
    );
  });
});

describe("the template", () => {
  it("has only known placeholders, and only inside strings", () => {
    const names = stringsIn(compile()).flatMap((text) =>
      [...text.matchAll(/(?<!\$)\$\{([^}]*)\}/g)].map((match) => match[1]),
    );
    expect([...new Set(names)].sort()).toEqual(Object.keys(VALUES).sort());
    expect(JSON.parse(JSON.stringify(compile()))).toEqual(compile());
  });

  it("keeps the team's own ${ and %{ as they were written, in values and keys", () => {
    const api = API.replace(
      'title: Small, version: "1"',
      'title: "Costs ${price} %{if}", version: "1"',
    ).replace(
      "paths:",
      'components: { schemas: { S: { type: object, properties: { "${k}": { enum: ["%{v}"] } } } } }\npaths:',
    );
    const rendered = render(compile("route", api));
    expect(at(rendered, "info", "title")).toBe("Costs ${price} %{if}");
    expect(at(rendered, "components", "schemas", "S", "properties")).toEqual({
      "${k}": { enum: ["%{v}"] },
    });
  });

  it("escapes ${ and %{ in the keys of extensions too, also in keys that look like paths", () => {
    const key = '/${file("/etc/passwd")}';
    const api = API.replace(
      "paths:",
      `x-team: { ${JSON.stringify(key)}: { "/%{ if x }": 1 } }\nx-portcullis-team: { "\${a}": b }\npaths:`,
    );
    const compiled = compile("route", api);
    expect(Object.keys(at(compiled, "x-team") as object)).toEqual([`/$${key.slice(1)}`]);
    expect(at(render(compiled), "x-team")).toEqual({ [key]: { "/%{ if x }": 1 } });
  });

  it("can have a number for a placeholder that is a whole string", () => {
    expect(
      at(
        render(compile()),
        "components",
        "securitySchemes",
        "portcullis_all",
        "x-amazon-apigateway-authorizer",
        "authorizerResultTtlInSeconds",
      ),
    ).toBe(60);
    expect(renderTemplate({ a: "${n}", b: "x${n}" }, { n: 5 })).toEqual({ a: 5, b: "x5" });
  });

  it("cannot be rendered if a placeholder has no value, or is a member of every object", () => {
    expect(() => renderTemplate("${missing}", {})).toThrow("The template's placeholder missing has no value");
    expect(() => renderTemplate("a${constructor}", {})).toThrow(
      "The template's placeholder constructor has no value",
    );
  });

  it("keeps the team's own content, without the parts that are ours or cannot be imported", () => {
    const api = API.replace(
      "get: { x-portcullis: { backend: docs, permission: documents.search } }",
      "get: { operationId: search, summary: Finds, tags: [a], servers: [], callbacks: {}, parameters: [{ name: q, in: query, required: true }], x-portcullis: { backend: docs } }",
    );
    const found = operation(compile("route", `${api}tags: []\nservers: []\n`), "get", "/documents/search");
    expect(found).toMatchObject({
      operationId: "search",
      summary: "Finds",
      parameters: [{ name: "q", in: "query", required: true }],
    });
    for (const key of ["x-portcullis", "tags", "servers", "callbacks"]) expect(found).not.toHaveProperty(key);
    for (const key of ["x-portcullis", "tags", "servers"])
      expect(compile("route", `${api}tags: []\n`)).not.toHaveProperty(key);
  });

  it("validates parameters, not bodies", () => {
    expect(compile()).toMatchObject({
      "x-amazon-apigateway-request-validators": {
        parameters: { validateRequestParameters: true, validateRequestBody: false },
        parameters_and_bodies: { validateRequestParameters: true, validateRequestBody: true },
      },
      "x-amazon-apigateway-request-validator": "${request_validator}",
    });
  });
});

describe("any-method", () => {
  const api = API.replace(
    "  /files/{proxy+}:\n    get: {",
    "  /files/{proxy+}:\n    delete: { operationId: removeFile, x-portcullis: { backend: docs } }\n    x-amazon-apigateway-any-method: { operationId: file,",
  );

  it("becomes every method that the path does not declare, except OPTIONS", () => {
    const found = Object.entries(at(compile("route", api), "paths", "/files/{proxy+}") as Json).map(
      ([method, one]) => [method, (one as Json)["operationId"]],
    );
    expect(Object.fromEntries(found)).toEqual({
      delete: "removeFile",
      get: "file_get",
      head: "file_head",
      post: "file_post",
      put: "file_put",
      patch: "file_patch",
      options: undefined,
    });
  });

  it("is guarded in each of them", () => {
    for (const [method, , found] of operations(compile("route", api)).filter(
      ([, path]) => path === "/files/{proxy+}",
    ))
      expect([method, found["security"]]).toEqual([
        method,
        method === "options" ? [] : [{ portcullis_all: [] }],
      ]);
  });
});

describe("parameters", () => {
  const described = API.replace(
    "  /users/{userId}:\n    get: {",
    "  /users/{userId}:\n    parameters:\n      - { name: userId, in: path, description: From the path, schema: { type: integer } }\n      - { name: v, in: query, description: From the path }\n    get: { parameters: [{ name: v, in: query, description: Own }],",
  );

  it("of the path are all declared, by default as required strings", () => {
    const greedy = operation(compile(), "get", "/files/{proxy+}");
    expect(greedy["parameters"]).toEqual([
      { schema: { type: "string" }, name: "proxy", in: "path", required: true },
    ]);
    expect(operation(compile(), "get", "/documents")["parameters"]).toEqual([]);
  });

  it("of the path item apply to its operations, whose own take precedence", () => {
    const found = operation(compile("route", described), "get", "/users/{userId}")["parameters"];
    expect(found).toEqual([
      {
        name: "userId",
        in: "path",
        required: true,
        description: "From the path",
        schema: { type: "integer" },
      },
      { name: "v", in: "query", description: "Own" },
    ]);
  });

  it("are declared once, also if a path parameter is a $ref", () => {
    const api = API.replace(
      "  /invoices/{invoiceId}:\n    get: {",
      "  /invoices/{invoiceId}:\n    get: { parameters: [{ $ref: '#/components/parameters/invoice' }],",
    ).replace(
      "paths:",
      "components: { parameters: { invoice: { name: invoiceId, in: path, required: true, schema: { type: string } } } }\npaths:",
    );
    expect(operation(compile("route", api), "get", "/invoices/{invoiceId}")["parameters"]).toHaveLength(1);
  });
});

describe("integrations", () => {
  it("of a lambda backend are proxies", () => {
    expect(operation(compile(), "put", "/documents/{documentId}")["x-amazon-apigateway-integration"]).toEqual(
      {
        type: "aws_proxy",
        httpMethod: "POST",
        uri: "${backend_docs_uri}",
        passthroughBehavior: "when_no_match",
      },
    );
  });

  it("of an http backend are two, and placeholders in their keys select the one in use", () => {
    const found = operation(compile(), "get", "/invoices/{invoiceId}");
    expect(found["${backend_billing_http_key}"]).toMatchObject({
      type: "http_proxy",
      httpMethod: "GET",
      uri: "${backend_billing_url}/invoices/{invoiceId}",
      connectionType: "${backend_billing_connection_type}",
      connectionId: "${backend_billing_connection_id}",
      passthroughBehavior: "when_no_match",
      requestParameters: {
        "integration.request.header.X-Tenant-Id": "context.authorizer.tenantId",
        "integration.request.header.X-Tenant_Id": "context.authorizer.tenantId",
        "integration.request.header.X_Tenant-Id": "context.authorizer.tenantId",
        "integration.request.header.X_Tenant_Id": "context.authorizer.tenantId",
        "integration.request.header.X-User-Id": "context.authorizer.userId",
        "integration.request.header.X-User_Id": "context.authorizer.userId",
        "integration.request.header.X_User-Id": "context.authorizer.userId",
        "integration.request.header.X_User_Id": "context.authorizer.userId",
        "integration.request.header.X-Roles": "context.authorizer.roles",
        "integration.request.header.X_Roles": "context.authorizer.roles",
        "integration.request.header.X-Issuer": "context.authorizer.issuer",
        "integration.request.header.X_Issuer": "context.authorizer.issuer",
        "integration.request.header.X-Actor": "context.authorizer.actor",
        "integration.request.header.X-Omitted": "context.authorizer.omitted",
        "integration.request.header.X_Actor": "context.authorizer.actor",
        "integration.request.header.X-Delegate": "context.authorizer.delegate",
        "integration.request.header.X_Delegate": "context.authorizer.delegate",
        "integration.request.header.X-Request-Id": "context.extendedRequestId",
        "integration.request.header.X-Request_Id": "context.extendedRequestId",
        "integration.request.header.X_Request-Id": "context.extendedRequestId",
        "integration.request.header.X_Request_Id": "context.extendedRequestId",
        "integration.request.path.invoiceId": "method.request.path.invoiceId",
      },
    });
    const rendered = operation(render(compile()), "get", "/invoices/{invoiceId}");
    expect(rendered["x-amazon-apigateway-integration"]).toMatchObject({
      type: "http_proxy",
      uri: "https://billing.example/v1/invoices/{invoiceId}",
    });
    expect(rendered["x-portcullis-unused-integration"]).toMatchObject({
      type: "aws_proxy",
      uri: "arn:sample",
    });
  });

  it("of a public http route overwrite the headers that a client could forge", () => {
    const api = API.replace("backend: docs, public: true", "backend: billing, public: true");
    expect(
      at(
        operation(compile("route", api), "get", "/health"),
        "${backend_billing_http_key}",
        "requestParameters",
      ),
    ).toEqual({
      "integration.request.header.X-Tenant-Id": "'-'",
      "integration.request.header.X-Tenant_Id": "'-'",
      "integration.request.header.X_Tenant-Id": "'-'",
      "integration.request.header.X_Tenant_Id": "'-'",
      "integration.request.header.X-User-Id": "'-'",
      "integration.request.header.X-User_Id": "'-'",
      "integration.request.header.X_User-Id": "'-'",
      "integration.request.header.X_User_Id": "'-'",
      "integration.request.header.X-Roles": "'-'",
      "integration.request.header.X_Roles": "'-'",
      "integration.request.header.X-Issuer": "'-'",
      "integration.request.header.X_Issuer": "'-'",
      "integration.request.header.X-Actor": "'-'",
      "integration.request.header.X-Omitted": "'-'",
      "integration.request.header.X_Omitted": "'-'",
      "integration.request.header.X_Actor": "'-'",
      "integration.request.header.X-Delegate": "'-'",
      "integration.request.header.X_Delegate": "'-'",
      "integration.request.header.X-Request-Id": "context.extendedRequestId",
      "integration.request.header.X-Request_Id": "context.extendedRequestId",
      "integration.request.header.X_Request-Id": "context.extendedRequestId",
      "integration.request.header.X_Request_Id": "context.extendedRequestId",
    });
  });

  it("of a greedy path to http forward the rest of the path", () => {
    const api = API.replace(
      "backend: docs, permission: files.read",
      "backend: billing, permission: files.read",
    );
    expect(
      at(operation(compile("route", api), "get", "/files/{proxy+}"), "${backend_billing_http_key}"),
    ).toMatchObject({
      uri: "${backend_billing_url}/files/{proxy}",
      requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
    });
  });

  it("name a backend with - by a placeholder that Terraform allows", () => {
    const api = API.replaceAll("backend: docs", "backend: doc-store").replace(
      "docs: lambda",
      "doc-store: lambda",
    );
    expect(
      at(operation(compile("route", api), "get", "/documents"), "x-amazon-apigateway-integration", "uri"),
    ).toBe("${backend_doc_store_uri}");
  });
});

describe("gateway responses", () => {
  const RESPONSE_TYPES = [
    ...[
      "ACCESS_DENIED",
      "API_CONFIGURATION_ERROR",
      "AUTHORIZER_CONFIGURATION_ERROR",
      "AUTHORIZER_FAILURE",
      "BAD_REQUEST_BODY",
    ],
    ...[
      "BAD_REQUEST_PARAMETERS",
      "DEFAULT_4XX",
      "DEFAULT_5XX",
      "EXPIRED_TOKEN",
      "INTEGRATION_FAILURE",
      "INTEGRATION_TIMEOUT",
    ],
    ...["INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED"],
    ...["RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED"],
  ];
  const responses = at(render(compile()), "x-amazon-apigateway-gateway-responses") as Record<string, Json>;

  it("are customised for every type, 413 in its headers only, because its body cannot be", () => {
    expect(Object.keys(responses).sort()).toEqual([...RESPONSE_TYPES, "REQUEST_TOO_LARGE"].sort());
    expect(responses["REQUEST_TOO_LARGE"]).not.toHaveProperty("responseTemplates");
  });

  it.each(RESPONSE_TYPES)("are JSON when the values are substituted: %s", (type) => {
    const template = String(at(responses[type], "responseTemplates", "application/json"));
    const body = template
      .replaceAll("$context.error.messageString", '"Forbidden \\"x\\""')
      .replaceAll("$context.error.responseType", "SOME_TYPE")
      .replaceAll("$context.authorizer.reason", "route_not_granted")
      .replaceAll("$context.extendedRequestId", "AbC=");
    expect(body).not.toContain("$");
    expect(JSON.parse(body)).toEqual({
      error: {
        code: type.startsWith("DEFAULT_") ? "SOME_TYPE" : type,
        message: expect.stringMatching(/./),
        ...(type === "ACCESS_DENIED" && { reason: "route_not_granted" }),
        requestId: "AbC=",
      },
    });
  });

  it("allow browsers to read them, and are not stored", () => {
    for (const response of Object.values(responses))
      expect(response["responseParameters"]).toMatchObject({
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://a.example'",
        "gatewayresponse.header.Cache-Control": "'no-store'",
      });
  });

  it("require a Bearer token with 401", () => {
    expect(
      at(responses["UNAUTHORIZED"], "responseParameters", "gatewayresponse.header.WWW-Authenticate"),
    ).toBe("'Bearer'");
  });
});

describe("CORS preflight", () => {
  it("has nothing in its mock that only an emulator of AWS needs", () => {
    const mock = at(operation(compile(), "options", "/documents"), "x-amazon-apigateway-integration") as Json;
    expect(mock["type"]).toBe("mock");
    for (const member of ["uri", "httpMethod"]) expect(mock).not.toHaveProperty(member);
  });

  it("is on every path that does not declare OPTIONS itself, and needs no backend", () => {
    const api = API.replace(
      "    post: { x-portcullis: { backend: docs, permission: documents.create } }",
      "    options: { x-portcullis: { backend: docs, permission: documents.options } }",
    );
    for (const path of Object.keys(compile("route", api)["paths"] as Json)) {
      const integration = operation(compile("route", api), "options", path)[
        "x-amazon-apigateway-integration"
      ];
      expect([path, at(integration, "type")]).toEqual([path, path === "/documents" ? "aws_proxy" : "mock"]);
    }
    expect(operation(compile("route", api), "options", "/documents")["security"]).toEqual([
      { portcullis_all: [] },
    ]);
  });

  it("names the path's own methods and parameters, and the environment's origins", () => {
    const found = operation(render(compile()), "options", "/documents/{documentId}");
    expect(found["parameters"]).toEqual([
      { name: "documentId", in: "path", required: true, schema: { type: "string" } },
    ]);
    const response = at(found, "x-amazon-apigateway-integration", "responses", "default");
    expect(response).toMatchObject({
      statusCode: "204",
      responseParameters: {
        "method.response.header.Access-Control-Allow-Methods": "'GET,PUT,DELETE,OPTIONS'",
        "method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type'",
        "method.response.header.Access-Control-Max-Age": "'600'",
        "method.response.header.Vary": "'Origin'",
      },
    });
    expect(String(at(response, "responseTemplates", "application/json"))).toContain(
      "#set($allowed = ['https://a.example','https://b.example'])",
    );
  });

  it("declares every header that it sets", () => {
    const found = operation(compile(), "options", "/documents");
    const set = Object.keys(
      at(found, "x-amazon-apigateway-integration", "responses", "default", "responseParameters") as Json,
    );
    const declared = Object.keys(at(found, "responses", "204", "headers") as Json).map(
      (name) => `method.response.header.${name}`,
    );
    expect(declared).toEqual(expect.arrayContaining(set));
    expect(declared).toContain("method.response.header.Access-Control-Allow-Origin");
  });
});
