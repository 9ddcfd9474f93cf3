import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDocument } from "../../../cli/openapi/read-document.ts";
import { startingFolder } from "../../../core/policy-files/init/init.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-document-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = 'openapi: 3.0.3\ninfo: { title: T, version: "1" }\npaths:\n';

/** Writes files below `api` and reads `api/openapi.yaml`. */
async function read(files: Readonly<Record<string, string>>, name = "openapi.yaml") {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, "api", path)), { recursive: true });
    writeFileSync(join(folder, "api", path), text);
  }
  return readDocument(join(folder, "api", name));
}

async function problemsOf(files: Readonly<Record<string, string>>, name?: string): Promise<string[]> {
  const document = await read(files, name);
  if (!("problems" in document)) throw new Error("The document has no problem");
  return document.problems.map(({ file, line, column, message }) =>
    `${file}:${line}:${column}: ${message}`.replaceAll(`${folder}/`, ""),
  );
}

async function operationsOf(files: Readonly<Record<string, string>>): Promise<object> {
  const document = await read(files);
  if ("problems" in document) throw new Error(document.problems.map(({ message }) => message).join("\n"));
  const starting = startingFolder(document.value);
  if (typeof starting === "string") throw new Error(starting);
  return Object.fromEntries(
    starting.operations.map(({ key, path, permission, operationId, parameters }) => [
      `${key} ${path}`,
      [permission, operationId, ...parameters.map(({ name }) => name)],
    ]),
  );
}

describe("a document of several files", () => {
  it("has the operations, path items and parameters of all of them", async () => {
    const files = {
      "openapi.yaml": `${HEAD}  /a:\n    get: { $ref: "operations/list.yaml" }\n    post: { $ref: "operations/all.yaml#/create" }\n  /b/{id}: { $ref: "paths/b.json" }\n  /c/{id}: { $ref: "paths/b.json" }\n`,
      "operations/list.yaml":
        "operationId: list\ntags: [Things]\nparameters: [{ $ref: '../shared/page.yaml' }]\nresponses: { '200': { $ref: '../shared/loop.yaml' } }\n",
      "operations/all.yaml": "x-common: &c { tags: [Others] }\ncreate: { <<: *c, operationId: create }\n",
      "paths/b.json": JSON.stringify({
        parameters: [{ $ref: "#/x-local" }],
        "x-local": { name: "X-Local", in: "header", schema: { type: "string" } },
        get: { operationId: "b", example: { $ref: "https://not.a/reference" } },
      }),
      "shared/page.yaml": "name: page\nin: query\nrequired: true\nschema: { type: integer }\n",
      "shared/loop.yaml":
        "description: x\ncontent: { a/b: { schema: { properties: { next: { $ref: loop.yaml } } } } }\n",
    };
    expect(await operationsOf(files)).toEqual({
      "get /a": ["things.read", "list", "page"],
      "post /a": ["others.write", "create"],
      "get /b/{id}": ["b.read", "b", "X-Local"],
      "get /c/{id}": ["c.read", "b_2", "X-Local"],
    });
  });

  it.each<[string, Readonly<Record<string, string>>, string[]]>([
    [
      "a file that does not exist, at the line that names it",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "paths/a.yaml" }\n  /b: { $ref: paths/b.yaml#/x }\n` },
      [
        "api/openapi.yaml:4:15: $ref: the file api/paths/a.yaml does not exist",
        "api/openapi.yaml:5:15: $ref: the file api/paths/b.yaml does not exist",
      ],
    ],
    [
      "a file that another file names",
      {
        "openapi.yaml": `${HEAD}  /a: { $ref: "paths/a.yaml" }\n`,
        "paths/a.yaml": "get:\n  parameters:\n    - $ref: ../lost.yaml\n",
      },
      ["api/paths/a.yaml:3:13: $ref: the file api/lost.yaml does not exist"],
    ],
    [
      "a file that is not YAML, in that file",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "a.yaml" }\n`, "a.yaml": "get:\n  tags: [x\n" },
      ["api/a.yaml:3:1: the [ in line 2 has no closing ]"],
    ],
    [
      "a key that appears twice, in its file and with both lines",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "a.yaml" }\n`, "a.yaml": "get: {}\npost: {}\nget: {}\n" },
      ["api/a.yaml:3:1: the key get appears twice in the same mapping: keep one; the first is in line 1"],
    ],
    [
      "a part that the file does not have",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "a.yaml#/x/y" }\n`, "a.yaml": "z: {}\n" },
      ["api/openapi.yaml:4:15: $ref: a.yaml#/x/y: this part of the file does not exist"],
    ],
    [
      "a URL, with the command that bundles it",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "https://example.com/a.yaml" }\n` },
      [
        "api/openapi.yaml:4:15: $ref: https://example.com/a.yaml is a URL, and Portcullis uses no network here: put its content into the document first, for example with npx @redocly/cli bundle openapi.yaml --output bundled.yaml",
      ],
    ],
    [
      "a URL without a scheme",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "//example.com/a.yaml" }\n` },
      [expect.stringContaining("//example.com/a.yaml is a URL")],
    ],
    [
      "a file outside the folder",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "../secret.yaml" }\n`, "../secret.yaml": "get: {}\n" },
      [
        expect.stringMatching(
          /^api\/openapi.yaml:4:15: \$ref: secret.yaml is not below the document's folder/,
        ),
      ],
    ],
    [
      "a folder",
      { "openapi.yaml": `${HEAD}  /a: { $ref: "paths" }\n`, "paths/x.yaml": "" },
      ["api/openapi.yaml:4:15: $ref: api/paths is not a file"],
    ],
  ])("is rejected with %s", async (_, files, problems) => {
    expect(await problemsOf(files)).toEqual(problems);
  });

  it("cannot leave its folder by a symbolic link", async () => {
    mkdirSync(join(folder, "api"));
    writeFileSync(join(folder, "secret.yaml"), "get: {}\n");
    symlinkSync(join(folder, "secret.yaml"), join(folder, "api", "link.yaml"));
    expect(await problemsOf({ "openapi.yaml": `${HEAD}  /a: { $ref: "link.yaml" }\n` })).toEqual([
      expect.stringContaining("api/link.yaml is not below the document's folder"),
    ]);
  });
});

describe("a document of one file", () => {
  it.each([
    ["YAML", "openapi.yaml", `${HEAD}  /a: { get: {} }\n  /a: { post: {} }\n`, "5:3"],
    [
      "JSON",
      "openapi.json",
      '{ "openapi": "3.0.3",\n  "paths": {\n    "/a": { "get": {} },\n    "/a": { "post": {} } } }',
      "4:5",
    ],
  ])("is rejected with both lines of a path that appears twice: %s", async (_, name, text, at) => {
    const first = Number(at.split(":")[0]) - 1;
    expect(await problemsOf({ [name]: text }, name)).toEqual([
      `api/${name}:${at}: the key /a appears twice in the same mapping: keep one; the first is in line ${first}`,
    ]);
  });

  it("may have a path twice where it is not a path of the API", async () => {
    const text = '{ "openapi": "3.0.3", "paths": { "/a": { "get": {} } }, "x-other": { "/a": 1 } }';
    expect(await read({ "openapi.json": text }, "openapi.json")).toMatchObject({ value: JSON.parse(text) });
  });
});
