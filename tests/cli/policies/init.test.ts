import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { check } from "../../../cli/commands/policies/check.ts";
import { init } from "../../../cli/commands/policies/init.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { type StartingFolder, startingFolder } from "../../../core/policy-files/init/init.ts";
import { groupNotes } from "../../../core/policy-files/init/notes.ts";
import { jsonSchemas, schemaFor } from "../../../core/policy-files/model/json-schemas.ts";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { runPolicyTests } from "../../../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../../../core/policy-files/simulate/simulator.ts";
import githubApi from "../../exact/fixtures/github-api.json" with { type: "json" };
import { runVerb } from "../run-verb.ts";

type Document = Readonly<Record<string, unknown>>;

const document = (paths: Document, rest: Document = {}): Document => ({
  openapi: "3.0.3",
  info: { title: "Small", version: "1" },
  paths,
  ...rest,
});
const GET = { get: {} };
const IAM = {
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "awsSigv4",
};

/** Creates a folder and expects that it has no errors and that its policy tests pass. */
function createFolder(source: unknown): StartingFolder {
  const folder = startingFolder(source);
  if (typeof folder === "string") throw new Error(folder);
  const { policies, problems } = loadPolicies(folder.files, "dev");
  if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  const simulator = createSimulator(policies, compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS));
  const results = runPolicyTests(simulator, policies.policyTests);
  expect(results.length).toBeGreaterThan(0);
  expect(results.filter(({ met }) => !met)).toEqual([]);
  return folder;
}

const paths = ({ operations }: StartingFolder): string[] => operations.map(({ path }) => path);
const noteLines = ({ notes }: StartingFolder): string[] =>
  groupNotes(notes).map(({ kind, what, why }) => `${kind} ${what}: ${why}`);

describe("a starting folder", () => {
  const pets = document({
    "/pets": { get: { tags: ["Pets"], operationId: "listPets" }, post: { tags: ["Pets"] } },
    "/pets/{petId}": {
      get: { tags: ["Pets"] },
      head: { tags: ["Pets"] },
      delete: { tags: ["Pet administration"] },
    },
    "/api/v2/stores/{id}": { get: { summary: "One store" } },
    "/": { get: {} },
  });

  it("has a permission for each tag, or for the path of an operation without a tag", () => {
    expect(
      createFolder(pets).operations.map(({ key, path, permission }) => `${key} ${path} ${permission}`),
    ).toEqual([
      "get /pets pets.read",
      "post /pets pets.write",
      "get /pets/{petId} pets.read",
      "head /pets/{petId} pets.read",
      "delete /pets/{petId} pet-administration.write",
      "get /api/v2/stores/{id} stores.read",
      "get / root.read",
    ]);
  });

  it("has a reader, a writer, one plan, one tenant and tests, each with a valid reference to its schema", () => {
    const { files } = createFolder(pets);
    expect([...files.keys()]).toEqual([
      "api.yaml",
      "plans.yaml",
      "issuers.yaml",
      "roles/reader.yaml",
      "roles/writer.yaml",
      "tenants/example.yaml",
      "tests/access.yaml",
    ]);
    const ajv = new Ajv();
    const schemas = jsonSchemas();
    for (const [path, text] of files) {
      const name = schemaFor(path);
      if (name === undefined) throw new Error(`${path} has no schema`);
      expect(text).toMatch(/^# yaml-language-server: \$schema=/);
      expect(ajv.validate(schemas[name], parse(text))).toBe(true);
    }
    expect(parse(files.get("roles/writer.yaml") ?? "")).toMatchObject({
      extends: ["reader"],
      allow: ["pet-administration.write", "pets.write"],
    });
  });

  it("has only a writer for an API without reads, and only a reader for an API without writes", () => {
    expect([...createFolder(document({ "/a": { post: {} } })).files.keys()]).not.toContain(
      "roles/reader.yaml",
    );
    expect([...createFolder(document({ "/a": GET })).files.keys()]).not.toContain("roles/writer.yaml");
  });

  it("lists the binary media types of the document's content types, or those that the document lists", () => {
    const key = "x-amazon-apigateway-binary-media-types";
    const upload = (types: Document, rest: Document = {}) => {
      const post = {
        requestBody: { content: types },
        responses: { 200: { $ref: "#/components/responses/File" } },
      };
      const components = { responses: { File: { description: "x", content: { "application/pdf": {} } } } };
      const folder = createFolder(document({ "/files": { post } }, { components, ...rest }));
      const written = parse(folder.files.get("api.yaml") ?? "") as Document;
      return [written[key], noteLines(folder).filter((line) => line.includes(key))];
    };
    expect(upload({ "image/png": {}, "application/json": {} })).toEqual([
      ["application/pdf", "image/png"],
      [],
    ]);
    expect(upload({}, { [key]: ["font/*", "image~1png"] })).toEqual([
      ["font/*"],
      [
        `dropped ${key}: image~1png: API Gateway matches media types such as image/png, image/* and */*, without parameters`,
      ],
    ]);
    const bytes = { "*/*": { schema: { type: "string", format: "binary" } } };
    expect(upload(bytes)).toEqual([
      ["application/pdf"],
      [
        `look at bytes of any content type (POST /files): a REST API decodes them as text: list their media types in ${key} of api.yaml`,
      ],
    ]);
    expect(createFolder(pets).files.get("api.yaml")).not.toContain(key);
  });

  it("has tests whose callers have the scopes that the operations need", () => {
    const login = { type: "oauth2", flows: {} };
    const security = (...scopes: string[]) => ({ security: [{ login: scopes }] });
    const { files } = createFolder(
      document(
        { "/a": { get: security("a:read"), post: security("a:write", "a:read") }, "/b": { get: security() } },
        { components: { securitySchemes: { login } } },
      ),
    );
    const tests = parse(files.get("tests/access.yaml") ?? "") as { as: { scopes?: string[] } }[];
    expect(tests.map(({ as }) => as.scopes)).toEqual([
      ["a:read", "a:write"],
      ["a:read", "a:write"],
      undefined,
    ]);
  });

  it("can be created from GitHub's whole API", () => {
    const githubPaths = Object.entries(githubApi.paths as Record<string, Record<string, string>>).map(
      ([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, tag]) => [method.toLowerCase(), { tags: [tag] }]),
        ),
      ],
    );
    const folder = createFolder(document(Object.fromEntries(githubPaths) as Document));
    expect(folder.operations.length).toBe(
      Object.values(githubApi.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0),
    );
    expect(noteLines(folder)).toEqual([
      expect.stringMatching(/^look at \d+ resources: an API can have 300 by default/),
    ]);
  });
});

