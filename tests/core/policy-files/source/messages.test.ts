import { describe, expect, it } from "vitest";
import { API, BASE, load, loadWith, problemLines } from "../../../support/policy-files.ts";

const QUOTE = "put the whole value in double quotes";
const editor = (text: string): string[] => problemLines(loadWith({ "roles/editor.yaml": text }));

describe("a value that YAML does not read as a plain string has a message of its own", () => {
  it.each<[title: string, text: string, problem: string]>([
    [
      "a path with { } in a list on one line",
      "allow: [GET|POST /a/{id}]\n",
      `1:21: inside [ ], a path with { } is read as a nested mapping: ${QUOTE}, or write each entry of the list on its own line after a -`,
    ],
    [
      "the same as the second of two",
      "description: x\nallow: [documents.read, GET /a/{id}]\n",
      `2:32: inside [ ], a path with { } is read as a nested mapping: ${QUOTE}, or write each entry of the list on its own line after a -`,
    ],
    [
      "* at the start",
      "allow:\n  - * /x\n",
      `2:5: a value that starts with * is read as a YAML alias: ${QUOTE}`,
    ],
    [
      "* alone in a list on one line",
      "allow: [*]\n",
      `1:9: a value that starts with * is read as a YAML alias: ${QUOTE}`,
    ],
    [
      "* and a name",
      "allow:\n  - */x\n",
      '2:5: */x is read as an undefined YAML alias: put it in double quotes, "*/x"',
    ],
    [
      "a colon and a space after a word",
      "allow:\n  - tag: x\n",
      '2:5: allow[1] is read as a mapping with the key "tag" because of the ": " in it: put the whole value in quotes if it is a string, or write { route: …, where: … }',
    ],
    [
      "a colon and a space in a value",
      "description: A: B\n",
      `1:14: a value that contains ": " is read as a nested mapping: ${QUOTE}`,
    ],
    ["! at the start", "allow:\n  - !x\n", `2:5: a value that starts with ! is read as a YAML tag: ${QUOTE}`],
    [
      "{ } around a value",
      "allow:\n  - {documents.read}\n",
      '2:5: allow[1] is read as a mapping with the key "documents.read" because of the { }: put the whole value in quotes if it is a string, or write { route: …, where: … }',
    ],
    ["a list that does not end", "allow: [a,\n  [b]\n", "3:1: the [ in line 1 has no closing ]"],
    [
      "a number with leading zeros",
      "description: 0123\n",
      '1:14: 0123 is read as a number, not as a string: put it in quotes, "0123"',
    ],
    [
      "a boolean",
      "description: true\n",
      '1:14: true is read as a boolean, not as a string: put it in quotes, "true"',
    ],
    ["% at the start", "allow:\n  - %x\n", `2:5: a value cannot start with % in YAML: ${QUOTE}`],
    ["@ at the start", "allow:\n  - @x\n", `2:5: a value cannot start with @ in YAML: ${QUOTE}`],
    ["` at the start", "allow:\n  - `x`\n", `2:5: a value cannot start with \` in YAML: ${QUOTE}`],
    ["a tab", "allow:\n\t- documents.read\n", "2:1: the line is indented with a tab: indent it with spaces"],
    [
      "a key that appears twice",
      "allow: [documents.read]\nallow: []\n",
      "2:1: the key allow appears twice in the same mapping: keep one; the first is in line 1",
    ],
    [
      "a second document",
      "allow: [documents.read]\n---\nexcept: []\n",
      "2:1: the file contains several YAML documents, separated by ---: keep one",
    ],
  ])("%s", (_, text, problem) => {
    expect(editor(text)).toEqual([`roles/editor.yaml:${problem}`]);
  });
});

