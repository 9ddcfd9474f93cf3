import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { writePatchedDocument } from "../../../cli/shared/patch-document.ts";
import { buildOf } from "../../support/compiled.ts";
import { BASE, policiesOf } from "../../support/policy-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-into-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

const API = `openapi: 3.0.3
info: { title: T, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /users: { get: { x-portcullis: { backend: docs, permission: users.read } } }
  /people: { get: { x-portcullis: { backend: docs, permission: users.read } } }
  /users/{id}:
    get: { x-portcullis: { backend: docs, permission: users.read } }
    put: { x-portcullis: { backend: docs, permission: users.write } }
`;
const FILES = {
  "openapi.yaml": `openapi: 3.0.3
info: { title: T, version: "1" }
paths:
  /users: { $ref: "paths/users.yaml" }
  /people: { $ref: "paths/users.yaml" }
  /users/{id}:
    get: { $ref: "paths/user.yaml#/read" }
    put: { $ref: "paths/user.yaml#/write" }
`,
  "paths/users.yaml": `get:
  description: "on"
  responses: { "200": { $ref: "../ok.yaml" } }
  x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "\${users}" }
`,
  "paths/user.yaml": `read:
  responses: { "200": { $ref: "../ok.yaml" } }
  x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "\${users}" }
write:
  responses: { "200": { $ref: "../ok.yaml" } }
  x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "\${users}" }
`,
  "ok.yaml": "description: ok\n",
};

async function into(files: Readonly<Record<string, string>>, name = "openapi.yaml") {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const printed: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  const policies = policiesOf({ ...BASE, "api.yaml": API, "roles/viewer.yaml": "allow: [users.*]\n" });
  const flags = { into: join(folder, name), "gateway-responses": false, "request-validators": false };
  const patch = await writePatchedDocument(
    { ...flags, policies: "policies" },
    policies,
    buildOf(policies, "route").compiled,
  );
  const lines = printed.join("").replaceAll(`${folder}/`, "").split("\n").slice(0, -2);
  return { patch: typeof patch === "object" ? patch : undefined, lines };
}

describe("build --into of a document of several files", () => {
  it.each(["openapi.yaml", "openapi.json"])("guards the operations of all of them: %s", async (name) => {
    const root = name.endsWith("json") ? JSON.stringify(parse(FILES["openapi.yaml"])) : FILES["openapi.yaml"];
    const { "openapi.yaml": _, ...others } = FILES;
    const { patch, lines } = await into({ ...others, [name]: root }, name);
    expect(lines).toEqual([]);
    const { paths } = parse((patch?.text ?? "").replace(/: (\$\{portcullis_authorizer_ttl\})/, ': "$1"')) as {
      paths: Record<string, Record<string, object>>;
    };
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([key, operation]) => [`${key} ${path}`, operation] as const),
    );
    expect(operations.map(([place]) => place)).toEqual([
      "get /users",
      "get /people",
      "get /users/{id}",
      "put /users/{id}",
    ]);
    for (const [, operation] of operations)
      expect(operation).toMatchObject({
        security: [{ portcullis_all: [] }],
        responses: { "200": { description: "ok" } },
        "x-amazon-apigateway-integration": { type: "aws_proxy", uri: "${users}" },
      });
    expect(operations[0]?.[1]).toMatchObject({ description: "on" });
    expect(patch?.text).not.toContain("$ref");
    expect(patch?.text).not.toMatch(/: on$/m);
    expect([...(patch?.files.keys() ?? [])]).toEqual(["ok.yaml", "paths/user.yaml", "paths/users.yaml"]);
  });

  it("names the line of the file that holds a mistake", async () => {
    const write = FILES["paths/user.yaml"].replace("write:\n", "write:\n  security: [{ own: [] }]\n");
    const { patch, lines } = await into({
      ...FILES,
      "paths/user.yaml": write,
      "paths/users.yaml": `${FILES["paths/users.yaml"]}trace: {}\n`,
    });
    expect(patch).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(/^paths\/user\.yaml:5:3: error: PUT \/users\/\{id\} has security of its own/),
      expect.stringMatching(/^paths\/users\.yaml:5:1: error: API Gateway has no TRACE method/),
    ]);
  });

  it.each([
    [
      '"missing.yaml"',
      /^openapi\.yaml:4:19: error: \$ref: the file \S*missing\.yaml does not exist \[unresolved-ref\]$/,
    ],
    ['"../outside.yaml"', /^openapi\.yaml:4:19: error: \$ref: /],
    ['"https://example.com/a.yaml"', /^openapi\.yaml:4:19: error: .* is a URL, .* npx @redocly\/cli bundle/],
  ])("rejects a reference to %s with its line", async (ref, problem) => {
    const root = FILES["openapi.yaml"].replace('"paths/users.yaml"', ref);
    const { patch, lines } = await into({ ...FILES, "openapi.yaml": root });
    expect(patch).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(problem)]);
  });

  it("keeps a document without other files as it is, with comments", async () => {
    const text = `# A comment
openapi: 3.0.3
info: { title: T, version: "1" }
paths:
  /users: { get: &get { x-amazon-apigateway-integration: { type: mock } } }
  /people: { get: *get }
  /users/{id}: { get: *get, put: *get }
`;
    const { lines } = await into({ "openapi.yaml": text });
    expect(lines[0]).toContain("not a YAML alias");
    const { patch } = await into({
      "openapi.yaml": text
        .replace("&get ", "")
        .replaceAll("*get", "{ x-amazon-apigateway-integration: { type: mock } }"),
    });
    expect(patch?.text).toContain("# A comment");
    expect(patch?.files.size).toBe(0);
  });
});
