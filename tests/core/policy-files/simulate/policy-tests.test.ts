import { describe, expect, it } from "vitest";
import { BASE, loadWith, policiesOf, problemLines } from "../../../support/policy-files.ts";

const policyTests = (text: string) => policiesOf({ ...BASE, "tests/a.yaml": text }).policyTests;
const problemsOf = (text: string): string[] => problemLines(loadWith({ "tests/a.yaml": text }));

describe("policy tests", () => {
  it("are one for each request, with the caller and the position", () => {
    const text =
      "- as: { tenant: acme, roles: [editor], subject: ann, scopes: [docs:write], claims: { dept: hr }, issuer: main }\n  can: [PUT /documents/42]\n  cannot:\n    - DELETE /documents/42\n  must: true\n";
    const as = {
      tenant: "acme",
      roles: ["editor"],
      subject: "ann",
      scopes: ["docs:write"],
      claims: { dept: "hr" },
      issuer: "main",
    };
    expect(policyTests(text)).toEqual([
      {
        as,
        method: "PUT",
        path: "/documents/42",
        can: true,
        must: true,
        environments: null,
        elsewhere: false,
        at: { file: "tests/a.yaml", line: 2, column: 9 },
      },
      {
        as,
        method: "DELETE",
        path: "/documents/42",
        can: false,
        must: true,
        environments: null,
        elsewhere: false,
        at: { file: "tests/a.yaml", line: 4, column: 7 },
      },
    ]);
  });

  it("accept a role or roles, as a string or a list, and scopes separated by spaces", () => {
    const text = "- as: { tenant: acme, role: a, roles: b, scopes: x  y }\n  can: [GET /]\n";
    expect(policyTests(text)[0]).toMatchObject({
      as: { roles: ["b", "a"], scopes: ["x", "y"], claims: {} },
      must: false,
    });
  });

  it.each(["", "[]", "# nothing\n", "as: { tenant: acme }\n", "text"])(
    "cannot be an empty file: %j",
    (text) => {
      expect(problemsOf(text)).toEqual([
        "tests/a.yaml:1:1: expected a list with at least one test, such as - { as: { tenant: acme, roles: [viewer] }, can: [GET /documents] }",
      ]);
    },
  );

  it("must each have a request", () => {
    expect(problemsOf("- as: { tenant: acme }\n- as: { tenant: acme }\n  can: []\n")).toEqual([
      "tests/a.yaml:1:3: the test has no request: add one under can or cannot",
      "tests/a.yaml:2:3: the test has no request: add one under can or cannot",
    ]);
  });

  it("must have requests, not selectors", () => {
    expect(problemsOf("- as: { tenant: acme }\n  can: [GTE /x, documents.read, GET x, GET /a b]\n")).toEqual([
      'tests/a.yaml:2:9: "GTE /x": unknown method "GTE"; expected DELETE, GET, HEAD, OPTIONS, PATCH, POST or PUT',
      'tests/a.yaml:2:17: "documents.read": expected a method and a path, such as PUT /documents/42',
      'tests/a.yaml:2:33: "GET x": expected a method and a path, such as PUT /documents/42',
      'tests/a.yaml:2:40: "GET /a b": expected a method and a path, such as PUT /documents/42',
    ]);
  });

  it("can have a query in the request", () => {
    expect(policyTests("- as: { tenant: acme }\n  can: [GET /documents?limit=1]\n")[0]).toMatchObject({
      method: "GET",
      path: "/documents?limit=1",
    });
  });

  it("cannot have a misspelt tenant or role, which would be denied everything", () => {
    const advice = (what: string) => `If the ${what} is meant to be unknown, give it a less similar name`;
    expect(problemsOf("- as: { tenant: acm, roles: [viewer, viwer] }\n  cannot: [GET /documents]\n")).toEqual(
      [
        `tests/a.yaml:1:17: there is no tenant "acm"; did you mean "acme"? ${advice("tenant")}`,
        `tests/a.yaml:1:38: there is no role "viwer"; did you mean "viewer"? ${advice("role")}`,
      ],
    );
  });

  it("can have unknown tenants and roles, and those of other environments", () => {
    const files = {
      "tenants/prod/acmes.yaml": "roles: { viewers: {} }\n",
      "tests/a.yaml":
        "- as: { tenant: nobody, role: nothing }\n  cannot: [GET /documents]\n- as: { tenant: acmes, role: viewers }\n  cannot: [GET /documents]\n",
    };
    expect(problemLines(loadWith(files))).toEqual([]);
  });

  it("must name the caller, with known keys", () => {
    expect(problemsOf("- can: [GET /x]\n")).toEqual([
      "tests/a.yaml:1:3: [1].as is missing: expected a mapping",
    ]);
    expect(problemsOf("- as: { tenat: acme }\n  can: [GET /x]\n")).toEqual([
      "tests/a.yaml:1:7: [1].as.tenant is missing: expected a string",
      'tests/a.yaml:1:9: unknown key "tenat"; did you mean "tenant"?',
    ]);
    expect(problemsOf("- as: { tenant: acme }\n  can: GET /x\n  must: yes\n")).toEqual([
      'tests/a.yaml:2:8: [1].can: expected a list, found "GET /x"',
      'tests/a.yaml:3:9: [1].must: expected true or false, found "yes"',
    ]);
  });
});