describe("a message about a file of the wrong shape names what was expected", () => {
  it.each<[title: string, text: string, problems: string[]]>([
    ["a list instead of a mapping", "- a\n", ["1:1: the file: expected a mapping, found a list"]],
    [
      "a string instead of a mapping",
      "documents.read\n",
      ['1:1: the file: expected a mapping, found "documents.read"'],
    ],
    [
      "a string instead of a list",
      "allow: documents.read\n",
      ['1:8: allow: expected a list, found "documents.read"'],
    ],
    ["nothing instead of a list", "allow:\n", ["1:7: allow: expected a list, found nothing"]],
    [
      "nothing in a list",
      "allow:\n  -\n  - documents.read\n",
      ["2:4: allow[1]: expected a string or a mapping, found nothing"],
    ],
    ["an empty string", 'allow: [""]\n', ["1:9: allow[1]: must not be empty"]],
    [
      "a list in a list",
      "allow:\n  - [a]\n",
      ["2:5: allow[1]: expected a string or a mapping, found a list"],
    ],
    [
      "a number in a list",
      "allow:\n  - 5\n",
      ['2:5: 5 is read as a number, not as a string: put it in quotes, "5"'],
    ],
    [
      "a mapping without a route",
      "allow: [{ where: { userId: subject } }]\n",
      ["1:9: allow[1].route is missing: expected a string"],
    ],
    [
      "a string instead of where",
      "allow: [{ route: users.read, where: userId }]\n",
      ['1:37: allow[1].where: expected a mapping, found "userId"'],
    ],
    [
      "an unknown key that is a misspelling",
      "alow: [documents.read]\n",
      ['1:1: unknown key "alow"; did you mean "allow"?'],
    ],
    [
      "an unknown key that is not",
      "zzzzzz: 1\n",
      ['1:1: unknown key "zzzzzz"; expected allow, description, except or extends'],
    ],
    [
      "an unknown key in a list",
      "allow: [{ route: users.read, were: {} }]\n",
      ['1:30: unknown key "were"; did you mean "where"?'],
    ],
    [
      "keys that every object inherits",
      "__proto__: {}\nconstructor: {}\n",
      [
        '1:1: unknown key "__proto__"; expected allow, description, except or extends',
        '2:1: unknown key "constructor"; expected allow, description, except or extends',
      ],
    ],
    [
      "several at once",
      "description: 3\nextends: viewer\nallow: documents.read\nexcept: {a: b}\n",
      [
        '1:14: 3 is read as a number, not as a string: put it in quotes, "3"',
        '2:10: extends: expected a list, found "viewer"',
        '3:8: allow: expected a list, found "documents.read"',
        "4:9: except: expected a list, found a mapping",
      ],
    ],
    ["an empty file", "", ["1:1: the file is empty: expected a mapping"]],
    ["a file of comments", "# later\n", ["1:1: the file is empty: expected a mapping"]],
  ])("%s", (_, text, problems) => {
    expect(editor(text)).toEqual(problems.map((problem) => `roles/editor.yaml:${problem}`));
  });

  it("in plans too: a number that is too small, and an unknown key", () => {
    const text = 'free:\n  ceiling: ["ANY /**"]\n  throttle: { rate: 0, burst: 1.5, brust: 1 }\n';
    expect(problemLines(loadWith({ "plans.yaml": text, "tenants/acme.yaml": "plan: free\n" }))).toEqual([
      "plans.yaml:3:21: free.throttle.rate: must be greater than 0, found 0",
      "plans.yaml:3:31: free.throttle.burst: expected a whole number, found 1.5",
      'plans.yaml:3:36: unknown key "brust"; did you mean "burst"?',
    ]);
  });

  it.each([
    ["an empty one", "", "the file is empty: expected a mapping"],
    ["one without a plan", "{}\n", "the file has no plan: add one, or remove the file"],
    [
      "one with a plan that would be dropped",
      '__proto__: { ceiling: ["ANY /**"] }\n',
      'a key cannot be called "__proto__": rename it',
    ],
  ])("in plans too: %s, without a message that a tenant's plan is missing", (_, text, problem) => {
    const files = { "plans.yaml": text, "tenants/acme.yaml": "plan: free\n" };
    expect(problemLines(loadWith(files))).toEqual([`plans.yaml:1:1: ${problem}`]);
  });

  it("but accepts $schema, which names the JSON Schema for editors", () => {
    const files = {
      "plans.yaml": '$schema: ../plans.json\nfree: { ceiling: ["ANY /**"] }\n',
      "issuers.yaml": "$schema: ../issuers.json\nmain: { preset: generic, tenants: '*' }\n",
      "tenants/acme.yaml": "$schema: ../tenant.json\nplan: free\n",
    };
    const { policies, problems } = loadWith(files);
    expect(problems).toEqual([]);
    expect([...(policies?.plans.keys() ?? []), ...(policies?.issuers.keys() ?? [])]).toEqual([
      "free",
      "main",
    ]);
  });

  it.each([
    ["id: ''", "1:5: id: must not be empty"],
    [
      "id: '*'",
      '1:5: id: "*" cannot be a tenant\'s id: for every tenant, write it without a list, as in tenants: "*"',
    ],
    ["changes: { viewer: non }", '1:20: changes.viewer: expected none or { except: […] }, found "non"'],
  ])("in tenants too, once: %s", (text, problem) => {
    expect(problemLines(loadWith({ "tenants/acme.yaml": `${text}\n` }))).toEqual([
      `tenants/acme.yaml:${problem}`,
    ]);
  });

  it("in tenants too: a value that is not one of the allowed ones", () => {
    expect(
      problemLines(
        loadWith({
          "tenants/acme.yaml": 'status: suspendd\nname: ""\nissuers: main\nroles: { "a b": {} }\n',
        }),
      ),
    ).toEqual([
      'tenants/acme.yaml:1:9: status: expected active or suspended, found "suspendd"; did you mean "suspended"?',
      "tenants/acme.yaml:2:7: name: must not be empty",
      'tenants/acme.yaml:3:10: issuers: expected a list, found "main"',
      "tenants/acme.yaml:4:10: key \"a b\": expected a name of letters, digits, '.', '_' and '-'",
    ]);
  });
});

