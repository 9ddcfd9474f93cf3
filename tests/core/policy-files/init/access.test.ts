import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkApiType } from "../../../../core/policy-files/compile/api-types.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../../core/policy-files/compile/compile.ts";
import { type StartingFolder, startingFolder } from "../../../../core/policy-files/init/init.ts";
import { groupNotes } from "../../../../core/policy-files/init/notes.ts";
import { loadPolicies } from "../../../../core/policy-files/model/policy-set.ts";
import { apiDefinition } from "../../../../core/policy-files/openapi/api-definition.ts";
import { patchDocument } from "../../../../core/policy-files/openapi/patch-document.ts";
import { isError, printProblem } from "../../../../core/policy-files/source/problem.ts";

type Json = Readonly<Record<string, unknown>>;

const SCHEMES = `
components:
  securitySchemes:
    key: { type: apiKey, name: X-Api-Key, in: header }
    iam: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }
    pool:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer: { type: cognito_user_pools, providerARNs: [arn] }
    half: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom }
    login: { type: oauth2, flows: {} }
    bearer: { type: http, scheme: bearer }
    cookie: { type: apiKey, name: session, in: cookie }
    portcullis_g1: { type: apiKey, name: Unused, in: header, x-amazon-apigateway-authtype: custom }
`;

const document = (operation: string, rest = ""): string =>
  `openapi: 3.0.3\ninfo: { title: T, version: "1" }\n${rest}paths:\n  /one: { get: { ${operation} } }\n  /other: { get: { security: [{ login: [] }] } }\n${SCHEMES}`;

function folderOf(text: string): StartingFolder {
  const folder = startingFolder(parse(text));
  if (typeof folder === "string") throw new Error(folder);
  return folder;
}

const errorsOf = ({ files }: StartingFolder): string[] =>
  loadPolicies(files, "dev").problems.filter(isError).map(printProblem);

/** Returns what `api.yaml` says of GET /one: who may call it, and the schemes that it keeps. */
function accessOf(text: string): unknown {
  const folder = folderOf(text);
  const api = parse(folder.files.get("api.yaml") ?? "") as {
    paths: Record<string, { get: Json }>;
    components?: { securitySchemes: Json };
  };
  const { security, "x-portcullis": settings } = api.paths["/one"]?.get ?? {};
  const { backend: _, ...access } = settings as Json;
  return { ...access, ...(security !== undefined && { security }) };
}

const GUARDED = { permission: "one.read" };
const undecided = (why: string) => ({ ...GUARDED, undecided: why });