describe("a path that API Gateway cannot import", () => {
  it.each<[string, string[], string[], ...string[]]>([
    [
      "slash at the end",
      ["/a/"],
      ["/a"],
      "renamed /a/: API Gateway allows no empty segment and no slash at the end, so it is /a now; the backend is called as before",
    ],
    [
      "empty segment",
      ["/a//b"],
      ["/a/b"],
      "renamed /a//b: API Gateway allows no empty segment and no slash at the end, so it is /a/b now; the backend is called as before",
    ],
    [
      "query",
      ["/a?b=c"],
      ["/a"],
      "renamed /a?b=c: a path cannot have a query or a fragment, so they are removed",
    ],
    [
      "fragment",
      ["/a#b"],
      ["/a"],
      "renamed /a#b: a path cannot have a query or a fragment, so they are removed",
    ],
    [
      "missing slash",
      ["a/b"],
      ["/a/b"],
      "renamed a/b: API Gateway allows no empty segment and no slash at the end, so it is /a/b now; the backend is called as before",
    ],
    [
      "part of a segment",
      ["/compare/{base}...{head}"],
      ["/compare/{base_head}"],
      "renamed /compare/{base}...{head}: a parameter must be a whole segment in API Gateway, so {base_head} replaces {base}...{head}",
    ],
    [
      "ending",
      ["/files/{id}.json"],
      ["/files/{id}"],
      "renamed /files/{id}.json: a parameter must be a whole segment in API Gateway, so {id} replaces {id}.json",
    ],
    [
      "bad character",
      ["/users/@me"],
      ["/users/{me}"],
      'renamed /users/@me: API Gateway allows only letters, digits and _ . , : - in a segment, so {me} replaces "@me" and matches any other value too',
    ],
    [
      "unbalanced brace",
      ["/a/{b"],
      ["/a/{b}"],
      'renamed /a/{b: API Gateway allows only letters, digits and _ . , : - in a segment, so {b} replaces "{b" and matches any other value too',
    ],
    [
      "parameter's name",
      ["/a/{user id}"],
      ["/a/{user_id}"],
      "renamed /a/{user id}: API Gateway allows only letters, digits and _ . - in a parameter's name, so {user id} is {user_id} now",
    ],
    [
      "parameter without a name",
      ["/a/{}"],
      ["/a/{value}"],
      "renamed /a/{}: API Gateway allows only letters, digits and _ . - in a parameter's name, so {} is {value} now",
    ],
    [
      "two names at one position",
      ["/a/{id}", "/a/{key}/b", "/a/{key}/c"],
      ["/a/{key}", "/a/{key}/b", "/a/{key}/c"],
      "renamed /a/{id}: a parameter has one name at a position, so {id} is {key} now",
    ],
    [
      "one name twice",
      ["/a/{id}/b/{id}"],
      ["/a/{id}/b/{id_2}"],
      "renamed /a/{id}/b/{id}: a parameter has one name at a position, so {id} is {id_2} now",
    ],
    [
      "regular expression of a parameter",
      ["/pages/{id:[0-9]+}", "/pages/latest"],
      ["/pages/{id}", "/pages/latest"],
      "renamed /pages/{id:[0-9]+}: API Gateway does not check the regular expression of {id:[0-9]+}, so {id} matches any one segment",
    ],
    [
      "regular expression with braces, a slash and a question mark",
      ["/a/{id : [a-z/?]{2,3}}/b/"],
      ["/a/{id}/b"],
      "renamed /a/{id : [a-z/?]{2,3}}/b/: API Gateway allows no empty segment and no slash at the end, so it is /a/{id : [a-z/?]{2,3}}/b now; the backend is called as before",
      "renamed /a/{id : [a-z/?]{2,3}}/b/: API Gateway does not check the regular expression of {id : [a-z/?]{2,3}}, so {id} matches any one segment",
    ],
    [
      "regular expression that matches everything",
      ["/a/{path:.*}"],
      ["/a/{path+}"],
      "renamed /a/{path:.*}: API Gateway does not check the regular expression of {path:.*}, so {path+} matches any rest",
    ],
    [
      "part of a segment with a regular expression",
      ["/a/{x:[0-9]{2}}-{y}"],
      ["/a/{x_y}"],
      "renamed /a/{x:[0-9]{2}}-{y}: a parameter must be a whole segment in API Gateway, so {x_y} replaces {x:[0-9]{2}}-{y}",
    ],
    [
      "custom method",
      ["/jobs/{id}:cancel"],
      ["/jobs/{id}"],
      "renamed /jobs/{id}:cancel: a parameter must be a whole segment in API Gateway, so {id} replaces {id}:cancel",
    ],
    [
      "rest in the middle",
      ["/a/{path+}/b"],
      ["/a/{path}/b"],
      "renamed /a/{path+}/b: a greedy parameter must be the last segment, so {path} matches one segment only",
    ],
    [
      "reserved expansion",
      ["/a/{+path}"],
      ["/a/{path+}"],
      "renamed /a/{+path}: API Gateway allows only letters, digits and _ . - in a parameter's name, so {+path} is {path} now",
    ],
  ])("is renamed: %s", (_, sources, expected, ...notes) => {
    const folder = createFolder(document(Object.fromEntries(sources.map((path) => [path, GET]))));
    expect(paths(folder)).toEqual(expected);
    expect(noteLines(folder)).toEqual(notes);
  });

  it("keeps a parameter's name that API Gateway accepts, and a literal custom method", () => {
    const kept = ["/a/{_id}", "/b/{2fa}", "/c/{x.y-z_}", "/d/{_}", "/jobs:batchCancel"];
    const folder = createFolder(document(Object.fromEntries(kept.map((path) => [path, GET]))));
    expect(paths(folder)).toEqual(kept);
    expect(noteLines(folder)).toEqual([]);
  });

  it("is dropped if another path has the same form", () => {
    const folder = createFolder(
      document({ "/a/{id}": { get: {}, put: {} }, "/a/{id}.json": { get: {}, post: {} } }),
    );
    expect(folder.operations.map(({ key, path }) => `${key} ${path}`)).toEqual([
      "get /a/{id}",
      "put /a/{id}",
      "post /a/{id}",
    ]);
    expect(noteLines(folder)).toContain(
      "dropped GET /a/{id}.json: it has the same route as /a/{id}, which handles its requests",
    );
  });

  it("is dropped if it has a greedy parameter next to another parameter", () => {
    const folder = createFolder(document({ "/a/{proxy+}": GET, "/a/{id}": GET, "/b/{proxy+}": GET }));
    expect(paths(folder)).toEqual(["/a/{id}", "/b/{proxy+}"]);
    expect(noteLines(folder)).toEqual([
      "dropped /a/{proxy+}: /a/{id} has a parameter at the position of this path's greedy parameter, and API Gateway allows only one of them",
    ]);
  });

  it("is dropped if it is too long for a policy", () => {
    const folder = createFolder(document({ [`/${"a/".repeat(220)}b`]: GET, "/b": GET }));
    expect(paths(folder)).toEqual(["/b"]);
  });

  it("prefers a parameter name of the document to a generated one", () => {
    const folder = createFolder(document({ "/a/@me": GET, "/a/@you": GET, "/a/{id}/b": GET }));
    expect(paths(folder)).toEqual(["/a/{id}", "/a/{id}/b"]);
  });
});

