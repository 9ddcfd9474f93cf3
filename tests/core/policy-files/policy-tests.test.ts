import { describe, expect, it } from "vitest";
import { BASE, loadWith, policiesOf, told } from "../../support/policy-files.ts";

const policyTests = (text: string) => policiesOf({ ...BASE, "tests/a.yaml": text }).policyTests;
const problemsOf = (text: string): string[] => told(loadWith({ "tests/a.yaml": text }));

describe("expectations", () => {
  it("are one for each request, with who makes it and where it stands", () => {
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
        at: { file: "tests/a.yaml", line: 2, column: 9 },
      },
      {
        as,
        method: "DELETE",
        path: "/documents/42",
        can: false,
        must: true,
        at: { file: "tests/a.yaml", line: 4, column: 7 },
      },
    ]);
  });

  it("take a role or roles, as a text or a list, and scopes with spaces between", () => {
    const text = "- as: { tenant: acme, role: a, roles: b, scopes: x  y }\n  can: [GET /]\n";
    expect(policyTests(text)[0]).toMatchObject({
      as: { roles: ["b", "a"], scopes: ["x", "y"], claims: {} },
      must: false,
    });
  });

  it.each(["", "[]", "# nothing\n", "as: { tenant: acme }\n", "text"])("must test something: %j", (text) => {
    expect(problemsOf(text)).toEqual([
      "tests/a.yaml:1:1: expected a list of expectations such as - as: { tenant: acme, roles: [viewer] }: an empty file tests nothing",
    ]);
  });

  it("must name a request each", () => {
    expect(problemsOf("- as: { tenant: acme }\n- as: { tenant: acme }\n  can: []\n")).toEqual([
      "tests/a.yaml:1:3: neither can nor cannot names a request, so nothing is tested",
      "tests/a.yaml:2:3: neither can nor cannot names a request, so nothing is tested",
    ]);
  });

  it("must be requests, not selectors", () => {
    expect(problemsOf("- as: { tenant: acme }\n  can: [GTE /x, documents.read, GET x, GET /a b]\n")).toEqual([
      'tests/a.yaml:2:9: "GTE /x": unknown method "GTE"; there is DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
      'tests/a.yaml:2:17: "documents.read": expected a request as a caller makes it, such as PUT /documents/42',
      'tests/a.yaml:2:33: "GET x": expected a request as a caller makes it, such as PUT /documents/42',
      'tests/a.yaml:2:40: "GET /a b": expected a request as a caller makes it, such as PUT /documents/42',
    ]);
  });

  it("may have a query, which is no part of the path", () => {
    expect(policyTests("- as: { tenant: acme }\n  can: [GET /documents?limit=1]\n")[0]).toMatchObject({
      method: "GET",
      path: "/documents?limit=1",
    });
  });

  it("are not of a misspelt tenant or role, to which everything is refused", () => {
    const why = "One that is unknown on purpose needs a name that is less alike";
    expect(problemsOf("- as: { tenant: acm, roles: [viewer, viwer] }\n  cannot: [GET /documents]\n")).toEqual(
      [
        `tests/a.yaml:1:17: there is no tenant "acm"; did you mean "acme"? ${why}`,
        `tests/a.yaml:1:38: there is no role "viwer"; did you mean "viewer"? ${why}`,
      ],
    );
  });

  it("may be of tenants and roles that nobody has, or of other environments", () => {
    const files = {
      "tenants/prod/acmes.yaml": "roles: { viewers: {} }\n",
      "tests/a.yaml":
        "- as: { tenant: nobody, role: nothing }\n  cannot: [GET /documents]\n- as: { tenant: acmes, role: viewers }\n  cannot: [GET /documents]\n",
    };
    expect(told(loadWith(files))).toEqual([]);
  });

  it("must say as whom, by keys that there are", () => {
    expect(problemsOf("- can: [GET /x]\n")).toEqual([
      "tests/a.yaml:1:3: [1].as is missing: expected a mapping",
    ]);
    expect(problemsOf("- as: { tenat: acme }\n  can: [GET /x]\n")).toEqual([
      "tests/a.yaml:1:7: [1].as.tenant is missing: expected a text",
      'tests/a.yaml:1:9: unknown key "tenat"; did you mean "tenant"?',
    ]);
    expect(problemsOf("- as: { tenant: acme }\n  can: GET /x\n  must: yes\n")).toEqual([
      'tests/a.yaml:2:8: [1].can: expected a list, found "GET /x"',
      'tests/a.yaml:3:9: [1].must: expected true or false, found "yes"',
    ]);
  });
});
