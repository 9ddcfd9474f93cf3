import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { VERBS } from "../../cli/verbs.ts";
import { DENY_REASONS } from "../../core/decision/denial.ts";
import { RESERVED_KEYS } from "../../core/policy/context.ts";
import {
  apiRootSchema,
  issuerSchema,
  operationSchema,
  plansSchema,
  policyTestsSchema,
  roleSchema,
  tenantSchema,
} from "../../core/policy-files/model/schemas.ts";
import { CALLER_HEADERS, REQUEST_ID_HEADER } from "../../core/policy-files/openapi/integrations.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "docs/adopt.md",
  "docs/bench.md",
  "docs/clients.md",
  "docs/console.md",
  "docs/operations.md",
  "docs/policy-files.md",
  "docs/run-time.md",
  "docs/scale.md",
  "docs/identity.md",
  "docs/threat-model.md",
  "docs/shadow.md",
  "examples/README.md",
  "examples/adopt/README.md",
  "examples/auth0/README.md",
  "examples/cdktf/README.md",
  "examples/ci/README.md",
  "examples/cognito/README.md",
  "examples/express/README.md",
  "examples/fastify/README.md",
  "examples/multi-environment/README.md",
  "examples/quick-start/README.md",
  "examples/tenant-table/README.md",
  "packages/caller/README.md",
];
const README = read("README.md");
const POLICY_FILES = read("docs/policy-files.md");
const OPERATIONS = read("docs/operations.md");
const PACKAGE = JSON.parse(read("package.json")) as Record<
  "dependencies" | "devDependencies" | "scripts",
  Record<string, string>
>;

/** The text of a heading, to the next of its level. */
function section(document: string, heading: string): string {
  const level = heading.split(" ", 1)[0] ?? "#";
  const start = document.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`There is no heading "${heading}"`);
  const rest = document.slice(start + heading.length + 2);
  const end = rest.indexOf(`\n${level} `);
  return end < 0 ? rest : rest.slice(0, end);
}

/** What stands in backticks in the first column of each table, table by table. */
function tablesIn(text: string): string[][] {
  const tables = text
    .split(/\n(?!\|)/)
    .map((part) => [...part.matchAll(/^\| `([^`]+)`/gm)].map(([, key = ""]) => key));
  return tables.filter((keys) => keys.length > 0);
}

const blocks = (document: string, language: string): string[] =>
  [...document.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, "gm"))].map(
    ([, body = ""]) => body,
  );

describe("the README", () => {
  it("gives a reason for every dependency, and for no other", () => {
    const [dependencies, development] = tablesIn(section(README, "## Dependencies"));
    expect(dependencies).toEqual(Object.keys(PACKAGE.dependencies));
    expect(development).toEqual(Object.keys(PACKAGE.devDependencies));
  });

  it("has every key of the context that backends read", () => {
    const notForBackends = ["group", "reason", "principalId", "claims", "integrationLatency"];
    const [keys] = tablesIn(section(README, "## What a backend is told"));
    expect(keys).toEqual(RESERVED_KEYS.filter((key) => !notForBackends.includes(key)));
    for (const header of [...Object.keys(CALLER_HEADERS), REQUEST_ID_HEADER])
      expect(README).toContain(`\`${header}\``);
  });

  it("shows policy files as they are", () => {
    const snippets = blocks(README, "yaml");
    expect(snippets.length).toBeGreaterThanOrEqual(6);
    for (const snippet of snippets) {
      const [, path = "", text = ""] = /^# (policies\/\S+)\n([\s\S]+)$/.exec(snippet) ?? [];
      expect(read(path), path).toContain(text);
    }
  });

  it("imports what there is", () => {
    for (const [, path = ""] of README.matchAll(/from "\.\/([^"]+)"/g))
      expect(existsSync(path), path).toBe(true);
  });
});

describe.each([...DOCUMENTS, "examples/ci/portcullis.yml"])("%s", (path) => {
  const text = read(path);

  it("names commands that there are", () => {
    for (const [, script = ""] of text.matchAll(/npm run (?:--silent )?([a-z:]+)/g))
      expect(PACKAGE.scripts, script).toHaveProperty([script]);
    for (const [, verb = ""] of text.matchAll(/npx portcullis ([a-z][a-z-]*)/g))
      expect(Object.keys(VERBS)).toContain(verb);
    for (const [, file = ""] of text.matchAll(/npx tsx (\S+\.ts)/g))
      expect(existsSync(file), file).toBe(true);
  });

  it("links to files that there are", () => {
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
      expect(existsSync(join(dirname(path), link)), link).toBe(true);
  });

  it("has JSON that can be read", () => {
    for (const block of blocks(text, "json"))
      expect(() => JSON.parse(block), block.slice(0, 80)).not.toThrow();
  });
});

describe("docs/policy-files.md", () => {
  it.each([
    ["### At the root: `x-portcullis`", apiRootSchema],
    ["### At each operation: `x-portcullis`", operationSchema],
    ["## roles/&lt;role&gt;.yaml", roleSchema],
    ["## plans.yaml", plansSchema.valueType],
    ["## tenants/&lt;tenant&gt;.yaml", tenantSchema],
    ["## issuers.yaml", issuerSchema],
    ["## tests/*.yaml", policyTestsSchema.element],
  ])("has every key, and no other: %s", (heading, { shape }) => {
    const [keys] = tablesIn(section(POLICY_FILES, heading));
    expect(keys?.toSorted()).toEqual(
      Object.keys(shape)
        .filter((key) => key !== "$schema")
        .sort(),
    );
  });

  it("says of every reason what to do", () => {
    const [reasons] = tablesIn(section(POLICY_FILES, "## Reasons of a 403"));
    expect(reasons).toEqual(DENY_REASONS);
  });
});

describe("docs/operations.md", () => {
  it("says of every failure of the authorizer what to do", () => {
    const [, type = ""] = /UnavailableCode =([^;]+);/.exec(read("core/model/errors.ts")) ?? [];
    const codes = [...type.matchAll(/"([a-z_]+)"/g)].map(([, code = ""]) => code);
    const [told] = tablesIn(section(OPERATIONS, "## What to do for a 5xx"));
    expect(told?.toSorted()).toEqual([...codes, "internal_error"].sort());
  });
});

describe("examples/ci", () => {
  it("is a workflow for pull requests that writes nothing", () => {
    const workflow = parse(read("examples/ci/portcullis.yml")) as Record<string, unknown>;
    expect(Object.keys(workflow["on"] as object)).toEqual(["pull_request"]);
    expect(workflow["permissions"]).toEqual({ contents: "read" });
    expect(read("examples/ci/portcullis.yml")).toContain("npx portcullis deploy dev --plan");
  });
});
