import { describe, expect, it } from "vitest";
import { grantsOfRole, itemOf, itemsWith, loadWith, problemLines } from "../../../support/policy-files.ts";

describe("a role that extends others", () => {
  it("grants what they grant, over several generations and each route once", () => {
    const files = {
      "roles/a.yaml": "allow: [documents.read]\n",
      "roles/b.yaml": "extends: [a]\nallow: [documents.search]\n",
      "roles/c.yaml": "extends: [a]\nallow: [users.read]\n",
    };
    expect(grantsOfRole("extends: [b, c]\nallow: [documents.read]\n", files)).toEqual([
      "GET /documents",
      "GET /documents/search",
      "GET /documents/{documentId}",
      "GET /users/{userId}",
    ]);
  });

  it("grants nothing that a parent excepts, even if it allows it itself", () => {
    const files = { "roles/a.yaml": "allow: [documents.*]\nexcept: [documents.create]\n" };
    expect(grantsOfRole("extends: [a]\nallow: [POST /documents, users.read]\n", files)).toEqual([
      "GET /documents",
      "GET /documents/search",
      "GET /documents/{documentId}",
      "GET /users/{userId}",
      "PUT /documents/{documentId}",
    ]);
  });

  it("grants nothing of a parent's that it excepts, and does not change the parent", () => {
    const items = itemsWith({
      "roles/a.yaml": "allow: [documents.read]\n",
      "roles/b.yaml": "extends: [a]\nexcept: [GET /documents]\n",
    });
    expect(itemOf(items, "ROLE#a")["grants"]).toEqual(["GET /documents", "GET /documents/{documentId}"]);
    expect(itemOf(items, "ROLE#b")["grants"]).toEqual(["GET /documents/{documentId}"]);
  });

  it("may be named constructor or toString like any other", () => {
    const files = {
      "roles/constructor.yaml": "allow: [users.read]\n",
      "roles/toString.yaml": "allow: [files.read]\n",
    };
    expect(grantsOfRole("extends: [constructor, toString]\n", files)).toEqual([
      "GET /files/{proxy+}",
      "GET /users/{userId}",
    ]);
  });

  it("must name roles that exist, and gets a suggestion for a misspelt one", () => {
    expect(problemLines(loadWith({ "roles/editor.yaml": "extends: [viwer, nobody]\n" }))).toEqual([
      'roles/editor.yaml:1:11: extends: there is no role "viwer"; did you mean "viewer"?',
      'roles/editor.yaml:1:18: extends: there is no role "nobody"; expected editor or viewer',
    ]);
  });

  it("must not form a cycle, and each cycle is reported once", () => {
    const files = {
      "roles/a.yaml": "extends: [b]\n",
      "roles/b.yaml": "extends: [c]\n",
      "roles/c.yaml": "extends: [a]\n",
      "roles/d.yaml": "extends: [d]\n",
      "roles/e.yaml": "extends: [a]\n",
    };
    expect(problemLines(loadWith(files))).toEqual([
      "roles/a.yaml:1:11: extends: the roles form a cycle: a → b → c → a",
      "roles/d.yaml:1:11: extends: the roles form a cycle: d → d",
    ]);
  });
});

describe("a role's file", () => {
  it("may allow nothing", () => {
    expect(grantsOfRole("description: Nothing yet\n")).toEqual([]);
  });

  it("may be JSON, with a $schema", () => {
    const items = itemsWith({
      "roles/json.json": '{ "$schema": "../schema/role.json", "allow": ["users.read"] }',
    });
    expect(itemOf(items, "ROLE#json")["grants"]).toEqual(["GET /users/{userId}"]);
  });

  it("must have a valid role's name", () => {
    expect(problemLines(loadWith({ "roles/ed itor.yaml": "allow: [documents.read]\n" }))).toEqual([
      "roles/ed itor.yaml:1:1: the file's name is the role's name: expected letters, digits, '.', '_' and '-', found \"ed itor\"",
    ]);
  });

  it("must not have the same name as another role's file", () => {
    expect(problemLines(loadWith({ "roles/viewer.json": "{}" }))).toEqual([
      "roles/viewer.yaml:1:1: the role viewer is also defined in roles/viewer.json: keep one of the two files",
    ]);
  });
});