describe("the security of an operation in a starting folder", () => {
  it.each<[string, string, unknown]>([
    ["IAM", "security: [{ iam: [] }]", { auth: "external", security: [{ iam: [] }] }],
    ["another authorizer", "security: [{ pool: [] }]", { auth: "external", security: [{ pool: [] }] }],
    [
      "another authorizer with an API key, as AWS SAM writes it",
      "security: [{ key: [] }, { pool: [] }]",
      { auth: "external", security: [{ pool: [] }, { key: [] }] },
    ],
    [
      "another authorizer with an API key in one requirement",
      "security: [{ key: [], iam: [] }]",
      { auth: "external", security: [{ iam: [] }, { key: [] }] },
    ],
    ["an API key", "security: [{ key: [] }]", { ...GUARDED, security: [{ key: [] }] }],
    ["a token with scopes", "security: [{ login: ['b:w', 'a:r'] }]", { ...GUARDED, scopes: ["a:r", "b:w"] }],
    ["two tokens, both needed", "security: [{ login: [a], bearer: [] }]", { ...GUARDED, scopes: ["a"] }],
    [
      "alternative scopes, of which the first were enough before",
      "security: [{ login: [a, b] }, { login: [c] }]",
      { ...GUARDED, scopes: ["a", "b"] },
    ],
    ["a token in a cookie, which Portcullis replaces", "security: [{ cookie: [] }]", GUARDED],
    ["Portcullis' own authorizer", "security: [{ portcullis_g1: [] }]", GUARDED],
    ["an empty list", "security: []", { public: true }],
    [
      "IAM by AWS' own key",
      "x-amazon-apigateway-auth: { type: AWS_IAM }",
      { auth: "external", security: [{ iam: [] }] },
    ],
    [
      "none by AWS' own key",
      "x-amazon-apigateway-auth: { type: NONE }",
      undecided("x-amazon-apigateway-auth is NONE"),
    ],
    ["nothing", "summary: x", undecided("the document has security, but none for this operation")],
    [
      "an optional token",
      "security: [{}, { login: [] }]",
      undecided("a token is optional in the document ({} in its security)"),
    ],
    [
      "two authorizers",
      "security: [{ iam: [] }, { pool: [] }]",
      undecided("a method has one authorizer, but its security has iam, pool"),
    ],
    [
      "an authorizer or a token",
      "security: [{ iam: [] }, { login: [] }]",
      undecided("a method has one authorizer, but its security has iam, login"),
    ],
    [
      "an incomplete authorizer",
      "security: [{ half: [] }]",
      undecided("its scheme half has no complete x-amazon-apigateway-authorizer"),
    ],
    ["an unknown scheme", "security: [{ lost: [] }]", undecided('there is no security scheme "lost"')],
    [
      "a scope that no token can have",
      "security: [{ login: ['a b'] }]",
      undecided('no token can have its scope "a b"'),
    ],
  ])("is kept, or undecided: %s", (_, operation, expected) => {
    expect(accessOf(document(operation))).toEqual(expected);
  });

  it("is the root's if the operation has none", () => {
    expect(accessOf(document("summary: x", "security: [{ login: [a] }]\n"))).toEqual({
      ...GUARDED,
      scopes: ["a"],
    });
    expect(accessOf(document("security: []", "security: [{ login: [a] }]\n"))).toEqual({ public: true });
  });

  it("is Portcullis' authorizer if the document says nothing about security", () => {
    const text = 'openapi: 3.0.3\ninfo: { title: T, version: "1" }\npaths: { /one: { get: {} } }\n';
    expect(accessOf(text)).toEqual(GUARDED);
    expect(errorsOf(folderOf(text))).toEqual([]);
  });

  it("fails check while it is undecided, and not once the key is removed", () => {
    const folder = folderOf(document("summary: x"));
    expect(errorsOf(folder)).toEqual([
      expect.stringMatching(
        /^api.yaml:\d+:\d+: error: GET \/one is undecided: the document has security, but none for this operation: remove undecided, and write a permission, public: true or auth: external \[undecided-route\]$/,
      ),
    ]);
    const decided = (folder.files.get("api.yaml") ?? "").replace(/, undecided: "?[^}"]*"?/, "");
    expect(errorsOf({ ...folder, files: new Map([...folder.files, ["api.yaml", decided]]) })).toEqual([]);
  });

  it("is listed, with the operations that it concerns", () => {
    const { notes } = folderOf(
      document("security: [{ iam: [] }, { key: [] }] }, post: { security: [] }, put: { summary: x"),
    );
    expect(groupNotes(notes).map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      "dropped components",
      "look at API key key (GET /one)",
      "look at auth: external, by iam (GET /one)",
      "look at public: true (POST /one)",
      "look at undecided: the document has security, but none for this operation (PUT /one)",
      "changed security scheme login (GET /other)",
    ]);
  });

  it("may leave no route for Portcullis", () => {
    const text = `openapi: 3.0.3\ninfo: { title: T, version: "1" }\npaths: { /one: { get: { security: [{ iam: [] }] } } }\n${SCHEMES}`;
    expect(errorsOf(folderOf(text))).toEqual([]);
  });
});

describe("two operations that API Gateway cannot distinguish", () => {
  const paths = (first: string, second: string): string =>
    `openapi: 3.0.3\ninfo: { title: T, version: "1" }\npaths:\n  "/v1/{name}": { post: { ${first} } }\n  "/v1/{resource}:setIamPolicy": { post: { ${second} } }\n${SCHEMES}`;

  it.each([
    ["permissions", "tags: [things]", "tags: [iam]", "things.write", "iam.write"],
    [
      "scopes",
      "security: [{ login: [a] }]",
      "security: [{ login: [b] }]",
      "v1.write with a",
      "v1.write with b",
    ],
    [
      "authorizers",
      "security: [{ login: [] }]",
      "security: [{ iam: [] }]",
      "v1.write",
      "auth: external, by iam",
    ],
    ["authorizers, one without", "security: [{ login: [] }]", "security: []", "v1.write", "public: true"],
  ])("are undecided if they have different %s", (_, first, second, opensFirst, opensSecond) => {
    const folder = folderOf(paths(first, second));
    expect(errorsOf(folder)).toEqual([
      expect.stringContaining(
        `POST /v1/{name} is undecided: API Gateway cannot distinguish its requests from those of POST /v1/{resource}:setIamPolicy (${opensSecond}), so what opens one (${opensFirst}) opens both`,
      ),
    ]);
  });

  it("are one operation if the same callers may use them", () => {
    const folder = folderOf(paths("tags: [things]", "tags: [things]"));
    expect(errorsOf(folder)).toEqual([]);
    expect(folder.operations).toHaveLength(1);
  });
});

