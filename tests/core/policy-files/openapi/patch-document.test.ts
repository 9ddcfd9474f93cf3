import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadPolicyFolder } from "../../../../cli/shared/policy-folder.ts";
import type { PolicySet } from "../../../../core/policy-files/model/policy-set.ts";
import { type PatchedDocument, patchDocument } from "../../../../core/policy-files/openapi/patch-document.ts";
import { printProblem } from "../../../../core/policy-files/source/problem.ts";
import { buildOf } from "../../../support/compiled.ts";
import { policiesOf } from "../../../support/policy-files.ts";

const TEXT = readFileSync("examples/adopt/openapi.yaml", "utf8");
const { policies: ledger } = loadPolicyFolder("examples/adopt/policies", "dev");
if (ledger === undefined) throw new Error("The example has errors");

const write = (
  changes: Partial<PatchedDocument> = {},
  policies: PolicySet = ledger,
  cache: "token" | "route" = "token",
) =>
  patchDocument(
    { file: "openapi.yaml", text: TEXT, gatewayResponses: false, requestValidators: false, ...changes },
    policies.api,
    buildOf(policies, cache).layout,
    ({ file, line, column }) => `${file}:${line}:${column}`,
  );

function textOf(written: ReturnType<typeof write>): string {
  if ("problems" in written) throw new Error(written.problems.map(printProblem).join("\n"));
  return written.text;
}

const problemsOf = (text: string): string[] => {
  const written = write({ text });
  return "problems" in written ? written.problems.map((problem) => printProblem(problem)) : [];
};

type Json = Readonly<Record<string, unknown>>;

/** Returns a document without the parts that Portcullis writes. */
function withoutOurs(document: Json): unknown {
  const copy = structuredClone(document) as {
    paths: Record<string, Record<string, Record<string, unknown>>>;
    components: { securitySchemes: Record<string, unknown> };
  };
  for (const item of Object.values(copy.paths))
    for (const operation of Object.values(item))
      if (/portcullis_|^\[\]$/.test(JSON.stringify(operation["security"] ?? "")))
        delete operation["security"];
  for (const name of Object.keys(copy.components.securitySchemes))
    if (name.startsWith("portcullis_")) delete copy.components.securitySchemes[name];
  return copy;
}

