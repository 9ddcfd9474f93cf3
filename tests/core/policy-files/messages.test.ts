import { describe, expect, it } from "vitest";
import { API, BASE, load, loadWith, told } from "../../support/policy-files.ts";

const QUOTE = "put the whole text in double quotes";
const editor = (text: string): string[] => told(loadWith({ "roles/editor.yaml": text }));

describe("what YAML does to a text has a message of its own", () => {
  it.each<[title: string, text: string, problem: string]>([
    [
      "a path with { } in a list on one line",
      "allow: [GET|POST /a/{id}]\n",
      `1:21: inside [ ] a path with { } is read as a nested mapping: ${QUOTE}, or write the list with a - on a line of its own for each`,
    ],
    [
      "the same as the second of two",
      "description: x\nallow: [documents.read, GET /a/{id}]\n",
      `2:32: inside [ ] a path with { } is read as a nested mapping: ${QUOTE}, or write the list with a - on a line of its own for each`,
    ],
    [
      "* at the start",
      "allow:\n  - * /x\n",
      `2:5: a text that starts with * is read as a YAML alias: ${QUOTE}`,
    ],
    [
      "* alone in a list on one line",
      "allow: [*]\n",
      `1:9: a text that starts with * is read as a YAML alias: ${QUOTE}`,
    ],
    [
      "* and a name",
      "allow:\n  - */x\n",
      '2:5: */x is read as a YAML alias that is not defined: quote the text, "*/x"',
    ],
    [
      "a colon and a space after a word",
      "allow:\n  - tag: x\n",
      '2:5: allow[1] is read as a mapping with the key "tag", because of the ": " in it: put the whole text in quotes if it is one, or write { route: …, where: … }',
    ],
    [
      "a colon and a space in a value",
      "description: A: B\n",
      `1:14: a text that contains ": " is read as a nested mapping: ${QUOTE}`,
    ],
    ["! at the start", "allow:\n  - !x\n", `2:5: a text that starts with ! is read as a YAML tag: ${QUOTE}`],
    [
      "{ } around a text",
      "allow:\n  - {documents.read}\n",
      '2:5: allow[1] is read as a mapping with the key "documents.read", because of the { }: put the whole text in quotes if it is one, or write { route: …, where: … }',
    ],
    ["a list that does not end", "allow: [a,\n  [b]\n", "3:1: the [ of line 1 is not closed"],
    [
      "a number with zeros before it",
      "description: 0123\n",
      '1:14: 0123 is read as a number, not as a text: put it in quotes, "0123"',
    ],
    [
      "a truth value",
      "description: true\n",
      '1:14: true is read as a boolean, not as a text: put it in quotes, "true"',
    ],
    ["% at the start", "allow:\n  - %x\n", `2:5: a text cannot start with % in YAML: ${QUOTE}`],
    ["@ at the start", "allow:\n  - @x\n", `2:5: a text cannot start with @ in YAML: ${QUOTE}`],
    ["` at the start", "allow:\n  - `x`\n", `2:5: a text cannot start with \` in YAML: ${QUOTE}`],
    ["a tab", "allow:\n\t- documents.read\n", "2:1: a tab indents this line: YAML is indented with spaces"],
    [
      "a key that stands twice",
      "allow: [documents.read]\nallow: []\n",
      "2:1: the key allow stands twice in one mapping: keep one",
    ],
    [
      "a second document",
      "allow: [documents.read]\n---\nexcept: []\n",
      "2:1: the file holds several YAML documents (---): keep one",
    ],
  ])("%s", (_, text, problem) => {
    expect(editor(text)).toEqual([`roles/editor.yaml:${problem}`]);
  });
});

