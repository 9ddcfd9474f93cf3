import { describe, expect, it } from "vitest";
import {
  BASE,
  type FileTexts,
  itemOf,
  itemsWith,
  loadWith,
  policiesOf,
  problemLines,
} from "../../../support/policy-files.ts";

const ROLES: FileTexts = {
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "roles/editor.yaml": "extends: [viewer]\nallow: [documents.write, documents.create]\n",
  "roles/chief.yaml": "extends: [editor]\nallow: [documents.purge, users.read]\n",
};
const tenantItem = (text: string, files: FileTexts = {}) =>
  itemOf(itemsWith({ ...ROLES, ...files, "tenants/acme.yaml": text }), "TENANT#acme");
const problemsOf = (text: string, files: FileTexts = {}): string[] =>
  problemLines(loadWith({ ...ROLES, ...files, "tenants/acme.yaml": text }));

describe("a tenant's item", () => {
  it("has the file's settings, and no attributes for missing settings", () => {
    expect(tenantItem("name: Acme Inc.\n")).toEqual({
      pk: "TENANT#acme",
      sk: "TENANT",
      id: "acme",
      name: "Acme Inc.",
      status: "active",
      v: 1,
      owner: "files",
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it("says that it is suspended", () => {
    expect(tenantItem("status: suspended\n")).toMatchObject({ status: "suspended" });
  });

  it("has the id in the file if there is one", () => {
    const items = itemsWith({ "tenants/acme.yaml": "id: 6f1c2a90-3c0e\n" });
    expect(itemOf(items, "TENANT#6f1c2a90-3c0e")).toMatchObject({ id: "6f1c2a90-3c0e" });
  });

  it("can have any string on one line as its id", () => {
    const items = itemsWith({ "tenants/acme.yaml": 'id: "https://idp.example/t/Ünï #1"\n' });
    expect(itemOf(items, "TENANT#https://idp.example/t/ünï #1")).toMatchObject({
      sk: "TENANT",
      id: "https://idp.example/t/Ünï #1",
    });
  });
});

describe("a tenant's id", () => {
  it.each([
    ["a space at the end", "acme "],
    ["a space at the beginning", " acme"],
    ["a zero-width space", "ac\\u200Bme"],
    ["a mark that changes the direction of text", "ac\\u202Eme"],
    ["a decomposed letter", "acme\\u0301"],
  ])("cannot have %s", (_, id) => {
    expect(problemsOf(`id: "${id}"\n`)).toEqual([
      expect.stringMatching(/tenants\/acme.yaml:1:5.*id: expected/),
    ]);
  });
});

describe("a tenant's changes", () => {
  it("remove routes from the shared role, and from those that extend it over several generations", () => {
    expect(tenantItem("changes:\n  viewer: { except: [GET /documents] }\n")).toMatchObject({
      changes: {
        chief: { except: ["GET /documents"] },
        editor: { except: ["GET /documents"] },
        viewer: { except: ["GET /documents"] },
      },
    });
  });

  it("of a role do not change the roles that it extends", () => {
    expect(tenantItem("changes:\n  editor: { except: [documents.read] }\n")["changes"]).toEqual({
      chief: { except: ["GET /documents", "GET /documents/{documentId}"] },
      editor: { except: ["GET /documents", "GET /documents/{documentId}"] },
    });
  });

  it("reach explicit operations by wildcards", () => {
    expect(tenantItem('changes:\n  chief: { except: ["ANY /documents/*"] }\n')["changes"]).toEqual({
      chief: {
        except: [
          "DELETE /documents/{documentId}",
          "GET /documents/{documentId}",
          "PUT /documents/{documentId}",
        ],
      },
    });
  });

  it("can remove a whole role, which removes its routes from roles that extend it", () => {
    expect(tenantItem("changes: { viewer: none }\n")["changes"]).toEqual({
      chief: { except: ["GET /documents", "GET /documents/{documentId}"] },
      editor: { except: ["GET /documents", "GET /documents/{documentId}"] },
      viewer: "none",
    });
  });

  it("add up along the roles that extend each other", () => {
    const text =
      "changes:\n  viewer: { except: [GET /documents] }\n  editor: { except: [documents.create] }\n";
    expect(tenantItem(text)["changes"]).toMatchObject({
      chief: { except: ["GET /documents", "POST /documents"] },
    });
  });

  it("hold in the tenant's own roles that extend the role", () => {
    const text =
      "changes: { viewer: { except: [GET /documents] } }\nroles: { auditor: { extends: [editor], allow: [users.read] } }\n";
    expect(tenantItem(text)["roles"]).toEqual({
      auditor: {
        grants: [
          "GET /documents/{documentId}",
          "GET /users/{userId}",
          "POST /documents",
          "PUT /documents/{documentId}",
        ],
      },
    });
  });

  it("can only narrow: there is no allow", () => {
    const problems = problemsOf("changes:\n  viewer: { allow: [documents.write] }\n");
    expect(problems).toContain('tenants/acme.yaml:2:13: unknown key "allow"; expected except');
  });

  it("get a suggestion for a misspelt except", () => {
    expect(problemsOf("changes:\n  viewer: { exept: [documents.read] }\n")).toContain(
      'tenants/acme.yaml:2:13: unknown key "exept"; did you mean "except"?',
    );
  });

  it("must name shared roles and routes that exist", () => {
    const text = "changes:\n  viwer: none\n  viewer: { except: [documents.raed] }\n";
    expect(problemsOf(text)).toEqual([
      'tenants/acme.yaml:2:3: changes: there is no shared role "viwer"; did you mean "viewer"?',
      'tenants/acme.yaml:3:22: "documents.raed": no operation has this permission; did you mean "documents.read"?',
    ]);
  });

  it("of a role that the plan does not have are a warning", () => {
    const files = { "plans.yaml": 'free: { ceiling: ["ANY /**"], roles: [viewer] }\n' };
    expect(problemsOf("plan: free\nchanges: { editor: none }\n", files)).toEqual([
      "tenants/acme.yaml:2:12: warning: changes: plan free does not have the role editor, so the change has no effect: remove it",
    ]);
  });
});

describe("a tenant's own roles", () => {
  it("can extend shared roles and each other", () => {
    const text =
      "roles:\n  a: { extends: [viewer] }\n  b: { description: B, extends: [a], allow: [users.read] }\n";
    expect(tenantItem(text)["roles"]).toEqual({
      a: { grants: ["GET /documents", "GET /documents/{documentId}"] },
      b: {
        description: "B",
        grants: ["GET /documents", "GET /documents/{documentId}", "GET /users/{userId}"],
      },
    });
  });

  it("grant nothing that the tenant never allows", () => {
    const item = tenantItem(
      'never: ["ANY /documents/*"]\nroles: { own: { extends: [viewer], allow: [documents.purge] } }\n',
    );
    expect(item["never"]).toEqual([
      "DELETE /documents/{documentId}",
      "GET /documents/{documentId}",
      "PUT /documents/{documentId}",
    ]);
    expect(item["roles"]).toEqual({ own: { grants: ["GET /documents"] } });
  });

  it("must not have a shared role's name", () => {
    expect(problemsOf("roles: { viewer: { allow: [documents.read] } }\n")).toEqual([
      'tenants/acme.yaml:1:10: roles: "viewer" is the name of a shared role: give the tenant\'s own role another name, or narrow the shared role under changes',
    ]);
  });

  it("must not form a cycle, and must extend roles that exist", () => {
    const text = "roles:\n  a: { extends: [b] }\n  b: { extends: [a, viwer] }\n";
    expect(problemsOf(text)).toEqual([
      "tenants/acme.yaml:2:18: extends: the roles form a cycle: a → b → a",
      'tenants/acme.yaml:3:21: extends: there is no role "viwer"; did you mean "viewer"?',
    ]);
  });

  it("cannot be extended by another tenant's roles", () => {
    const files = { "tenants/globex.yaml": "roles: { theirs: { extends: [own] } }\n" };
    expect(problemsOf("roles: { own: { allow: [users.read] } }\n", files)).toEqual([
      'tenants/globex.yaml:1:30: extends: there is no role "own"; expected chief, editor, theirs or viewer',
    ]);
  });
});

describe("a tenant's id", () => {
  it("differs from all others in more than case, over all files", () => {
    const files = {
      "tenants/Acme.yaml": "name: one\n",
      "tenants/acme.yaml": "name: two\n",
      "tenants/dev/acme.yaml": "name: three\n",
      "tenants/z.json": '{ "id": "ACME" }',
    };
    expect(problemLines(loadWith(files))).toEqual([
      'tenants/acme.yaml:1:1: the tenant "acme" is also defined in tenants/Acme.yaml (as "Acme"; ids must differ in more than case): keep one of the two',
      'tenants/dev/acme.yaml:1:1: the tenant "acme" is also defined in tenants/Acme.yaml (as "Acme"; ids must differ in more than case): keep one of the two',
      'tenants/z.json:1:9: the tenant "ACME" is also defined in tenants/Acme.yaml (as "Acme"; ids must differ in more than case): keep one of the two',
    ]);
  });

  it.each([
    ["0123", '0123 is read as a number, not as a string: put it in quotes, "0123"'],
    ["1e3", '1e3 is read as a number, not as a string: put it in quotes, "1e3"'],
    ["true", 'true is read as a boolean, not as a string: put it in quotes, "true"'],
  ])("that YAML does not read as a string is an error that shows it as written: %s", (id, message) => {
    expect(problemsOf(`id: ${id}\n`)).toEqual([`tenants/acme.yaml:1:5: ${message}`]);
  });
});

describe("an environment's folder", () => {
  const files: FileTexts = {
    ...BASE,
    "tenants/dev/trial.yaml": "name: Trial\n",
    "tenants/prod/acme-eu.yaml": "no: such key\n",
  };

  it("has tenants of that environment only, and is not read for others", () => {
    expect([...policiesOf(files).tenants.keys()]).toEqual(["acme", "trial"]);
    expect([...policiesOf({ ...BASE, "tenants/dev/x.yaml": "not: read" }, "test").tenants.keys()]).toEqual([
      "acme",
    ]);
    expect(problemLines(loadWith(files, "prod"))).toEqual([
      'tenants/prod/acme-eu.yaml:1:1: unknown key "no"; expected changes, clients, directories, id, issuers, name, never, plan, roles or status',
    ]);
  });
});

describe("a tenant's issuers", () => {
  const issuers = "main: { preset: generic, tenants: '*' }\nokta: { preset: generic, tenants: [globex] }\n";

  it("are those whose tokens it accepts, sorted", () => {
    const files = { "issuers.yaml": issuers, "tenants/globex.yaml": "issuers: [okta, main]\n" };
    expect(itemOf(itemsWith(files), "TENANT#globex")).toMatchObject({ issuers: ["main", "okta"] });
  });

  it("must exist and cover it", () => {
    expect(problemsOf("issuers: [man]\n", { "issuers.yaml": issuers })).toEqual([
      'tenants/acme.yaml:1:11: issuers: there is no issuer "man"; did you mean "main"?',
    ]);
    expect(problemsOf("issuers: [okta]\n", { "issuers.yaml": issuers })).toEqual([
      "tenants/acme.yaml:1:1: issuers: okta does not cover the tenant acme: add acme to the issuer's tenants in issuers.yaml",
    ]);
  });
});