describe("the other parts that API Gateway cannot import", () => {
  it("are listed with the reason: at the root", () => {
    const folder = createFolder(
      document(
        { "/a": GET },
        {
          jsonSchemaDialect: "x",
          webhooks: {},
          security: [{ key: [] }],
          servers: [{ url: "https://api.example.com/v1/" }, { url: "/" }],
          components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
        },
      ),
    );
    expect(noteLines(folder)).toEqual([
      "dropped webhooks: they belong to OpenAPI 3.1, and are not routes of this API",
      "dropped jsonSchemaDialect: it belongs to OpenAPI 3.1",
      "dropped components: parameters are written where they are used; schemas stay in your own document",
      "changed security scheme key (GET /a): Portcullis' authorizer verifies the token in its place; scopes are in scopes of x-portcullis",
      "changed server https://api.example.com/v1: it is the backend backend: its URL belongs to the environment, and needs /v1 at its end",
      "dropped server /: a backend has one URL in each environment, and the document's first server is the backend",
    ]);
  });

  it("are listed with the reason: in operations", () => {
    const folder = createFolder(
      document(
        {
          "/a": {
            get: { security: [], responses: { 200: { links: { next: {} } } }, operationId: "same" },
            post: {
              security: [{ key: [] }],
              callbacks: {},
              requestBody: {},
              servers: [],
              operationId: "same",
            },
            trace: {},
            options: {},
          },
          "/ping": { get: { security: [] } },
        },
        { components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } } },
      ),
    );
    expect(folder.operations).toHaveLength(3);
    expect(noteLines(folder)).toEqual([
      expect.stringMatching(/^dropped callbacks of 1 operation: /),
      expect.stringMatching(/^dropped requestBody of 1 operation: /),
      expect.stringMatching(/^dropped responses of 1 operation: /),
      "dropped links of 1 operation: API Gateway ignores them",
      expect.stringMatching(/^dropped components: /),
      "dropped TRACE /a: API Gateway has no TRACE method, only GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
      "dropped OPTIONS /a: Portcullis answers preflight requests itself, without a token",
      "look at public: true (GET /a, GET /ping): the document says security: [], so no token is needed",
      "changed security scheme key (POST /a): Portcullis' authorizer verifies the token in its place; scopes are in scopes of x-portcullis",
      "renamed POST /a: the operationId same appears twice, so this one is same_2",
      "look at /ping: API Gateway itself answers this path on a custom domain without a base path",
    ]);
  });

  it("are listed with the reason: in parameters, also behind a $ref", () => {
    const folder = createFolder(
      document(
        {
          "/a/{id}": {
            parameters: [{ $ref: "#/components/parameters/Page" }, { name: "id", in: "path" }],
            get: {
              parameters: [
                { name: "page", in: "query", required: true, schema: { $ref: "#/components/schemas/Page" } },
                { name: "filter[name]", in: "query", schema: { type: "string" } },
                { name: "session", in: "cookie" },
                { name: "Authorization", in: "header" },
                { name: "X-Trace", in: "header", schema: { type: ["string", "null"] } },
                { name: "tags", in: "query", schema: { type: "array", items: { $ref: "#/x" } } },
                { $ref: "other.yaml#/page" },
                { $ref: "#/components/parameters/Loop" },
              ],
            },
          },
        },
        {
          components: {
            parameters: {
              Page: { name: "page", in: "query" },
              Loop: { $ref: "#/components/parameters/Loop" },
            },
            schemas: { Page: { type: "integer", maximum: 10 } },
          },
        },
      ),
    );
    expect(folder.operations[0]?.parameters).toEqual([
      { name: "page", in: "query", required: true, schema: { type: "integer" } },
      { name: "X-Trace", in: "header", schema: { type: "string", nullable: true } },
      { name: "tags", in: "query", schema: { type: "array", items: { type: "string" } } },
    ]);
    expect(noteLines(folder).slice(1)).toEqual([
      "dropped parameter filter[name] of GET /a/{id}: API Gateway allows only letters, digits and : . _ $ - in a parameter's name; it forwards this one unchecked",
      "dropped parameter session of GET /a/{id}: API Gateway has parameters in path, query and header, but not in cookie",
      "dropped parameter Authorization of GET /a/{id}: OpenAPI does not describe this header as a parameter",
      "changed parameter X-Trace of GET /a/{id}: a list of types belongs to OpenAPI 3.1, so it is string, nullable now",
      "dropped a parameter of GET /a/{id}: it is a $ref that cannot be resolved in this file",
    ]);
  });

  it("may be a path by $ref, which is put in its place", () => {
    const folder = createFolder(
      document({ "/a": GET, "/b": { $ref: "#/paths/~1a" }, "/c": { $ref: "other.yaml" } }),
    );
    expect(paths(folder)).toEqual(["/a", "/b"]);
    expect(noteLines(folder)).toEqual([
      "changed /b: API Gateway imports no path item by $ref, so its operations are written here",
      "dropped /c: it is a $ref that cannot be resolved in this file: write its operations here",
    ]);
  });
});

