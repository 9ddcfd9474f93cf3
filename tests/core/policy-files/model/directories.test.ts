import { describe, expect, it } from "vitest";
import { readItems } from "../../../../core/policy-files/compile/catalogue.ts";
import { Comparison, compareContents } from "../../../../core/policy-files/publish/narrowed-item.ts";
import { findRunTimeProblems } from "../../../../core/policy-files/publish/run-time-problems.ts";
import { orderWrites } from "../../../../core/policy-files/publish/steps.ts";
import {
  BASE,
  type FileTexts,
  itemsWith,
  loadWith,
  policiesOf,
  problemLines,
} from "../../../support/policy-files.ts";

const ISSUERS = `pools: { preset: cognito, tenants: by_directory, audience: none }
main: { preset: generic, tenants: '*' }
`;
const folder = (files: FileTexts = {}): FileTexts => ({
  "issuers.yaml": ISSUERS,
  "tenants/acme.yaml": "directories:\n  pools: eu-central-1_AbC\n",
  ...files,
});
const problemsOf = (files: FileTexts = {}) => problemLines(loadWith(folder(files)));
const itemAt = (pk: string, files: FileTexts = {}) =>
  itemsWith(folder(files)).find((item) => item["pk"] === pk);

describe("a tenant's directory", () => {
  it("is in the tenant's item, and one item by the directory names the tenant", () => {
    expect(problemsOf()).toEqual([]);
    expect(itemAt("TENANT#acme")).toMatchObject({ directories: { pools: "eu-central-1_AbC" } });
    expect(itemAt("DIRECTORY#pools#eu-central-1_AbC")).toMatchObject({
      sk: "DIRECTORY",
      tenant: "acme",
      owner: "files",
      v: 1,
    });
  });

  it("leaves the issuer one item of the catalogue, whose tenants an older reader rejects", () => {
    const { catalogue, tenants } = readItems(itemsWith(folder()));
    const issuers = new Map([...catalogue.issuers].map(([name, { tenants }]) => [String(name), tenants]));
    expect(issuers.get("pools")).toBe("by_directory");
    expect([...([...tenants.values()][0]?.directories ?? [])]).toEqual([["pools", "eu-central-1_AbC"]]);
  });

  it("belongs to one tenant", () => {
    const other = { "tenants/globex.yaml": "directories: { pools: eu-central-1_AbC }\n" };
    expect(problemsOf(other)).toEqual([
      "tenants/globex.yaml:1:23: directories: eu-central-1_AbC is also the directory of acme (tenants/acme.yaml): a directory of pools has one tenant",
    ]);
  });

  it.each([
    ["directories: { pols: x1 }", 'there is no issuer "pols"; did you mean "pools"?'],
    [
      "directories: { main: x1 }",
      "issuer main has no directories: write tenants: by_directory for it in issuers.yaml, or remove this line",
    ],
  ])("is of an issuer that has directories: %s", (line, message) => {
    expect(problemsOf({ "tenants/acme.yaml": `${line}\n` })).toEqual([
      `tenants/acme.yaml:1:16: directories: ${message}`,
    ]);
  });

  it.each(["..", ".", "a/b", "a%2Fb", "", "a b", "{pool}", "ä", "a#b", "x".repeat(129)])(
    "cannot be %j, which is not one segment of a path",
    (name) => {
      const [problem = "", ...others] = problemsOf({
        "tenants/acme.yaml": `directories: { pools: ${JSON.stringify(name)} }\n`,
      });
      expect(others).toEqual([]);
      expect(problem).toMatch(/^tenants\/acme\.yaml:1:23: directories\.pools: expected what the variable/);
    },
  );

  it("needs an issuer that the tenant accepts", () => {
    const text = "issuers: [main]\ndirectories: { pools: x1 }\n";
    expect(problemsOf({ "tenants/acme.yaml": text })).toEqual([
      "tenants/acme.yaml:2:23: directories: acme does not accept issuer pools, so its directory has no effect: add pools to issuers, or remove this line",
    ]);
  });

  it("is missing if the tenant accepts only the issuer of directories", () => {
    expect(problemsOf({ "tenants/acme.yaml": "issuers: [pools]\n" })).toEqual([
      "tenants/acme.yaml:1:1: issuers: pools covers a tenant by its directory, but acme lists none: add it, as in directories: { pools: … }",
    ]);
  });
});