describe("an API key in api.yaml", () => {
  const { files } = folderOf(
    document("security: [{ key: [] }] }, post: { security: [{ key: [] }, { iam: [] }]"),
  );
  const { policies } = loadPolicies(files, "dev");
  if (policies === undefined) throw new Error("The folder has errors");
  const definition = apiDefinition(
    policies.api,
    compilePolicies([policies], "token", DEFAULT_LAYOUT_OPTIONS).layouts.token ?? expect.fail("no layout"),
  ) as {
    paths: Record<string, Record<string, Json>>;
    components: { securitySchemes: Json };
  };

  it("is required next to the authorizer, Portcullis' own or another", () => {
    const { get, post, options } = definition.paths["/one"] ?? {};
    expect(get?.["security"]).toEqual([{ portcullis_g1: [] }, { key: [] }]);
    expect(post?.["security"]).toEqual([{ iam: [] }, { key: [] }]);
    expect(options?.["security"]).toEqual([]);
    expect(definition.components.securitySchemes["key"]).toEqual({
      type: "apiKey",
      name: "X-Api-Key",
      in: "header",
    });
  });

  it("is an error in an HTTP API, which has none", () => {
    const { api } =
      loadPolicies(folderOf(document("security: [{ key: [] }]")).files, "dev").policies ?? policies;
    expect(() => checkApiType([{ ...policies, api }], "http-simple")).toThrow(
      "Only a REST API can require API keys, as these routes do: GET /one. Remove their security",
    );
  });

  it("is the only scheme that an operation of Portcullis may name", () => {
    const api = (files.get("api.yaml") ?? "").replace(
      "security:\n        - key: []",
      "security:\n        - iam: []",
    );
    expect(api).not.toBe(files.get("api.yaml"));
    const { problems } = loadPolicies(new Map([...files, ["api.yaml", api]]), "dev");
    expect(problems.filter(isError).map(({ message }) => message)).toEqual([
      "GET /one: security: Portcullis writes the security of every operation: remove it",
    ]);
  });
});

describe("a table of method, path, kind of security and scopes", () => {
  const kinds: Readonly<Record<string, string>> = { key: "key", iam: "iam", pool: "pool", login: "token" };
  /** Returns the kinds of an operation's security; those of alternatives are one set, as API Gateway has it. */
  const kindsOf = (security: unknown, ours: string): string =>
    (security as readonly Json[])
      .flatMap((one) => Object.keys(one))
      .map((name) => (name.startsWith("portcullis_") ? ours : (kinds[name] ?? name)))
      .sort()
      .join("+");

  const text = `openapi: 3.0.3
info: { title: T, version: "1" }
security: [{ login: [r] }]
paths:
  /a:
    get: { x-amazon-apigateway-integration: { type: mock } }
    post: { security: [{ login: [w] }, { key: [] }] }
    put: { security: [{ iam: [] }] }
    delete: { security: [{ key: [] }, { pool: [] }] }
    patch: { security: [] }
  /b/{id}:
    x-amazon-apigateway-any-method: { security: [{ login: [w, r] }] }
    options: { security: [] }
${SCHEMES.replace(/ {4}portcullis_g1.*\n/, "")}`;

  it("is the same before init, after it, and in the document with our authorizers", () => {
    const { policies } = loadPolicies(folderOf(text).files, "dev");
    if (policies === undefined) throw new Error("The folder has errors");
    const layout = compilePolicies([policies], "token", DEFAULT_LAYOUT_OPTIONS).layouts.token;
    if (layout === undefined) throw new Error("There is no layout");
    const options = { file: "a.yaml", text, gatewayResponses: false, requestValidators: false };
    const patched = patchDocument(options, policies.api, layout, ({ line }) => `api.yaml:${line}`);
    if ("problems" in patched) throw new Error(patched.problems.map(printProblem).join("\n"));
    const root = parse(text) as { security: unknown; paths: Record<string, Record<string, Json>> };
    const after = parse(patched.text) as typeof root;
    const table = (document: typeof root, ours: string) =>
      Object.entries(document.paths).flatMap(([path, item]) =>
        Object.entries(item).map(([key, operation]) => [
          `${key} ${path}`,
          kindsOf(operation["security"] ?? root.security, ours),
        ]),
      );
    expect(table(after, "token")).toEqual(table(root, "token"));
    expect(policies.api.operations.map(({ route }) => `${route.key} ${route.scopes.join(" ")}`)).toEqual([
      "GET /a r",
      "POST /a w",
      "PUT /a ",
      "DELETE /a ",
      "PATCH /a ",
      ...["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map((method) => `${method} /b/{id} r w`),
    ]);
  });
});
