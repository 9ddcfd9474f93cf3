import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Flag } from "../../cli/shared/flags.ts";
import { VERBS, type Verb } from "../../cli/verbs.ts";
import { DENY_REASONS } from "../../core/decision/denial.ts";
import { RESERVED_KEYS } from "../../core/policy/context.ts";
import { issuerSchema } from "../../core/policy-files/model/issuer-schemas.ts";
import {
  apiRootSchema,
  clientsSchema,
  operationSchema,
  plansSchema,
  policyTestsSchema,
  roleSchema,
  tenantSchema,
} from "../../core/policy-files/model/schemas.ts";
import { CALLER_HEADERS, REQUEST_ID_HEADER } from "../../core/policy-files/openapi/integrations.ts";

const read = (path: string): string => readFileSync(path, "utf8");

/** Returns the Markdown files below a folder, without those of installed packages. */
const pagesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !path.includes("node_modules"))
    .map((path) => join(folder, path))
    .sort();

const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "CODE_OF_CONDUCT.md",
  "AGENTS.md",
  ".github/pull_request_template.md",
  ...pagesBelow("docs"),
  ...pagesBelow("examples"),
  "packages/caller/README.md",
];
const README = read("README.md");
const BACKENDS = read("docs/backends.md");
const DEPENDENCIES = read("docs/dependencies.md");
const POLICY_FILES = read("docs/policy-files.md");
const OPERATIONS = read("docs/operations.md");
const PACKAGE = JSON.parse(read("package.json")) as Record<
  "devDependencies" | "scripts",
  Record<string, string>
>;

/** Returns the text below a heading, up to the next heading of its level. */
function section(document: string, heading: string): string {
  const level = heading.split(" ", 1)[0] ?? "#";
  const start = document.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`There is no heading "${heading}"`);
  const rest = document.slice(start + heading.length + 2);
  const end = rest.indexOf(`\n${level} `);
  return end < 0 ? rest : rest.slice(0, end);
}

/** Returns the names in backticks in the first column of each table, table by table. */
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

/** Returns the anchors that GitHub gives to a page's headings. */
const anchorsIn = (document: string): string[] =>
  [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/&[a-z]+;/g, "")
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** Files that a command makes, so that a checkout does not have them. */
const GENERATED = ["bench/results.json", "bench/results.svg", "console/events", "console/policies.json"];
const TOP_FOLDERS = readdirSync(".", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "build")
  .map(({ name }) => name);

/** Returns the paths of this repository in backticks; a path with a placeholder or a wildcard is not one. */
const pathsIn = (document: string): string[] =>
  [...document.matchAll(/`([\w.-]+\/[\w./-]*)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => TOP_FOLDERS.includes(path.split("/", 1)[0] ?? "") && !GENERATED.includes(path));

/** Returns the commands of a page that can be run, with their words; not the synopses of docs/commands.md. */
function commandsIn(document: string): { readonly verb: string; readonly words: readonly string[] }[] {
  return [...document.matchAll(/npx portcullis ([a-z][a-z-]*)([^\n`|;&)#>]*)/g)].flatMap(
    ([, verb = "", rest = ""]) =>
      rest.includes("[") ? [] : [{ verb, words: rest.split(" -- ", 1)[0]?.trim().split(/\s+/) ?? [] }],
  );
}

