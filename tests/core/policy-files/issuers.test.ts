import { describe, expect, it } from "vitest";
import { itemOf, itemsWith, loadWith, told } from "../../support/policy-files.ts";

const issuer = (text: string) => ({ "issuers.yaml": text });
const itemFor = (text: string) => itemOf(itemsWith(issuer(text)), "ISSUER#main");
const problemsOf = (text: string): string[] => told(loadWith(issuer(text)));

describe("an issuer", () => {
  it("is main where a folder has no issuers.yaml, and may speak for every tenant", () => {
    expect(itemOf(itemsWith({}), "ISSUER#main")).toMatchObject({ preset: "generic", tenants: "*", pass: {} });
  });

  it("of the generic preset is spelled out for access and for ID tokens", () => {
    const common = {
      claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
      audienceClaims: ["aud"],
    };
    expect(itemFor("main: { preset: generic, tenants: '*' }\n")).toMatchObject({
      ...common,
      types: ["", "jwt", "at+jwt"],
    });
    expect(itemFor("main: { preset: generic, tenants: '*', token: id }\n")).toMatchObject({
      ...common,
      types: ["", "jwt"],
    });
  });

  it("of the cognito preset tells access from ID tokens by token_use and audience", () => {
    const claims = {
      tenant: ["custom:tenant"],
      roles: ["cognito:groups"],
      scopes: ["scope"],
      subject: ["sub"],
    };
    expect(itemFor("main: { preset: cognito, tenants: '*' }\n")).toMatchObject({
      claims,
      audienceClaims: ["client_id"],
      tokenUse: "access",
    });
    expect(itemFor("main: { preset: cognito, tenants: '*', token: id }\n")).toMatchObject({
      claims,
      audienceClaims: ["aud"],
      tokenUse: "id",
    });
  });

  it("of auth0 must name the claim of its roles, unless they are the table's", () => {
    expect(problemsOf("main: { preset: auth0, tenants: '*' }\n")).toEqual([
      "issuers.yaml:1:1: issuer main: auth0 has no claim of its own for roles: name yours, as in claims: { roles: https://example.com/roles }, or take roles from the table by memberships: instead",
    ]);
    expect(problemsOf("main: { preset: auth0, tenants: '*', memberships: instead }\n")).toEqual([]);
    expect(problemsOf("main: { preset: auth0, tenants: '*', claims: { roles: x } }\n")).toEqual([]);
  });

  it("has its own claims over the preset's: a URL is one name, a list is a path", () => {
    const text =
      "main:\n  preset: generic\n  tenants: '*'\n  claims: { tenant: 'https://x.example/org', roles: [realm_access, roles] }\n";
    expect(itemFor(text)["claims"]).toEqual({
      tenant: ["https://x.example/org"],
      roles: ["realm_access", "roles"],
      scopes: ["scope"],
      subject: ["sub"],
    });
  });

  it("maps group names to one role or several, among them the tenants' own", () => {
    const files = {
      ...issuer(
        "main:\n  preset: generic\n  tenants: [acme]\n  roles: { Readers: viewer, 'All of it': [viewer, own] }\n",
      ),
      "tenants/acme.yaml": "roles: { own: { allow: [users.read] } }\n",
    };
    expect(itemOf(itemsWith(files), "ISSUER#main")).toMatchObject({
      tenants: ["acme"],
      roleNames: { Readers: ["viewer"], "All of it": ["viewer", "own"] },
    });
  });

  it("passes claims by their names or under keys of the team's choice", () => {
    expect(itemFor("main: { preset: generic, tenants: '*', pass: [email] }\n")["pass"]).toEqual({
      email: ["email"],
    });
    expect(
      itemFor("main: { preset: generic, tenants: '*', pass: { dept: [org, unit], mail: email } }\n")["pass"],
    ).toEqual({
      dept: ["org", "unit"],
      mail: ["email"],
    });
  });

  it("may not pass a claim under a key of ours or of API Gateway's", () => {
    expect(problemsOf("main: { preset: generic, tenants: '*', pass: [userId, claims] }\n")).toEqual([
      'issuers.yaml:1:46: issuer main: pass: the context\'s key "claims" is taken: give the claim another, as in pass: { my_claims: claims }',
      'issuers.yaml:1:46: issuer main: pass: the context\'s key "userId" is taken: give the claim another, as in pass: { my_userId: userId }',
    ]);
  });

  it("must map groups to roles that somebody has", () => {
    expect(problemsOf("main: { preset: generic, tenants: '*', roles: { G: viwer } }\n")).toEqual([
      'issuers.yaml:1:52: issuer main: group "G" names the role "viwer", which nobody has; did you mean "viewer"?',
    ]);
  });

  it("must name its tenants: a list, or every one", () => {
    expect(problemsOf("main: { preset: generic }\n")).toEqual([
      expect.stringMatching(/^issuers\.yaml:1:7: main\.tenants is missing/),
    ]);
  });

  it("that names its tenants by a text is told both forms", () => {
    expect(problemsOf("main: { preset: generic, tenants: acme }\n")).toEqual([
      'issuers.yaml:1:35: main.tenants: expected "*" or a list, found "acme"',
    ]);
  });

  it("does not take * for a tenant in a list", () => {
    expect(problemsOf("main: { preset: generic, tenants: ['*'] }\n")).toEqual([
      expect.stringContaining("issuers.yaml:1:36: "),
    ]);
  });

  it("has one of the presets, and a near miss is told without false trails in other files", () => {
    const files = {
      ...issuer("main: { preset: genric, tenants: '*' }\n"),
      "tenants/acme.yaml": "issuers: [main]\n",
    };
    expect(told(loadWith(files))).toEqual([
      'issuers.yaml:1:17: main.preset: expected generic, cognito, auth0, okta or entra, found "genric"; did you mean "generic"?',
    ]);
  });

  it("tells a near miss among its claims", () => {
    expect(problemsOf("main: { preset: generic, tenants: '*', claims: { tenat: x } }\n")).toEqual([
      'issuers.yaml:1:50: unknown key "tenat"; did you mean "tenant"?',
    ]);
  });

  it.each([
    ["pass: { x-y: email }", 'key "x-y": expected a key of letters, digits and _ that starts with a letter'],
    ["claims: { tenant: 5 }", '5 is read as a number, not as a text: put it in quotes, "5"'],
    ["claims: { tenant: [] }", "main.claims.tenant: must not be empty"],
    ["token: refresh", 'main.token: expected access or id, found "refresh"'],
  ])("must be as the schema says: %s", (line, message) => {
    const [problem, ...others] = problemsOf(`main:\n  preset: generic\n  tenants: '*'\n  ${line}\n`);
    expect(others).toEqual([]);
    expect(problem?.replace(/^issuers\.yaml:4:\d+: /, "")).toBe(message);
  });

  it("takes roles from the table, beside the token's or in their place; its staff in their place alone", () => {
    const line = (rest: string): string => `main: { preset: generic, tenants: '*'${rest} }\n`;
    expect(itemFor(line(", memberships: merge"))["memberships"]).toBe("merge");
    expect(itemFor(line(", memberships: instead, staff: true"))).toMatchObject({
      memberships: "instead",
      staff: true,
    });
    expect(itemFor(line(""))).not.toHaveProperty("memberships");
    for (const rest of [", staff: true", ", staff: true, memberships: merge"])
      expect(problemsOf(line(rest))).toEqual([
        expect.stringMatching(
          /^issuers\.yaml:1:\d+: issuer main: staff needs memberships: instead, for a role/,
        ),
      ]);
    expect(problemsOf(line(", staff: false"))).toHaveLength(1);
  });
});