describe("a team's own document with our guards in it", () => {
  it("is unchanged except for them, including comments and order", () => {
    const text = textOf(write());
    const [before, after] = [parse(TEXT) as Json, parse(text) as Json];
    expect(withoutOurs(after)).toEqual(before);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [comment] of TEXT.matchAll(/# .*$/gm)) expect(text).toContain(comment);
  });

  it("guards each guarded operation with its group's authorizer, and opens the other ones explicitly", () => {
    const { paths } = parse(textOf(write())) as { paths: Record<string, Record<string, Json>> };
    const security = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method} ${path}`, operation["security"]]),
    );
    expect(Object.fromEntries(security)).toEqual({
      "get /status": [],
      "get /accounts": [{ portcullis_g1: [] }],
      "options /accounts": [],
      "get /accounts/{accountId}": [{ portcullis_g1: [] }],
      "get /accounts/{accountId}/entries": [{ portcullis_g2: [] }],
      "post /accounts/{accountId}/entries": [{ portcullis_g2: [] }],
      "get /exports/{exportId}": [{ sigv4: [] }],
    });
  });

  it("keeps security of its own on a public operation and on preflight", () => {
    const text = `${TEXT.replace(
      "      operationId: getStatus\n",
      "      operationId: getStatus\n      security: [{ key: [] }]\n",
    )}security: [{ sigv4: [] }]\n`.replace(
      "  securitySchemes:\n",
      "  securitySchemes:\n    key: { type: apiKey, name: x-api-key, in: header }\n",
    );
    const written = parse(textOf(write({ text }))) as {
      security: unknown;
      paths: Record<string, Record<string, Json>>;
    };
    expect(written.security).toEqual([{ sigv4: [] }]);
    expect(written.paths["/status"]?.["get"]?.["security"]).toEqual([{ key: [] }]);
    expect(written.paths["/accounts"]?.["options"]?.["security"]).toEqual([]);
  });

  it("opens an alias of preflight in a copy, if its anchor is used elsewhere", () => {
    const shared = "x-cors: &cors\n  x-amazon-apigateway-integration: { type: mock }\n";
    const text = `${shared}${TEXT}`.replace(
      "  /exports/{exportId}:\n",
      "  /exports/{exportId}:\n    options: *cors\n",
    );
    const written = parse(textOf(write({ text }))) as { "x-cors": Json; paths: Record<string, Json> };
    expect(written.paths["/exports/{exportId}"]?.["options"]).toEqual({ ...written["x-cors"], security: [] });
    expect(written["x-cors"]).not.toHaveProperty("security");
  });

  it("has placeholders with our prefix, and the TTL becomes a number", () => {
    const filled = textOf(write())
      .replaceAll("${portcullis_authorizer_uri}", "arn:aws:apigateway:x:lambda:path/f/invocations")
      .replaceAll("${portcullis_authorizer_ttl}", "60");
    const { components } = parse(filled) as { components: { securitySchemes: Record<string, Json> } };
    expect(components.securitySchemes["portcullis_g2"]?.["x-amazon-apigateway-authorizer"]).toEqual({
      type: "request",
      authorizerUri: "arn:aws:apigateway:x:lambda:path/f/invocations",
      identitySource: "stageVariables.portcullis_g2, method.request.header.Authorization",
      authorizerResultTtlInSeconds: 60,
    });
  });

  it("stays JSON if it is JSON, also when it is filled in", () => {
    const text = textOf(write({ file: "openapi.json", text: JSON.stringify(parse(TEXT)) }));
    const filled = JSON.parse(text.replaceAll(/\$\{portcullis_[a-z_]+\}/g, "60")) as Json;
    expect(withoutOurs(filled)).toEqual(parse(TEXT));
  });

  it("escapes API Gateway's ${stageVariables.…} for the template, and keeps other placeholders", () => {
    const text = textOf(
      write({
        text: TEXT.replace('uri: "${ledger_uri}"', 'uri: "x/${stageVariables.fn}/$${stageVariables.b}"'),
      }),
    );
    expect(text).toContain("x/$${stageVariables.fn}/$${stageVariables.b}");
    expect(text).toContain('uri: "${ledger_uri}"');
  });

  it("has our gateway responses and validator only if requested, in addition to its own", () => {
    const plain = parse(textOf(write())) as Json;
    expect(Object.keys(plain["x-amazon-apigateway-gateway-responses"] as Json)).toEqual(["THROTTLED"]);
    const text = textOf(write({ gatewayResponses: true, requestValidators: true }));
    const requested = parse(text) as Record<string, Json>;
    const responses = requested["x-amazon-apigateway-gateway-responses"] ?? {};
    expect(Object.keys(responses)).toHaveLength(21);
    expect(responses["THROTTLED"]).toEqual({ responseTemplates: { "application/json": '{"slow":"down"}' } });
    expect(requested["x-amazon-apigateway-request-validator"]).toBe("portcullis_parameters");
    const placeholders = [...text.matchAll(/(?<!\$)\$\{([a-z_]+)\}/g)].map(([, name]) => name);
    expect([...new Set(placeholders)].sort()).toEqual([
      "ledger_uri",
      "portcullis_authorizer_ttl",
      "portcullis_authorizer_uri",
      "portcullis_cors_error_origin",
    ]);
  });
});

describe("a document that does not fit", () => {
  const edit = (from: string, to: string): string[] => {
    expect(TEXT).toContain(from);
    return problemsOf(TEXT.replace(from, to));
  };

  it.each<[title: string, from: string, to: string, problems: RegExp[]]>([
    [
      "has a route that the policy files do not have",
      "  /status:\n    get:",
      "  /new:\n    get: {}\n  /status:\n    get:",
      [/^openapi.yaml:9:5: error: GET \/new is not in the policy files \(api.yaml:10:3\): add it there/],
    ],
    [
      "lacks a route that they have",
      '  /status:\n    get:\n      operationId: getStatus\n      x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "${ledger_uri}" }\n',
      "",
      [
        /^openapi.yaml:7:1: error: GET \/status of api.yaml:11:5 is not in this document: add it here, or remove it there \[route-mismatch\]$/,
      ],
    ],
    [
      "has another method",
      "    post:\n      operationId: addEntry",
      "    put:\n      operationId: addEntry",
      [
        /^openapi.yaml:33:3: error: POST \/accounts\/\{accountId\}\/entries of api.yaml:18:5 is not in this document, whose path has only GET, PUT: add it here, or remove it there \[route-mismatch\]$/,
        /^openapi.yaml:38:5: error: PUT \/accounts\/\{accountId\}\/entries is not in the policy files \(api.yaml:17:5\)/,
      ],
    ],
    [
      "calls a parameter by another name",
      "  /exports/{exportId}:",
      "  /exports/{id}:",
      [
        /^openapi.yaml:44:3: error: \/exports\/\{id\} is called \/exports\/\{exportId\} in api.yaml:20:5: give the parameters the same names \[route-mismatch\]$/,
      ],
    ],
    [
      "guards a guarded operation itself",
      "      operationId: listAccounts\n",
      "      operationId: listAccounts\n      security: [{ sigv4: [] }]\n",
      [
        /^openapi.yaml:16:7: error: GET \/accounts has security of its own, .* auth: external in api.yaml:13:5 \[guard-mismatch\]$/,
      ],
    ],
    [
      "guards a public operation",
      "      operationId: getStatus\n",
      "      operationId: getStatus\n      security: [{ sigv4: [] }]\n",
      [/^openapi.yaml:11:7: error: GET \/status is guarded here, but public in api.yaml:11:5/],
    ],
    [
      "does not guard a route that is left to another authorizer",
      "      security: [{ sigv4: [] }]\n",
      "",
      [
        /^openapi.yaml:45:5: error: GET \/exports\/\{exportId\} is left to another authorizer, but its security does not name exactly one/,
      ],
    ],
    [
      "was already written by Portcullis",
      "    sigv4:\n",
      "    portcullis_g1: {}\n    sigv4:\n",
      [/error: the name of the security scheme "portcullis_g1" is reserved for Portcullis/],
    ],
    [
      "has another version",
      "openapi: 3.0.3",
      "openapi: 3.1.0",
      [/^openapi.yaml:2:10: error: openapi: expected 3.0.x, found 3.1.0 \[openapi-version\]$/],
    ],
    ["is not YAML", "info:\n", "info: [\n", [/^openapi.yaml:\d+:\d+: error: /]],
  ])("%s", (_, from, to, problems) => {
    expect(edit(from, to)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });
});

describe("security of the document's own", () => {
  const schemes = (own: string): string =>
    TEXT.replace(
      "  securitySchemes:\n",
      `  securitySchemes:\n    key: { type: apiKey, name: x-api-key, in: header }\n    login: { type: oauth2, flows: {} }\n    optional: { type: oauth2, x-amazon-apigateway-authorizer: { type: jwt } }\n${own}`,
    );
  const onAccounts = (security: string): string =>
    schemes("").replace(
      "      operationId: listAccounts\n",
      `      operationId: listAccounts\n      security: ${security}\n`,
    );
  const securityOf = (text: string, path = "/accounts", method = "get"): unknown => {
    const { paths } = parse(textOf(write({ text }))) as { paths: Record<string, Record<string, Json>> };
    return paths[path]?.[method]?.["security"];
  };

  it.each([
    ["alone", "[{ key: [] }]"],
    ["next to a token", "[{ key: [], login: [] }]"],
    ["as an alternative to a token", "[{ key: [] }, { login: [] }]"],
  ])("keeps an API key next to our authorizer: %s", (_, security) => {
    expect(securityOf(onAccounts(security))).toEqual([{ portcullis_g1: [] }, { key: [] }]);
  });

  it("keeps an API key of the root, but not on preflight", () => {
    const text = `${schemes("")}security: [{ key: [] }]\n`;
    expect(securityOf(text)).toEqual([{ portcullis_g1: [] }, { key: [] }]);
    expect(securityOf(text, "/status")).toEqual([{ key: [] }]);
    expect(securityOf(text, "/accounts", "options")).toEqual([]);
    expect(securityOf(text, "/exports/{exportId}")).toEqual([{ sigv4: [] }]);
  });

  it("is replaced if it is a token whose scopes the policy files have", () => {
    expect(securityOf(onAccounts("[{ login: [] }]"))).toEqual([{ portcullis_g1: [] }]);
  });

  it.each([
    [
      "a token's scopes that the policy files do not have",
      onAccounts("[{ login: [a, b] }]"),
      /^openapi.yaml:16:7: error: GET \/accounts needs the scopes a b here, but not in api.yaml:13:5: write scopes: \[a, b\] there/,
    ],
    [
      "the root's scopes that the policy files do not have",
      `${schemes("")
        .replace("      operationId: getStatus\n", "      operationId: getStatus\n      security: []\n")
        .replaceAll(
          /(operationId: (?:getAccount|listEntries|addEntry).*\n)/g,
          "$1      security: [{ key: [] }]\n",
        )}security: [{ login: [a] }]\n`,
      /GET \/accounts needs the scopes a here, but not in api.yaml:13:5/,
    ],
    ["an optional token", onAccounts("[{}, { login: [] }]"), /^openapi.yaml:16:7: .*has security of its own/],
    ["nothing, in so many words", onAccounts("[]"), /^openapi.yaml:16:7: .*has security of its own/],
    ["another authorizer of type oauth2", onAccounts("[{ optional: [] }]"), /has security of its own/],
    ["a scheme that does not exist", onAccounts("[{ lost: [] }]"), /has security of its own/],
    [
      "the root's authorizer on a public route",
      `${TEXT}security: [{ sigv4: [] }]\n`,
      /^openapi.yaml:62:1: error: GET \/status is guarded here, but public in api.yaml:11:5: write auth: external there, or security: \[\] on the operation here \[guard-mismatch\]$/,
    ],
  ])("is never lost silently: %s", (_, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("an any-method", () => {
  const anyMethod = (theirs: string) => {
    const path = "/accounts/{accountId}";
    const policies = policiesOf({
      "api.yaml": `openapi: 3.0.3
info: { title: T, version: "1" }
x-portcullis: { backends: { b: lambda } }
paths:
  ${path}:
    x-amazon-apigateway-any-method: { x-portcullis: { backend: b, permission: a } }
`,
      "roles/a.yaml": "allow: [a]\n",
    });
    const text = `openapi: 3.0.3\ninfo: { title: T, version: "1" }\npaths:\n  ${path}:\n${theirs}`;
    return write({ text }, policies);
  };

  it("gets an options that calls nothing next to it, because no policy allows OPTIONS", () => {
    const text = textOf(anyMethod("    x-amazon-apigateway-any-method: {}\n"));
    const { paths } = parse(text) as { paths: Record<string, Record<string, Json>> };
    const item = paths["/accounts/{accountId}"] ?? {};
    expect(item["x-amazon-apigateway-any-method"]?.["security"]).toEqual([{ portcullis_g1: [] }]);
    expect(item["options"]).toMatchObject({
      security: [],
      parameters: [{ name: "accountId", in: "path", required: true }],
      "x-amazon-apigateway-integration": { type: "mock", responses: { default: { statusCode: "204" } } },
    });
  });

  it("is guarded as one operation if all of its methods are in one group", () => {
    const text = textOf(anyMethod("    options: {}\n    x-amazon-apigateway-any-method: {}\n"));
    const { paths } = parse(text) as { paths: Record<string, Record<string, Json>> };
    const any = paths["/accounts/{accountId}"]?.["x-amazon-apigateway-any-method"];
    expect(any?.["security"]).toEqual([{ portcullis_g1: [] }]);
  });
});

describe("a document with an operation that is easy to miss", () => {
  const status = "  /status:\n    get:";
  const common =
    "x-common: &common\n  delete:\n    responses: {}\n    x-amazon-apigateway-integration: { type: mock }\n";
  const inStatus = (lines: string): string => TEXT.replace(status, `  /status:\n${lines}    get:`);
  const merged = (text: string): string => text.replace("paths:\n", `${common}paths:\n`);
  const policy = (statement: string): string =>
    `${TEXT}\nx-amazon-apigateway-policy:\n  Version: "2012-10-17"\n  Statement:\n    - ${statement}\n`;
  const allow = (resource: string, rest = ""): string =>
    policy(
      `{ Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: ${JSON.stringify(resource)}${rest} }`,
    );

  it.each<[title: string, text: string, problem: RegExp]>([
    [
      "by a merge key in a path item",
      merged(inStatus("    <<: *common\n")),
      /^openapi.yaml:8:3: error: DELETE \/status is not in the policy files/,
    ],
    [
      "by a merge key in paths",
      TEXT.replace("paths:\n", "x-all: &all\n  /hidden:\n    get: {}\npaths:\n  <<: *all\n"),
      /^openapi.yaml:9:5: error: GET \/hidden is not in the policy files/,
    ],
    [
      "by a merge key at the root",
      TEXT.replace("paths:\n", "x-all: &all\n  x-amazon-apigateway-policy: text\n<<: *all\npaths:\n"),
      /^openapi.yaml:8:3: error: x-amazon-apigateway-policy: expected a mapping with a Statement/,
    ],
    [
      "by a list of merged mappings",
      merged(inStatus("    <<: [*common, { put: {} }]\n")),
      /error: PUT \/status is not in the policy files/,
    ],
    [
      "by a merge key without a mapping",
      inStatus("    <<: text\n"),
      /^openapi.yaml:9:5: error: <<: expected a mapping, an alias of one, or a list of these \[invalid-syntax\]$/,
    ],
    [
      "in capital letters",
      inStatus("    DELETE: {}\n"),
      /^openapi.yaml:9:5: error: unknown key "DELETE" in a path: write delete \[unknown-key\]$/,
    ],
    [
      "as an any-method in capital letters",
      inStatus("    X-Amazon-Apigateway-Any-Method: {}\n"),
      /^openapi.yaml:9:5: error: unknown key "X-Amazon-Apigateway-Any-Method" in a path: write x-amazon/,
    ],
    [
      "with a method that API Gateway does not know",
      inStatus("    trace: {}\n"),
      /^openapi.yaml:9:5: error: API Gateway has no TRACE method: remove it \[unsupported-method\]$/,
    ],
    [
      "with an unknown method",
      inStatus("    query: {}\n"),
      /^openapi.yaml:9:5: error: unknown key "query" in a path; expected delete, get, /,
    ],
    [
      "by $ref of a path item",
      TEXT.replace("paths:\n", "paths:\n  /users: { $ref: paths/users.yaml }\n"),
      /^openapi.yaml:8:13: error: API Gateway does not import a path item by \$ref/,
    ],
    [
      "by $ref of an operation",
      TEXT.replace("operationId: listAccounts", '$ref: "#/x"'),
      /^openapi.yaml:15:7: error: GET \/accounts: API Gateway does not import an operation by \$ref/,
    ],
    [
      "under an alias of a path item",
      merged(TEXT.replace(/ {2}\/accounts:\n {4}get:\n/, "  /accounts: &accounts\n    get:\n")).replace(
        / {2}\/status:[\s\S]*?\n\n/,
        "  /status: *common\n\n",
      ),
      /^openapi.yaml:\d+:\d+: error: DELETE \/status is not in the policy files/,
    ],
    [
      "under a path without a slash",
      TEXT.replace("paths:\n", "paths:\n  status: {}\n"),
      /^openapi.yaml:8:3: error: unknown key "status" in paths: a path must start with \//,
    ],
    [
      "under a path that is not a mapping",
      TEXT.replace("paths:\n", "paths:\n  /new: [get]\n"),
      /^openapi.yaml:8:3: error: \/new: expected a mapping with operations such as get, found a list \[invalid-document\]$/,
    ],
    [
      "under a path with a slash at the end",
      TEXT.replace("paths:\n", "paths:\n  /status/:\n    options: {}\n"),
      /^openapi.yaml:10:3: error: \/status: API Gateway has one resource for it and for \/status\/ in line 8/,
    ],
    [
      "under a path with another parameter name",
      TEXT.replace("paths:\n", "paths:\n  /accounts/{id}:\n    options: {}\n"),
      /^openapi.yaml:\d+:3: error: \/accounts\/\{accountId\}: API Gateway has one resource for it and for \/accounts\/\{id\} in line 8/,
    ],
    [
      "under paths in capital letters",
      `${TEXT}\nPaths: {}\n`,
      /error: unknown key "Paths": write paths \[unknown-key\]$/,
    ],
    [
      "with an authorizer's setting in capital letters",
      TEXT.replace("operationId: listAccounts", "X-Amazon-Apigateway-Auth: { type: NONE }"),
      /^openapi.yaml:15:7: error: GET \/accounts: unknown key "X-Amazon-Apigateway-Auth": write x-amazon/,
    ],
    [
      "opened by a resource policy",
      allow("execute-api:/*"),
      /^openapi.yaml:\d+:7: error: x-amazon-apigateway-policy: this statement allows GET \/accounts, which Portcullis guards/,
    ],
    [
      "opened by a resource policy with a condition",
      allow("execute-api:/*", ", Condition: { StringEquals: { aws:SourceVpce: vpce-1 } }"),
      /error: x-amazon-apigateway-policy: this statement allows GET \/accounts,/,
    ],
    [
      "opened by a resource policy for one method",
      allow("arn:aws:execute-api:eu-west-1:1:abc/prod/POST/accounts/*"),
      /this statement allows POST \/accounts\/\{accountId\}\/entries,/,
    ],
    [
      "opened by a resource policy for a path in any stage, whose * matches slashes",
      allow("execute-api:/*/GET/status"),
      /this statement allows GET \/accounts\/\{accountId\}, .* and the stage instead of \*/,
    ],
    [
      "opened by a resource policy whose resource is a placeholder",
      allow("${api_arn}/*"),
      /this statement allows GET \/accounts,/,
    ],
    [
      "opened by a resource policy for all resources but one",
      policy('{ Effect: Allow, Principal: "*", Action: "*", NotResource: "execute-api:/*/GET/admin" }'),
      /this statement allows GET \/accounts,/,
    ],
  ])("%s is rejected", (_, text, problem) => {
    expect(problemsOf(text)).toContainEqual(expect.stringMatching(problem));
  });

  it("may have a resource policy that allows only routes without an authorizer, and denials", () => {
    for (const text of [
      allow("execute-api:/prod/GET/status"),
      allow("arn:aws:execute-api:eu-west-1:1:abc/${stage}/GET/status"),
      policy('{ Effect: Deny, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" }'),
      policy('{ Effect: Allow, Principal: { AWS: "123456789012" }, Action: "*", Resource: "*" }'),
    ])
      expect(problemsOf(text)).toEqual([]);
  });

  it("is guarded if the policy files have the merged operation", () => {
    const operation = '      x-amazon-apigateway-integration: { type: mock, uri: "${ledger_uri}" }\n';
    const text = TEXT.replace(/ {4}get:\n {6}operationId: listAccounts\n.*\n/, "    <<: *list\n").replace(
      "paths:\n",
      `x-list: &list # kept\n  get: &get\n    operationId: listAccounts\n${operation.slice(2)}paths:\n`,
    );
    expect(text).toContain("<<: *list");
    const written = textOf(write({ text }));
    const { paths, "x-list": list } = parse(written) as {
      paths: Record<string, Record<string, Json>>;
      "x-list": Json;
    };
    expect(paths["/accounts"]?.["get"]).toEqual({
      operationId: "listAccounts",
      "x-amazon-apigateway-integration": { type: "mock", uri: "${ledger_uri}" },
      security: [{ portcullis_g1: [] }],
    });
    expect(list["get"]).not.toHaveProperty("security");
    expect(written).not.toContain("<<");
    expect(written).toContain("# kept");
  });

  it("rejects merge keys that are circular or too many", () => {
    const bomb = Array.from(
      { length: 20 },
      (_, at) => `x-b${at + 1}: &b${at + 1}\n  x: { <<: *b${at} }\n  y: { <<: *b${at} }\n`,
    );
    expect(problemsOf(`x-b0: &b0 { z: 1 }\n${bomb.join("")}${TEXT}`)).toEqual([
      expect.stringMatching(/^openapi.yaml:\d+:8: error: <<: the file's merge keys are too many/),
    ]);
    expect(problemsOf(`x-a: &a\n  <<: *a\n${TEXT}`)).toEqual([
      expect.stringMatching(/^openapi.yaml:2:3: error: <</),
    ]);
    expect(problemsOf(`x-a: &a\n  b: { <<: { c: *a } }\n${TEXT}`)).toEqual([
      expect.stringMatching(/^openapi.yaml:2:8: error: <</),
    ]);
  });
});