describe("a file of the wrong shape is told what was expected", () => {
  it.each<[title: string, text: string, problems: string[]]>([
    ["a list instead of a mapping", "- a\n", ["1:1: the file: expected a mapping, found a list"]],
    [
      "a text instead of a mapping",
      "documents.read\n",
      ['1:1: the file: expected a mapping, found "documents.read"'],
    ],
    [
      "a text instead of a list",
      "allow: documents.read\n",
      ['1:8: allow: expected a list, found "documents.read"'],
    ],
    ["nothing instead of a list", "allow:\n", ["1:7: allow: expected a list, found nothing"]],
    [
      "nothing in a list",
      "allow:\n  -\n  - documents.read\n",
      ["2:4: allow[1]: expected a text or a mapping, found nothing"],
    ],
    ["an empty text", 'allow: [""]\n', ["1:9: allow[1]: must not be empty"]],
    ["a list in a list", "allow:\n  - [a]\n", ["2:5: allow[1]: expected a text or a mapping, found a list"]],
    [
      "a number in a list",
      "allow:\n  - 5\n",
      ['2:5: 5 is read as a number, not as a text: put it in quotes, "5"'],
    ],
    [
      "a mapping without a route",
      "allow: [{ where: { userId: subject } }]\n",
      ["1:9: allow[1].route is missing: expected a text"],
    ],
    [
      "a text instead of where",
      "allow: [{ route: users.read, where: userId }]\n",
      ['1:37: allow[1].where: expected a mapping, found "userId"'],
    ],
    [
      "an unknown key with a near miss",
      "alow: [documents.read]\n",
      ['1:1: unknown key "alow"; did you mean "allow"?'],
    ],
    [
      "an unknown key without one",
      "zzzzzz: 1\n",
      ['1:1: unknown key "zzzzzz"; there is allow, description, except, extends'],
    ],
    [
      "an unknown key in a list",
      "allow: [{ route: users.read, were: {} }]\n",
      ['1:30: unknown key "were"; did you mean "where"?'],
    ],
    [
      "keys of every object",
      "__proto__: {}\nconstructor: {}\n",
      [
        '1:1: unknown key "__proto__"; there is allow, description, except, extends',
        '2:1: unknown key "constructor"; there is allow, description, except, extends',
      ],
    ],
    [
      "several at once",
      "description: 3\nextends: viewer\nallow: documents.read\nexcept: {a: b}\n",
      [
        '1:14: 3 is read as a number, not as a text: put it in quotes, "3"',
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

  it("also in plans: a number that is too small, and a key that there is not", () => {
    const text = 'free:\n  ceiling: ["ANY /**"]\n  throttle: { rate: 0, burst: 1.5, brust: 1 }\n';
    expect(told(loadWith({ "plans.yaml": text, "tenants/acme.yaml": "plan: free\n" }))).toEqual([
      "plans.yaml:3:21: free.throttle.rate: must be more than 0, found 0",
      "plans.yaml:3:31: free.throttle.burst: expected a whole number, found 1.5",
      'plans.yaml:3:36: unknown key "brust"; did you mean "burst"?',
    ]);
  });

  it.each([
    ["an empty one", "", "the file is empty: expected a mapping"],
    ["one without a plan", "{}\n", "there is no plan in it: expected at least one, or no such file"],
    [
      "one with a plan that would get lost",
      '__proto__: { ceiling: ["ANY /**"] }\n',
      'no key can be called "__proto__": rename it',
    ],
  ])("also in plans: %s, and no tenant is told that its plan is missing", (_, text, problem) => {
    const files = { "plans.yaml": text, "tenants/acme.yaml": "plan: free\n" };
    expect(told(loadWith(files))).toEqual([`plans.yaml:1:1: ${problem}`]);
  });

  it("but not where $schema says what shape that is", () => {
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
    ["id: '*'", '1:5: id: "*" is no tenant\'s id: it stands alone, as in tenants: "*", for every tenant'],
    ["changes: { viewer: non }", '1:20: changes.viewer: expected none or { except: […] }, found "non"'],
  ])("also in tenants, once: %s", (text, problem) => {
    expect(told(loadWith({ "tenants/acme.yaml": `${text}\n` }))).toEqual([`tenants/acme.yaml:${problem}`]);
  });

  it("also in tenants: a value that is none of those allowed", () => {
    expect(
      told(
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
  it("are told all at once, from YAML and JSON, by file and position", () => {
    const files = {
      "api.yaml": API.replace("backend: docs, public", "backend: dcs, public"),
      "roles/editor.json": '{\n  "extends": ["viwer"],\n  "allow": ["documents.raed"]\n}',
      "roles/viewer.yaml": "alow: []\n",
      "tenants/acme.yaml": "plan: gold\n",
      "tests/a.yaml": "[]\n",
    };
    expect(told(loadWith(files))).toEqual([
      'api.yaml:7:37: GET /health: unknown backend "dcs"; did you mean "docs"?',
      'roles/editor.json:2:15: extends: there is no role "viwer"; did you mean "viewer"?',
      'roles/editor.json:3:13: "documents.raed": no operation has this permission; did you mean "documents.read"?',
      'roles/viewer.yaml:1:1: unknown key "alow"; did you mean "allow"?',
      'tenants/acme.yaml:1:7: plan: there is no plan "gold"',
      "tests/a.yaml:1:1: expected a list of expectations such as - as: { tenant: acme, roles: [viewer] }: an empty file tests nothing",
    ]);
  });

  it("are told all at once within a file too: an unknown key hides no wrong selector", () => {
    expect(editor("alow: []\nallow: [documents.raed]\n")).toEqual([
      'roles/editor.yaml:1:1: unknown key "alow"; did you mean "allow"?',
      'roles/editor.yaml:2:9: "documents.raed": no operation has this permission; did you mean "documents.read"?',
    ]);
  });

  it("are told all at once within a list too", () => {
    expect(editor("allow: [5, documents.raed]\nextends: [viwer]\n")).toEqual([
      'roles/editor.yaml:1:9: 5 is read as a number, not as a text: put it in quotes, "5"',
      'roles/editor.yaml:1:12: "documents.raed": no operation has this permission; did you mean "documents.read"?',
      'roles/editor.yaml:2:11: extends: there is no role "viwer"; did you mean "viewer"?',
    ]);
  });

  it("stand at the first line with content, whatever comments are before it", () => {
    const files = { "plans.yaml": 'free: { ceiling: ["ANY /**"] }\n' };
    expect(told(loadWith({ ...files, "tenants/acme.yaml": "# a\n\n# b\nname: x\n" }))).toEqual([
      "tenants/acme.yaml:4:1: plan is missing: expected one of free",
    ]);
  });

  it("of one file leave no false trail in those that name what is in it", () => {
    const files = {
      "issuers.yaml": "main: [\n",
      "roles/viewer.yaml": "allow: [\n",
      "roles/editor.yaml":
        'extends: [viewer]\nallow: [{ route: "GET /users/*", where: { userId: claim.dept } }]\n',
      "tenants/acme.yaml": "issuers: [okta]\nchanges: { viewer: none }\n",
    };
    expect(told(loadWith(files))).toEqual([
      "issuers.yaml:2:1: the [ of line 1 is not closed",
      "roles/viewer.yaml:2:1: the [ of line 1 is not closed",
    ]);
  });

  it("of a permission leave no false trail in the roles that grant it", () => {
    const api = API.replace("permission: users.read", "permision: users.read");
    expect(told(loadWith({ "api.yaml": api, "roles/viewer.yaml": "allow: [users.read]\n" }))).toEqual([
      expect.stringMatching(/^api\.yaml:20:\d+: unknown key "permision"/),
    ]);
  });

  it("of an operation leave no false trail in the roles that name it", () => {
    const api = API.replace("permission: users.read", "permision: users.read");
    const problems = told(loadWith({ "api.yaml": api, "roles/viewer.yaml": "allow: [GET /users/*]\n" }));
    expect(problems).toEqual([
      expect.stringMatching(/^api\.yaml:20:\d+: unknown key "permision"; did you mean "permission"\?$/),
    ]);
  });

  it("leave no policies: a folder is whole or nothing", () => {
    expect(loadWith({ "roles/editor.yaml": "alow: []\n" }).policies).toBeUndefined();
    expect(loadWith({}).problems).toEqual([]);
  });

  it("begin with the API: without it only what does not depend on it is told", () => {
    const { "api.yaml": _, ...others } = BASE;
    const api = "api.yaml:1:1: the file is missing: it declares the API's routes as an OpenAPI 3.0 document";
    expect(told(load(others))).toEqual([api]);
    expect(told(load({ ...others, "tests/a.yaml": "[]" }))).toEqual([
      api,
      expect.stringContaining("tests/a.yaml:1:1: "),
    ]);
    expect(told(loadWith({ "api.yaml": "" }))).toEqual([
      "api.yaml:1:1: the file is no OpenAPI document: expected openapi, info and paths",
    ]);
  });

  it("are files in no place, each with the place that was probably meant", () => {
    const files = {
      "role/x.yaml": "",
      "tenant/acme.yaml": "",
      "plan.yaml": "",
      "foo.json": "{}",
      "readme.md": "hello",
    };
    expect(told(loadWith(files))).toEqual([
      "foo.json:1:1: nothing is read from a file of this name; there is api, issuers, plans",
      'plan.yaml:1:1: nothing is read from a file of this name; did you mean "plans"?',
      'role/x.yaml:1:1: nothing is read from here; did you mean "roles"?',
      'tenant/acme.yaml:1:1: nothing is read from here; did you mean "tenants"?',
    ]);
  });

  it("are files that lie too deep, and what to do is not the folder that they are in", () => {
    for (const path of ["roles/a/b.yaml", "tenants/dev/x/y.yaml", "tests/a/b.yaml"]) {
      const [problem, ...others] = told(loadWith({ [path]: "" }));
      expect(others).toEqual([]);
      expect(problem).toContain(`${path}:1:1: `);
      expect(problem).not.toContain("did you mean");
    }
  });

  it("name the folder to move them to", () => {
    expect(told(loadWith({ "roles/a/b.yaml": "" }))).toEqual([
      "roles/a/b.yaml:1:1: nothing is read from folders inside roles: move it to roles/b.yaml",
    ]);
  });

  it("are folders of tenants that are nearly called like the environment, as a warning", () => {
    const files = { "tenants/prdo/a.yaml": "", "tenants/prdo/b.yaml": "", "tenants/dev/a.yaml": "" };
    const loaded = loadWith(files, "prod");
    expect(told(loaded)).toEqual([
      'tenants/prdo/a.yaml:1:1: warning: nothing is read from tenants/prdo for the environment prod; did you mean "tenants/prod"?',
    ]);
    expect(loaded.policies).toBeDefined();
    expect(told(loadWith({ "tenants/dev1/a.yaml": "" }, "dev2"))).toEqual([]);
  });

  it("are two files of one name", () => {
    expect(told(loadWith({ "plans.yaml": "{}\n", "plans.json": "{}" }))).toContain(
      "plans.yaml:1:1: plans.json stands beside it: keep one",
    );
  });

  it("in JSON are called problems of JSON", () => {
    const [problem] = told(loadWith({ "roles/editor.json": '{"allow": ["documents.read",]' }));
    expect(problem).toMatch(/^roles\/editor\.json:1:30: /);
    expect(problem).not.toContain("YAML");
  });
});