describe("a folder's problems", () => {
  it("are reported all at once, from YAML and JSON, sorted by file and position", () => {
    const files = {
      "api.yaml": API.replace("backend: docs, public", "backend: dcs, public"),
      "roles/editor.json": '{\n  "extends": ["viwer"],\n  "allow": ["documents.raed"]\n}',
      "roles/viewer.yaml": "alow: []\n",
      "tenants/acme.yaml": "plan: gold\n",
      "tests/a.yaml": "[]\n",
    };
    expect(problemLines(loadWith(files))).toEqual([
      'api.yaml:7:37: GET /health: there is no backend "dcs"; did you mean "docs"?',
      'roles/editor.json:2:15: extends: there is no role "viwer"; did you mean "viewer"?',
      'roles/editor.json:3:13: "documents.raed": no operation has this permission; did you mean "documents.read"?',
      'roles/viewer.yaml:1:1: unknown key "alow"; did you mean "allow"?',
      'tenants/acme.yaml:1:7: plan: there is no plan "gold"',
      "tests/a.yaml:1:1: expected a list with at least one test, such as - { as: { tenant: acme, roles: [viewer] }, can: [GET /documents] }",
    ]);
  });

  it("are reported all at once within a file too: an unknown key hides no wrong selector", () => {
    expect(editor("alow: []\nallow: [documents.raed]\n")).toEqual([
      'roles/editor.yaml:1:1: unknown key "alow"; did you mean "allow"?',
      'roles/editor.yaml:2:9: "documents.raed": no operation has this permission; did you mean "documents.read"?',
    ]);
  });

  it("are reported all at once within a list too", () => {
    expect(editor("allow: [5, documents.raed]\nextends: [viwer]\n")).toEqual([
      'roles/editor.yaml:1:9: 5 is read as a number, not as a string: put it in quotes, "5"',
      'roles/editor.yaml:1:12: "documents.raed": no operation has this permission; did you mean "documents.read"?',
      'roles/editor.yaml:2:11: extends: there is no role "viwer"; did you mean "viewer"?',
    ]);
  });

  it("are at the first line with content, whatever comments are before it", () => {
    const files = { "plans.yaml": 'free: { ceiling: ["ANY /**"] }\n' };
    expect(problemLines(loadWith({ ...files, "tenants/acme.yaml": "# a\n\n# b\nname: x\n" }))).toEqual([
      "tenants/acme.yaml:4:1: plan is missing: expected free",
    ]);
  });

  it("in one file cause no problems in files that refer to it", () => {
    const files = {
      "issuers.yaml": "main: [\n",
      "roles/viewer.yaml": "allow: [\n",
      "roles/editor.yaml":
        'extends: [viewer]\nallow: [{ route: "GET /users/*", where: { userId: claim.dept } }]\n',
      "tenants/acme.yaml": "issuers: [okta]\nchanges: { viewer: none }\n",
    };
    expect(problemLines(loadWith(files))).toEqual([
      "issuers.yaml:2:1: the [ in line 1 has no closing ]",
      "roles/viewer.yaml:2:1: the [ in line 1 has no closing ]",
    ]);
  });

  it("of a permission cause no problems in the roles that grant it", () => {
    const api = API.replace("permission: users.read", "permision: users.read");
    expect(problemLines(loadWith({ "api.yaml": api, "roles/viewer.yaml": "allow: [users.read]\n" }))).toEqual(
      [expect.stringMatching(/^api\.yaml:20:\d+: unknown key "permision"/)],
    );
  });

  it("of an operation cause no problems in the roles that name it", () => {
    const api = API.replace("permission: users.read", "permision: users.read");
    const problems = problemLines(
      loadWith({ "api.yaml": api, "roles/viewer.yaml": "allow: [GET /users/*]\n" }),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^api\.yaml:20:\d+: unknown key "permision"; did you mean "permission"\?$/),
    ]);
  });

  it("leave no policies: a folder with an error is not loaded", () => {
    expect(loadWith({ "roles/editor.yaml": "alow: []\n" }).policies).toBeUndefined();
    expect(loadWith({}).problems).toEqual([]);
  });

  it("begin with the API: without it, only problems that do not depend on it are reported", () => {
    const { "api.yaml": _, ...others } = BASE;
    const api =
      "api.yaml:1:1: the file is missing: add it with an OpenAPI 3.0 document that declares the API's routes";
    expect(problemLines(load(others))).toEqual([api]);
    expect(problemLines(load({ ...others, "tests/a.yaml": "[]" }))).toEqual([
      api,
      expect.stringContaining("tests/a.yaml:1:1: "),
    ]);
    expect(problemLines(loadWith({ "api.yaml": "" }))).toEqual([
      "api.yaml:1:1: the file is not an OpenAPI document: expected openapi, info and paths",
    ]);
  });

  it("include files with an unknown path, each with the path that was probably meant", () => {
    const files = {
      "role/x.yaml": "",
      "tenant/acme.yaml": "",
      "plan.yaml": "",
      "foo.json": "{}",
      "readme.md": "hello",
    };
    expect(problemLines(loadWith(files))).toEqual([
      'foo.json:1:1: no policy file is called "foo"; expected api, clients, issuers or plans',
      'plan.yaml:1:1: no policy file is called "plan"; did you mean "plans"?',
      'role/x.yaml:1:1: no policy files are read from a folder "role"; did you mean "roles"?',
      'tenant/acme.yaml:1:1: no policy files are read from a folder "tenant"; did you mean "tenants"?',
    ]);
  });

  it("include files in folders that are too deep, without a suggestion of the same folder", () => {
    for (const path of ["roles/a/b.yaml", "tenants/dev/x/y.yaml", "tests/a/b.yaml"]) {
      const [problem, ...others] = problemLines(loadWith({ [path]: "" }));
      expect(others).toEqual([]);
      expect(problem).toContain(`${path}:1:1: `);
      expect(problem).not.toContain("did you mean");
    }
  });

  it("name the folder to move such files to", () => {
    expect(problemLines(loadWith({ "roles/a/b.yaml": "" }))).toEqual([
      "roles/a/b.yaml:1:1: no policy files are read from folders inside roles: move the file to roles/b.yaml",
    ]);
  });

  it("include folders of tenants whose name is almost the environment's, as a warning", () => {
    const files = { "tenants/prdo/a.yaml": "", "tenants/prdo/b.yaml": "", "tenants/dev/a.yaml": "" };
    const loaded = loadWith(files, "prod");
    expect(problemLines(loaded)).toEqual([
      'tenants/prdo/a.yaml:1:1: warning: tenants/prdo is not read for the environment prod; did you mean "tenants/prod"?',
    ]);
    expect(loaded.policies).toBeDefined();
    expect(problemLines(loadWith({ "tenants/dev1/a.yaml": "" }, "dev2"))).toEqual([]);
  });

  it("include two files with the same name", () => {
    expect(problemLines(loadWith({ "plans.yaml": "{}\n", "plans.json": "{}" }))).toContain(
      "plans.yaml:1:1: plans.json exists too: keep one of the two files",
    );
  });

  it("in JSON are called problems of JSON", () => {
    const [problem] = problemLines(loadWith({ "roles/editor.json": '{"allow": ["documents.read",]' }));
    expect(problem).toMatch(/^roles\/editor\.json:1:30: /);
    expect(problem).not.toContain("YAML");
  });
});