describe("npx portcullis init", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-init-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const out = (): string => join(folder, "policies");
  const run = (source: string, ...args: string[]) =>
    runVerb(init, "--openapi", source, "--out", out(), ...args);

  it("writes the folder and the schemas for editors, from YAML and from JSON", async () => {
    const source = document({ "/a/": GET });
    expect(await run(write("api.yaml", stringify(source)))).toMatchObject({
      status: 0,
      stdout: [
        "renamed  /a/: API Gateway allows no empty segment and no slash at the end, so it is /a now; the backend is called as before",
        "",
        `${out()}: 1 route with 1 permission, in 13 files`,
        `Next: npx portcullis check --policies ${out()}, then npx portcullis test --policies ${out()}, then npx portcullis start --policies ${out()} --backend backend=http://localhost:8080`,
        "",
      ].join("\n"),
    });
    expect(existsSync(join(out(), "schema/api.schema.json"))).toBe(true);
    rmSync(out(), { recursive: true });
    const { stdout } = await run(write("api.json", JSON.stringify(source)), "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({ routes: 1, notes: [{ kind: "renamed", what: "/a/" }] });
  });

  it("writes undecided routes, counts them, and check fails until they are decided", async () => {
    const schemes = { securitySchemes: { iam: IAM } };
    const source = document(
      { "/a": { get: { security: [{ iam: [] }] } }, "/b": GET },
      { components: schemes },
    );
    const { status, stdout } = await run(write("api.yaml", stringify(source)));
    expect(status).toBe(0);
    expect(stdout).toContain(
      `1 route is undecided, so check fails: remove undecided in ${out()}/api.yaml, and write a permission, public: true or auth: external\n`,
    );
    expect(await runVerb(check, "--policies", out())).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("GET /b is undecided"),
    });
  });

  it("keeps ${…} of texts, merge keys and an unquoted version", async () => {
    const text = `openapi: 3.0
info: { title: "consent-\${env_name}", version: "1" }
x-common: &common { tags: [Reports], parameters: [{ name: "a$b", in: query, required: true, schema: { type: string } }] }
paths:
  /a/{id}:
    get: { <<: *common, operationId: "get\${x}", summary: "Costs \${amount} or %{if true}, \\"quoted\\" \\\\ back" }
`;
    expect(await run(write("api.yaml", text))).toMatchObject({ status: 0 });
    expect(parse(readFileSync(join(out(), "api.yaml"), "utf8"))).toMatchObject({
      openapi: "3.0.3",
      info: { title: "consent-${env_name}" },
      paths: {
        "/a/{id}": {
          get: {
            operationId: "get${x}",
            summary: 'Costs ${amount} or %{if true}, "quoted" \\ back',
            parameters: [{ name: "a$b", in: "query", required: true }],
            "x-portcullis": { backend: "backend", permission: "reports.read" },
          },
        },
      },
    });
  });

  it("prints a backend for each server, with the path that its URL needs", async () => {
    const servers = (url: string) => ({ servers: [{ url }] });
    const source = document(
      {
        "/a": GET,
        "/b": { get: servers("https://up.example.com/x y/") },
        "/c": { ...GET, ...servers("https://api.example.com/v3") },
        "/d": { ...GET, ...servers("https://up.example.com") },
        "/e": { ...GET, ...servers("https://up.example.com:8443/z") },
        "/f": { ...GET, ...servers("https://1.example.com") },
      },
      servers("https://api.example.com/v2/"),
    );
    const { stdout } = await run(write("api.yaml", stringify(source)));
    expect(stdout).toContain(
      "--backend backend=http://localhost:8080/v2 --backend 'up=http://localhost:8081/x y' --backend api=http://localhost:8082/v3 --backend up-example-com=http://localhost:8083 --backend up-z=http://localhost:8084/z --backend backend-2=http://localhost:8085\n",
    );
    expect(await runVerb(check, "--policies", out())).toMatchObject({ status: 0 });
  });

  it("prints notes of one kind as one line with a count, and each of them as JSON", async () => {
    const paths = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `/things${at}/`,
        { get: { parameters: [{ in: "cookie", name: "c" }] } },
      ]),
    );
    writeFileSync(join(folder, "many.json"), JSON.stringify(document(paths)));
    const source = join(folder, "many.json");
    const { stdout } = await runVerb(init, "--openapi", source, "--out", join(folder, "many"));
    expect(stdout.split("\n").filter((line) => line.startsWith("renamed"))).toEqual([
      "renamed  /things0/: API Gateway allows no empty segment and no slash at the end, so it is /things0 now; the backend is called as before (and 19 more)",
    ]);
    expect(stdout).toContain(
      "dropped  parameter c of GET /things0/, parameter c of GET /things1/, parameter c of GET /things2/ and 17 more: API Gateway has parameters",
    );
    const each = await runVerb(init, "--openapi", source, "--out", join(folder, "each"), "--format", "json");
    const { notes } = JSON.parse(each.stdout) as { notes: { what: string }[] };
    expect(notes).toContainEqual({
      kind: "dropped",
      what: "parameter c of GET /things19/",
      why: expect.stringContaining("API Gateway has parameters"),
    });
    expect(notes.filter(({ what }) => what.startsWith("/things"))).toHaveLength(20);
  });

  it("never overwrites a file", async () => {
    const source = write("api.yaml", stringify(document({ "/a": GET })));
    await run(source);
    writeFileSync(join(out(), "api.yaml"), "mine\n");
    expect(await run(source)).toMatchObject({
      status: 1,
      stderr: `${out()} already has api.yaml, plans.yaml, issuers.yaml, …, and no file is overwritten: name another folder with --out\n`,
    });
    expect(readFileSync(join(out(), "api.yaml"), "utf8")).toBe("mine\n");
  });

  it.each([
    ["swagger: '1.2'\npaths: {}\n", 'expected 3.0 or 3.1, or swagger: "2.0", found nothing'],
    ["openapi: 4.0.0\npaths: {}\n", "found 4.0.0"],
    ["hello\n", "this is not an OpenAPI document: expected openapi, info and paths"],
    ["openapi: 3.0.0\n", "paths: expected a mapping of paths, so that there are routes"],
    [
      "openapi: 3.0.0\npaths: { /a: { options: {} } }\n",
      "the document has no operation that API Gateway can import",
    ],
    ["a: [\n", "error: the [ in line 1 has no closing ]"],
  ])("rejects %j with the reason, and writes nothing", async (text, message) => {
    const { status, stderr } = await run(write("api.yaml", text));
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(out())).toBe(false);
  });

  it("requires a file that exists", async () => {
    await expect(runVerb(init)).rejects.toThrow(UsageError);
    await expect(runVerb(init, "--openapi", "no-such-file")).rejects.toThrow(
      "--openapi: there is no file no-such-file",
    );
  });
});
