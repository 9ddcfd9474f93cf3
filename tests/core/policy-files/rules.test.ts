import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RULE_SECTIONS, RULES, type RuleId } from "../../../core/policy-files/rules/rules.ts";
import { API, type FileTexts, loadWith } from "../../support/policy-files.ts";

const api = (from: string, to: string): FileTexts => ({ "api.yaml": API.replace(from, to) });

describe("a problem", () => {
  it.each<[RuleId, FileTexts]>([
    ["invalid-syntax", { "roles/viewer.yaml": "allow: [\n" }],
    ["unknown-key", { "roles/viewer.yaml": "alow: [documents.read]\n" }],
    ["missing-value", { "roles/viewer.yaml": "allow: [{ where: {} }]\n" }],
    ["invalid-value", { "tenants/acme.yaml": "name: 3\n" }],
    ["unexpected-file", { "rules.yaml": "" }],
    ["duplicate-file", { "api.json": "{}" }],
    ["unknown-permission", { "roles/viewer.yaml": "allow: [documents.reed]\n" }],
    ["unknown-route", { "roles/viewer.yaml": "allow: [GET /nothing]\n" }],
    ["unknown-route", { "roles/viewer.yaml": "allow: [GET|POST /users/*]\n" }],
    ["explicit-route", { "roles/viewer.yaml": "allow: [DELETE /documents/*]\n" }],
    ["invalid-selector", { "roles/viewer.yaml": "allow: [/documents]\n" }],
    ["unknown-role", { "roles/viewer.yaml": "extends: [editor]\n" }],
    [
      "role-cycle",
      { "roles/viewer.yaml": "extends: [editor]\n", "roles/editor.yaml": "extends: [viewer]\n" },
    ],
    ["unknown-issuer", { "tenants/acme.yaml": "issuers: [okta]\n" }],
    ["unknown-backend", api("backend: billing", "backend: bills")],
    ["conflicting-settings", api("public: true", "public: true, permission: x")],
    ["undecided-route", api("public: true", "undecided: why")],
    ["openapi-version", api("3.0.3", "3.1.0")],
    ["invalid-request", { "tests/a.yaml": "- { as: { tenant: acme, roles: [viewer] }, can: [GET] }\n" }],
    [
      "unknown-tenant",
      { "tests/a.yaml": "- { as: { tenant: acmee, roles: [viewer] }, can: [GET /health] }\n" },
    ],
    ["empty-file", { "tests/a.yaml": "[]\n" }],
  ])("has the rule %s", (rule, files) => {
    expect(loadWith(files).problems.map((problem) => problem.rule)).toContain(rule);
  });
});

describe("a rule", () => {
  const sources = ["core", "cli"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.startsWith(join("policy-files", "rules")))
      .map((path) => readFileSync(join(folder, path), "utf8")),
  );

  it("is used by a check", () => {
    const unused = Object.keys(RULES).filter((id) => !sources.some((text) => text.includes(`"${id}"`)));
    // Made from what is unknown in a policy test.
    expect(unused).toEqual(["unknown-tenant"]);
  });

  it("has a kebab-case id in one section, and a meaning and a fix that are sentences", () => {
    const rules = Object.values(RULE_SECTIONS).flatMap((section) => Object.entries(section));
    expect(rules).toHaveLength(Object.keys(RULES).length);
    for (const [id, { about, fix }] of rules) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const text of [about, fix]) expect(text).toMatch(/^[A-Z`].*[^.]\.$/);
    }
  });
});