describe("docs/dependencies.md", () => {
  it("gives a reason for every dependency, and for nothing else", () => {
    const [shipped = [], development = []] = tablesIn(DEPENDENCIES);
    expect([...shipped, ...development].sort()).toEqual(Object.keys(PACKAGE.devDependencies).sort());
    const notices = read("docs/licences.md");
    expect(shipped.filter((name) => !notices.includes(`| \`${name}\` |`))).toEqual([]);
    expect(development.filter((name) => notices.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe("docs/backends.md", () => {
  it("lists every key of the context that backends read", () => {
    const notForBackends = ["group", "reason", "challenge", "principalId", "claims", "integrationLatency"];
    const [keys] = tablesIn(BACKENDS);
    expect(keys).toEqual(RESERVED_KEYS.filter((key) => !notForBackends.includes(key)));
    for (const header of [...Object.keys(CALLER_HEADERS), REQUEST_ID_HEADER])
      expect(BACKENDS).toContain(`\`${header}\``);
  });
});

describe("the README", () => {
  it("shows policy files unchanged", () => {
    const snippets = blocks(README, "yaml");
    expect(snippets.length).toBeGreaterThanOrEqual(3);
    for (const snippet of snippets) {
      const [, path = "", text = ""] = /^# (policies\/\S+)\n([\s\S]+)$/.exec(snippet) ?? [];
      expect(read(path), path).toContain(text);
    }
  });

  it("imports only files that exist", () => {
    for (const [, path = ""] of README.matchAll(/from "\.\/([^"]+)"/g))
      expect(existsSync(path), path).toBe(true);
  });
});

describe.each([...DOCUMENTS, "examples/ci/portcullis.yml", "examples/ci/gitlab-ci.yml"])("%s", (path) => {
  const text = read(path);

  it("names only commands that exist", () => {
    for (const [, script = ""] of text.matchAll(/npm run (?:--silent )?([a-z:]+)/g))
      expect(PACKAGE.scripts, script).toHaveProperty([script]);
    for (const [, verb = ""] of text.matchAll(/npx portcullis ([a-z][a-z-]*)/g))
      expect(Object.keys(VERBS)).toContain(verb);
    for (const [, file = ""] of text.matchAll(/npx tsx (\S+\.ts)/g))
      expect(existsSync(file), file).toBe(true);
  });

  it("uses only flags and values of flags that exist", async () => {
    for (const { verb, words } of commandsIn(text)) {
      const { flags } = await (VERBS[verb] as Verb).load();
      for (const [index, word] of words.entries()) {
        const [, name = "", given] = /^--([a-z][a-z-]*)(?:=(.*))?$/.exec(word) ?? [];
        if (name === "" || name === "help") continue;
        const command = `npx portcullis ${verb} ${words.join(" ")}`;
        expect(Object.keys(flags), command).toContain(name);
        const { values } = flags[name] as Flag;
        const value = given ?? words[index + 1];
        // A page may name a flag without a value.
        if (values !== undefined && value !== undefined) expect(values, command).toContain(value);
      }
    }
  });

  it("links only to files and headings that exist", () => {
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      expect(existsSync(target), link).toBe(true);
      if (anchor !== undefined) expect(anchorsIn(read(target)), link).toContain(anchor);
    }
  });

  it("has JSON that can be parsed", () => {
    for (const block of blocks(text, "json"))
      expect(() => JSON.parse(block), block.slice(0, 80)).not.toThrow();
  });
});

describe.each(DOCUMENTS.filter((path) => !path.startsWith("examples/")))("%s", (path) => {
  it("names only files that exist", () => {
    for (const named of pathsIn(read(path))) expect(existsSync(named), named).toBe(true);
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
    ["## clients.yaml", clientsSchema],
    ["## tests/*.yaml", policyTestsSchema.element],
  ])("lists every key, and nothing else: %s", (heading, { shape }) => {
    const [keys] = tablesIn(section(POLICY_FILES, heading));
    expect(keys?.toSorted()).toEqual(
      Object.keys(shape)
        .filter((key) => key !== "$schema")
        .sort(),
    );
  });

  it("says what to do for every reason of a denial", () => {
    const [reasons] = tablesIn(section(POLICY_FILES, "## Reasons for a 403"));
    expect(reasons).toEqual(DENY_REASONS);
  });
});

describe("docs/operations.md", () => {
  /** Returns the members of a union of codes. */
  function codesIn(type: string): string[] {
    const [, union = ""] = new RegExp(`${type} =([^;]+);`).exec(read("core/model/errors.ts")) ?? [];
    const codes = [...union.matchAll(/"([a-z_]+)"/g)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(5);
    return codes;
  }

  it("says what to do for every reason of a 401", () => {
    const cells = [...section(OPERATIONS, "## What to do for a 401").matchAll(/^\| (`[^|]+) \|/gm)];
    const listed = cells.flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code),
    );
    expect(listed.filter((code) => code !== "code").toSorted()).toEqual(
      codesIn("AuthenticationErrorCode").sort(),
    );
  });

  it("says what to do for every failure of the authorizer", () => {
    const codes = codesIn("InternalErrorCode");
    const [listed] = tablesIn(section(OPERATIONS, "## What to do for a 5xx"));
    expect(listed?.toSorted()).toEqual([...codes, "internal_error"].sort());
  });
});

describe("examples/ci", () => {
  it("is a workflow for pull requests that writes nothing", () => {
    const workflow = parse(read("examples/ci/portcullis.yml")) as Record<string, unknown>;
    expect(Object.keys(workflow["on"] as object)).toEqual(["pull_request", "pull_request_review"]);
    expect(workflow["permissions"]).toEqual({ contents: "read" });
    expect(read("examples/ci/portcullis.yml")).toContain("npx portcullis deploy dev --plan");
  });
});
