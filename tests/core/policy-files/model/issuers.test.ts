import { describe, expect, it } from "vitest";
import { API, itemOf, itemsWith, loadWith, problemLines } from "../../../support/policy-files.ts";

const issuer = (text: string) => ({ "issuers.yaml": text });
const itemFor = (text: string) => itemOf(itemsWith(issuer(text)), "ISSUER#main");
const problemsOf = (text: string): string[] => problemLines(loadWith(issuer(text)));

describe("an issuer", () => {
  it("is main if a folder has no issuers.yaml, and covers every tenant", () => {
    expect(itemOf(itemsWith({}), "ISSUER#main")).toMatchObject({ preset: "generic", tenants: "*", pass: {} });
  });

  it("must be in issuers.yaml if the file exists, because otherwise no token is accepted", () => {
    expect(problemLines(loadWith({ "issuers.yaml": "{}\n" }))).toEqual([
      'issuers.yaml:1:1: the file names no issuer, so no token would be accepted: add one, such as main: { preset: generic, tenants: "*" }',
    ]);
  });

  it("of the generic preset has the preset's settings, for access and for ID tokens", () => {
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

  it("of the cognito preset distinguishes access from ID tokens by token_use and audience", () => {
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

  it("of the auth0 preset must name the claim for roles, unless roles come from the table", () => {
    expect(problemsOf("main: { preset: auth0, tenants: '*' }\n")).toEqual([
      "issuers.yaml:1:1: issuer main: auth0 has no standard claim for roles: name yours, as in claims: { roles: https://example.com/roles }, or read roles from the table with memberships: instead",
    ]);
    expect(problemsOf("main: { preset: auth0, tenants: '*', memberships: instead }\n")).toEqual([]);
    expect(problemsOf("main: { preset: auth0, tenants: '*', claims: { roles: x } }\n")).toEqual([]);
  });

  it("can override the preset's claims: a URL is one name, a list is a path", () => {
    const text =
      "main:\n  preset: generic\n  tenants: '*'\n  claims: { tenant: 'https://x.example/org', roles: [realm_access, roles] }\n";
    expect(itemFor(text)["claims"]).toEqual({
      tenant: ["https://x.example/org"],
      roles: ["realm_access", "roles"],
      scopes: ["scope"],
      subject: ["sub"],
    });
  });

  it.each(["clerk", "descope", "firebase", "google", "keycloak", "kinde", "supabase", "workos", "zitadel"])(
    "of the preset %s needs nothing but its tenants",
    (preset) => {
      expect(problemsOf(`main: { preset: ${preset}, tenants: '*' }\n`)).toEqual([]);
      expect(problemsOf(`main: { preset: ${preset}, tenants: [acme] }\n`)).toEqual([]);
    },
  );

  it("can say how a claim is read", () => {
    const text = [
      "main:",
      "  preset: generic",
      "  tenants: [acme]",
      "  claims:",
      '    tenant: { claim: groups, as: tenant_role, form: "{tenant}:{role}" }',
      "    roles: { claim: [org, roles], as: member, member: key }",
      "    scopes: { claim: permissions, as: commas }",
      "    subject: { first: [sub, client_id] }",
      "",
    ].join("\n");
    expect(itemFor(text)["claims"]).toEqual({
      tenant: { path: ["groups"], as: "tenant_role", form: "{tenant}:{role}" },
      roles: { path: ["org", "roles"], as: "member", member: "key" },
      scopes: { path: ["permissions"], as: "commas" },
      subject: { first: ["sub", "client_id"] },
    });
  });

  it.each([
    [
      "tenant: { claim: org, as: kyes }",
      'main.claims.tenant.as: expected keys, member, commas, spaces, json, integer or tenant_role, found "kyes"; did you mean "keys"?',
    ],
    [
      "tenant: { claim: org, as: keys, form: x }",
      "issuer main: claims.tenant: form is only used with as: tenant_role, not with as: keys",
    ],
    ["tenant: { clam: org, as: keys }", 'unknown key "clam"; did you mean "claim"?'],
    [
      "roles: { claim: roles, as: member }",
      "issuer main: claims.roles: as: member needs the member that is the name, as in member: key",
    ],
    [
      "roles: { claim: roles, as: keys, member: key }",
      "issuer main: claims.roles: member is only used with as: member, not with as: keys",
    ],
    [
      "roles: { claim: [tenants, roles], as: tenant_path }",
      'issuer main: claims.roles: as: tenant_path needs a path with "{tenant}" once, and not at its start, as in claim: [tenants, "{tenant}", roles]',
    ],
    [
      'roles: { claim: ["{tenant}", roles], as: tenant_path }',
      'issuer main: claims.roles: as: tenant_path needs a path with "{tenant}" once, and not at its start, as in claim: [tenants, "{tenant}", roles]',
    ],
    [
      'roles: { claim: groups, as: tenant_role, form: "{tenant}{role}", written_by: operator }',
      'issuer main: claims.roles: as: tenant_role needs the form of its names, with a separator between tenant and role, as in form: "{tenant}:{role}"',
    ],
    [
      'roles: { claim: groups, as: tenant_role, form: "{tenant}:{role}" }',
      "issuer main: claims.roles: the issuer covers every tenant, so who can create a group can give a role in any tenant: list the issuer's tenants, or write written_by: operator if only you create groups",
    ],
    [
      "subject: { claim: sub }",
      "issuer main: claims.subject: write a claim's name, { first: [sub, client_id] }, or { claim: sub, as: integer }",
    ],
  ])("is rejected if a reading is not whole: %s", (line, message) => {
    const problems = problemsOf(`main:\n  preset: generic\n  tenants: '*'\n  claims:\n    ${line}\n`);
    expect(problems.map((problem) => problem.replace(/^issuers\.yaml:5:\d+: /, ""))).toEqual(
      [
        ...(line.includes("clam")
          ? ["main.claims.tenant.claim is missing: expected a string or a list"]
          : []),
        message,
      ].sort(),
    );
  });

  it("states that only the operator writes the groups, or lists its tenants", () => {
    const groups = (rest: string) => `{ claim: groups, as: tenant_role, form: "{tenant}:{role}"${rest} }`;
    const text = (tenants: string, rest: string) =>
      `main: { preset: generic, tenants: ${tenants}, claims: { roles: ${groups(rest)} } }\n`;
    expect(problemsOf(text("'*'", ", written_by: operator"))).toEqual([]);
    expect(problemsOf(text("[acme]", ""))).toEqual([]);
  });

  it("accepts both kinds of token only if a signed claim distinguishes them", () => {
    const text = (rest: string) => `main: { preset: cognito, tenants: '*', token: [access, id]${rest} }\n`;
    expect(itemFor(text(""))).toMatchObject({
      audienceClaims: [],
      kinds: [
        { claim: "token_use", value: "access", audienceClaims: ["client_id"] },
        { claim: "token_use", value: "id", audienceClaims: ["aud"] },
      ],
    });
    expect(problemsOf(text("").replace("cognito", "generic"))).toEqual([
      "issuers.yaml:1:47: issuer main: no signed claim of generic distinguishes ID tokens from access tokens: accept one kind, or write two issuers; possible for cognito, keycloak",
    ]);
    expect(problemsOf(text(", audience: azp"))).toEqual([
      "issuers.yaml:1:71: issuer main: each of the two kinds in token has its own audience claim and value: remove this key, or accept one kind",
    ]);
  });

  it("may have tokens without an audience if something else says that they are for the API", () => {
    const text = (rest: string) => `main: { preset: generic, tenants: '*', audience: none${rest} }\n`;
    expect(itemFor(text(", clients: [batch]"))).toMatchObject({
      audienceClaims: [],
      noAudience: true,
      clients: ["batch"],
    });
    expect(itemFor(text(", typ: application/AT+JWT"))).toMatchObject({ noAudience: true, types: ["at+jwt"] });
    expect(itemFor(text(", token_use: access"))).toMatchObject({ noAudience: true, tokenUse: "access" });
    expect(problemsOf(text(""))).toEqual([
      "issuers.yaml:1:50: issuer main: without an audience every token of the issuer would be accepted, whatever it is for: add clients, typ or token_use",
    ]);
    expect(problemsOf("main: { preset: generic, tenants: '*', clients: [batch] }\n")).toEqual([
      "issuers.yaml:1:49: issuer main: clients is only used with audience: none: to accept tokens by their client, write audience: client_id and name the clients in Terraform's audiences",
    ]);
  });

  it("says what may be left out of a context that is too large", () => {
    const text = (keys: string) =>
      `main: { preset: generic, tenants: '*', pass: { dept: org }, may_omit: [${keys}] }\n`;
    expect(itemFor(text("roles, dept"))["mayOmit"]).toEqual(["roles", "dept"]);
    expect(problemsOf(text("dept, rols"))).toEqual([
      'issuers.yaml:1:78: issuer main: may_omit: "rols" is neither a key of pass nor roles; did you mean "roles"?',
    ]);
  });

  it("limits the lists of forwarded claims", () => {
    const text = (limit: string) =>
      `main: { preset: generic, tenants: '*', pass: { team: { claim: [org, teams], at_most: ${limit} }, dept: org } }\n`;
    expect(itemFor(text("2"))).toMatchObject({
      pass: { team: ["org", "teams"], dept: ["org"] },
      listLimits: { team: 2 },
    });
    expect(problemsOf(text("0"))).toEqual([expect.stringMatching(/at_most: must be greater than/)]);
  });

  it("names its audience claim", () => {
    const text = (preset: string) => `main: { preset: ${preset}, tenants: '*', audience: azp }\n`;
    expect(itemFor(text("generic"))).toMatchObject({ audienceClaims: ["azp"] });
    expect(itemFor(text("keycloak"))).toMatchObject({
      audienceClaims: [],
      kinds: [{ claim: "typ", value: "Bearer", orAbsent: true, audienceClaims: ["azp"] }],
    });
  });

  it("maps group names to one role or several, including tenants' own roles", () => {
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

  it("forwards claims under their own names or under keys of the team's choice", () => {
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

  it("cannot forward a claim under a reserved key of Portcullis or API Gateway", () => {
    expect(problemsOf("main: { preset: generic, tenants: '*', pass: [userId, claims] }\n")).toEqual([
      'issuers.yaml:1:46: issuer main: pass: the context key "claims" is reserved: use another key, as in pass: { my_claims: claims }',
      'issuers.yaml:1:46: issuer main: pass: the context key "userId" is reserved: use another key, as in pass: { my_userId: userId }',
    ]);
  });

  it("must map groups to shared roles or tenants' own roles", () => {
    expect(problemsOf("main: { preset: generic, tenants: '*', roles: { G: viwer } }\n")).toEqual([
      'issuers.yaml:1:52: issuer main: group "G" maps to role "viwer", but no shared or tenant role has that name; did you mean "viewer"?',
    ]);
  });

  it("must name its tenants: a list, or all", () => {
    expect(problemsOf("main: { preset: generic }\n")).toEqual([
      expect.stringMatching(/^issuers\.yaml:1:7: main\.tenants is missing/),
    ]);
  });

  it("whose tenants are a string gets a message with both forms", () => {
    expect(problemsOf("main: { preset: generic, tenants: acme }\n")).toEqual([
      'issuers.yaml:1:35: main.tenants: expected "*", by_directory or a list of tenant ids, found "acme"',
    ]);
  });

  it("does not accept * as a tenant in a list", () => {
    expect(problemsOf("main: { preset: generic, tenants: ['*'] }\n")).toEqual([
      expect.stringContaining("issuers.yaml:1:36: "),
    ]);
  });

  it("has one of the presets, and a misspelt one causes no problems in other files", () => {
    const files = {
      ...issuer("main: { preset: genric, tenants: '*' }\n"),
      "tenants/acme.yaml": "issuers: [main]\n",
    };
    expect(problemLines(loadWith(files))).toEqual([
      'issuers.yaml:1:17: main.preset: expected generic, auth0, clerk, cognito, descope, entra, firebase, google, keycloak, kinde, okta, supabase, workos or zitadel, found "genric"; did you mean "generic"?',
    ]);
  });

  it("gets a suggestion for a misspelt claim", () => {
    expect(problemsOf("main: { preset: generic, tenants: '*', claims: { tenat: x } }\n")).toEqual([
      'issuers.yaml:1:50: unknown key "tenat"; did you mean "tenant"?',
    ]);
  });

  it.each([
    ["pass: { x-y: email }", 'key "x-y": expected a key of letters, digits and _ that starts with a letter'],
    ["claims: { tenant: 5 }", '5 is read as a number, not as a string: put it in quotes, "5"'],
    ["claims: { tenant: [] }", "main.claims.tenant: must not be empty"],
    ["token: refresh", 'main.token: expected access, id or [access, id], found "refresh"'],
  ])("must match the schema: %s", (line, message) => {
    const [problem, ...others] = problemsOf(`main:\n  preset: generic\n  tenants: '*'\n  ${line}\n`);
    expect(others).toEqual([]);
    expect(problem?.replace(/^issuers\.yaml:4:\d+: /, "")).toBe(message);
  });

  it("can read roles from the table, in addition to the token's or instead of them; staff only instead", () => {
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
          /^issuers\.yaml:1:\d+: issuer main: staff requires memberships: instead, because a role/,
        ),
      ]);
    expect(problemsOf(line(", staff: false"))).toHaveLength(1);
  });

  it("can accept bound tokens until a date or a time, but not for staff", () => {
    const line = (until: string, rest = ""): string =>
      `main: { preset: generic, tenants: '*'${rest}, bound_tokens: { accept_until: ${until} } }\n`;
    for (const [until, time] of [
      ["2027-01-31", "2027-01-31T00:00:00Z"],
      ["2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"],
      ["'2027-01-31T12:00:00.5+02:00'", "2027-01-31T10:00:00Z"],
    ] as const)
      expect(itemFor(line(until))["boundTokensUntil"]).toBe(Date.parse(time) / 1_000);
    expect(itemFor("main: { preset: generic, tenants: '*' }\n")).not.toHaveProperty("boundTokensUntil");
    for (const until of [
      "tomorrow",
      "2027-1-31",
      "2027-02-31",
      "'2027-01-31T12:00:00'",
      "2027",
      "2027-01-31T25:00:00Z",
    ])
      expect(problemsOf(line(until)), until).toHaveLength(1);
    expect(problemsOf(line("2027-02-31"))).toEqual([
      "issuers.yaml:1:70: main.bound_tokens.accept_until: expected a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z",
    ]);
    expect(problemsOf(line("2027-01-31", ", memberships: instead, staff: true"))).toEqual([
      expect.stringMatching(
        /^issuers\.yaml:1:\d+: issuer main: staff cannot have bound_tokens: a stolen token of staff would work in every tenant/,
      ),
    ]);
  });
});

describe("two issuers for one tenant", () => {
  const BOUND = "allow: [{ route: 'GET /users/{userId}', where: { userId: subject } }]\n";
  const of = (issuers: string, files: Readonly<Record<string, string>> = {}): string[] =>
    problemLines(loadWith({ "roles/viewer.yaml": BOUND, "issuers.yaml": issuers, ...files })).filter((line) =>
      line.startsWith("issuers.yaml"),
    );
  const main = (rest = ""): string => `main: { preset: generic, tenants: '*'${rest} }\n`;
  const partner = (tenants: string, rest = ""): string =>
    `partner: { preset: generic, tenants: ${tenants}${rest} }\n`;
  const staff = "staff: { preset: generic, tenants: '*', memberships: instead, staff: true }\n";
  const problem = (names: string, where: string): RegExp =>
    new RegExp(
      `^issuers.yaml:1:1: issuers ${names} may speak for ${where}, where role viewer grants GET /users/\\{userId\\} where userId=subject: .* write subjects: own in`,
    );

  it("are an error together with a binding to subject, which names both, the tenant and the binding", () => {
    expect(of(main() + partner("[acme]"))).toEqual([
      expect.stringMatching(problem("main and partner", "the tenant acme")),
    ]);
    expect(of(main() + staff)).toEqual([expect.stringMatching(problem("main and staff", "the tenant acme"))]);
  });

  it("are an error for a root's bind too", () => {
    const api = API.replace("backends: { docs", "bind: { userId: subject }\n  backends: { docs");
    const files = { "api.yaml": api, "roles/viewer.yaml": "allow: [users.read]\n" };
    expect(of(main() + partner("[acme]"), files)).toEqual([
      expect.stringMatching(problem("main and partner", "the tenant acme")),
    ]);
  });

  it("are an error for tenants that are written at run time, and that only issuers.yaml lists", () => {
    const files = { "tenants/acme.yaml": "issuers: [main]\n" };
    expect(of(main() + partner("'*'"), files)).toEqual([
      expect.stringMatching(problem("main and partner", "every tenant that is written at run time")),
    ]);
    expect(of(main() + partner("[globex]"), files)).toEqual([
      expect.stringMatching(problem("main and partner", "the tenant globex")),
    ]);
  });

  it("are an error for a role of the tenant's own", () => {
    const files = {
      "roles/viewer.yaml": "allow: [documents.read]\n",
      "tenants/acme.yaml": `roles: { own: { ${BOUND.trim()} } }\n`,
    };
    expect(of(main() + partner("[acme]"), files)).toEqual([
      expect.stringMatching(
        /the tenant acme, where role own grants GET \/users\/\{userId\} where userId=subject/,
      ),
    ]);
  });

  it("are no error if an owner is marked, or several are", () => {
    expect(of(main(", subjects: own") + partner("[acme]") + staff)).toEqual([]);
    expect(of(main() + partner("[acme]", ", subjects: own"))).toEqual([]);
    expect(of(main(", subjects: own") + partner("[acme]", ", subjects: own"))).toEqual([]);
  });

  it("are no error if the tenant accepts one of them, or if no role that it has is bound to a subject", () => {
    const plans = "free: { ceiling: ['documents.*'] }\n";
    for (const files of [
      { "tenants/acme.yaml": "issuers: [main]\n" },
      { "tenants/acme.yaml": "changes: { viewer: none }\n" },
      { "tenants/acme.yaml": "never: [users.read]\n" },
      { "tenants/acme.yaml": "plan: free\n", "plans.yaml": plans },
      { "roles/viewer.yaml": "allow: [{ route: 'GET /users/{userId}', where: { userId: tenant } }]\n" },
    ])
      expect(of(main() + partner("[acme]"), files)).toEqual([]);
    expect(of(`main: { preset: generic, tenants: [globex] }\n${partner("[acme]")}`)).toEqual([]);
  });

  it("cannot have staff as the owner", () => {
    expect(of(staff.replace("staff: true", "staff: true, subjects: own"))).toEqual([
      expect.stringMatching(
        /^issuers.yaml:1:\d+: issuer staff: staff never owns a tenant's people: remove subjects/,
      ),
    ]);
  });
});

describe("a claim", () => {
  it.each(["[__proto__, x]", "[x, __proto__]", "__proto__"])(
    "cannot be called __proto__, as in %s",
    (path) => {
      const error = expect.stringMatching(/^issuers.yaml:1:\d+: .*a claim cannot be called "__proto__"/);
      expect(problemsOf(`main: { preset: generic, tenants: '*', claims: { tenant: ${path} } }\n`)).toEqual([
        error,
      ]);
      expect(problemsOf(`main: { preset: generic, tenants: '*', pass: { x: ${path} } }\n`)).toEqual([error]);
    },
  );
});
