import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LanguageServer, startLanguageServer } from "./language-server.ts";

let server: LanguageServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-editor-"));
  cpSync("policies", folder, { recursive: true });
  server = startLanguageServer();
  await server.request("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { completion: {}, hover: {}, publishDiagnostics: {} } },
  });
  server.notify("initialized", {});
  server.notify("workspace/didChangeConfiguration", {
    settings: { yaml: { validate: true, completion: true, hover: true, schemaStore: { enable: false } } },
  });
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

let version = 0;

/** Opens a file of the sample with a text that has a cursor, `|`, at one place. */
function open(path: string, text: string): { uri: string; at: object } {
  version += 1;
  const uri = pathToFileURL(join(folder, path.replace(/\.yaml$/, `-${version}.yaml`))).href;
  const [before = "", after = ""] = text.split("|");
  const [comment = ""] = readFileSync(join(folder, path), "utf8").split("\n", 1);
  server.notify("textDocument/didOpen", {
    textDocument: { uri, languageId: "yaml", version: 1, text: `${comment}\n${before}${after}` },
  });
  const lines = before.split("\n");
  return {
    uri,
    at: {
      textDocument: { uri },
      position: { line: lines.length, character: lines.at(-1)?.length ?? 0 },
    },
  };
}

async function completions(path: string, text: string): Promise<string[]> {
  const result = (await server.request("textDocument/completion", open(path, text).at)) as {
    items: { label: string }[];
  };
  return result.items.map(({ label }) => label);
}

describe("an editor with yaml-language-server", () => {
  it("completes keys", async () => {
    expect(await completions("roles/editor.yaml", "al|")).toEqual(expect.arrayContaining(["allow"]));
    expect(await completions("tenants/globex.yaml", "|")).toEqual(
      expect.arrayContaining(["plan", "status", "issuers", "changes"]),
    );
  });

  it.each<[string, string, string, string[]]>([
    [
      "permissions and routes",
      "roles/editor.yaml",
      "allow:\n  - |",
      ["documents.read", "documents.*", "GET /documents"],
    ],
    ["roles that a role extends", "roles/editor.yaml", "extends:\n  - |", ["viewer", "admin"]],
    ["roles that a tenant changes", "tenants/globex.yaml", "changes:\n  |", ["editor", "viewer"]],
    ["plans", "tenants/globex.yaml", "plan: |", ["team", "free", "enterprise"]],
    ["issuers", "tenants/globex.yaml", "issuers:\n  - |", ["main", "acme-okta"]],
    ["requests of policy tests", "tests/access.yaml", "- can:\n    - |", ["PATCH /users/{userId}"]],
  ])("completes %s of the folder", async (_, path, text, names) => {
    expect(await completions(path, text)).toEqual(expect.arrayContaining(names));
  });

  it("explains a key", async () => {
    const { at } = open("tenants/globex.yaml", "nev|er: [documents.purge]\n");
    expect(JSON.stringify(await server.request("textDocument/hover", at))).toContain(
      "Routes that no role grants in this tenant, not even its own roles.",
    );
  });

  it("reports a wrong key at its line, and no name that is newer than the schemas", async () => {
    const { uri } = open("roles/editor.yaml", "allow: [newer.permission]\nexept: [documents.read]|\n");
    const { diagnostics } = await server.notified<{
      uri: string;
      diagnostics: { message: string; range: { start: { line: number } } }[];
    }>("textDocument/publishDiagnostics", (params) => params.uri === uri);
    expect(diagnostics.map(({ message, range }) => [range.start.line, message])).toEqual([
      [2, "Property exept is not allowed."],
    ]);
  });
});