describe("an issuer with tenants: by_directory", () => {
  it("has no url in the files, and is not of staff", () => {
    const [url, staff] = [
      "pools: { preset: cognito, tenants: by_directory, url: https://a.example.com, audiences: [api] }\n",
      "pools: { preset: cognito, tenants: by_directory, staff: true, memberships: instead }\n",
    ];
    expect(problemsOf({ "issuers.yaml": url })).toEqual([
      expect.stringMatching(/^issuers\.yaml:1:55: issuer pools: url is that of one directory: remove url/),
    ]);
    expect(problemsOf({ "issuers.yaml": staff })).toEqual([
      expect.stringMatching(/^issuers\.yaml:1:57: issuer pools: staff act in the tenants of others/),
    ]);
  });

  it("gets a message with the right spelling when it is misspelt", () => {
    expect(problemsOf({ "issuers.yaml": "pools: { preset: cognito, tenants: by_directry }\n" })).toEqual([
      'issuers.yaml:1:36: pools.tenants: expected "*", by_directory or a list of tenant ids, found "by_directry"',
    ]);
  });
});

describe("a publish", () => {
  const items = (tenant: string, issuers = ISSUERS) =>
    itemsWith({ "issuers.yaml": issuers, "tenants/acme.yaml": tenant });
  const tenantOf = (text: string) => items(text).find(({ pk }) => pk === "TENANT#acme") ?? {};
  const effect = (before: string, after: string) =>
    compareContents(
      tenantOf(before),
      tenantOf(after),
      new Comparison({ before: items(before), after: items(after) }),
    );
  const [none, one, other] = [
    "name: A\n",
    "name: A\ndirectories: { pools: x1 }\n",
    "name: A\ndirectories: { pools: x2 }\n",
  ];

  it("narrows when a tenant loses its directory, and widens when it gets one", () => {
    expect(effect(one, none)).toEqual({ kind: "narrows" });
    expect(effect(none, one)).toEqual({ kind: "widens" });
  });

  it("removes the old directory before it adds another", () => {
    const mixed = effect(one, other);
    expect(mixed.kind).toBe("mixed");
    expect("intersection" in mixed && mixed.intersection["directories"]).toBeUndefined();
    expect(orderWrites(items(one), items(other)).map(({ name }) => name)).toEqual(["narrow", "widen"]);
  });

  it("changes an issuer to directories in one write", () => {
    const before = items(none, ISSUERS.replace("by_directory", "'*'"));
    expect(orderWrites(before, items(none)).map(({ name }) => name)).toEqual(["all"]);
  });
});

describe("check --table", () => {
  const tenant = (directories: Record<string, string>) => ({
    ...itemsWith({})[0],
    pk: "TENANT#initech",
    sk: "TENANT",
    id: "initech",
    owner: "runtime",
    status: "active",
    hash: "h",
    directories,
  });
  const problems = (directories: Record<string, string>) =>
    findRunTimeProblems(policiesOf({ ...BASE, ...folder() }), [tenant(directories)], new Map());

  it("finds run-time tenants whose directory the files give to another, or whose issuer has none", () => {
    expect(problems({ pools: "x1" })).toEqual([]);
    expect(problems({ pools: "eu-central-1_AbC", main: "x1" }).map(({ message }) => message)).toEqual([
      "directories: eu-central-1_AbC is also the directory of acme (tenants/acme.yaml): a directory of pools has one tenant",
      'directories: the files have no issuer "main" with tenants: by_directory, so x1 has no effect',
    ]);
  });
});
