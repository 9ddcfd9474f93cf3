import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readPolicyFiles } from "../../cli/shared/policy-folder.ts";
import { matchPath, selectRoute } from "../../core/model/route.ts";
import { cedarFiles } from "../../core/policy-files/cedar/cedar-files.ts";
import { issuerSchema } from "../../core/policy-files/model/issuer-schemas.ts";
import { loadPolicies } from "../../core/policy-files/model/policy-set.ts";
import {
  apiRootSchema,
  clientsSchema,
  operationSchema,
  plansSchema,
  roleSchema,
  tenantSchema,
} from "../../core/policy-files/model/schemas.ts";
import { MUTATIONS } from "../exact/cedar/mutations.ts";

const PAGE = readFileSync("docs/cedar.md", "utf8");

const { policies } = loadPolicies(readPolicyFiles("policies"), "dev");
if (policies === undefined) throw new Error("The sample has errors");
const { api, policyTests } = policies;
const files = cedarFiles(policies);

const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, text = ""]) => text,
  );

describe("docs/cedar.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-cedar-docs-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("shows policies of the sample unchanged", () => {
    expect(blocks("cedar").length).toBeGreaterThan(4);
    for (const block of blocks("cedar")) expect(files["policies.cedar"]).toContain(block);
  });

  it("names every key of the policy files", () => {
    const [, keys = ""] = PAGE.split("## Which key becomes what");
    const [table = ""] = keys.split("\n## ");
    const shapes = [
      apiRootSchema,
      operationSchema,
      roleSchema,
      plansSchema.valueType,
      tenantSchema,
      issuerSchema,
      clientsSchema,
    ];
    const all = new Set(shapes.flatMap(({ shape }) => Object.keys(shape)));
    all.delete("$schema");
    for (const key of all) expect(table).toMatch(new RegExp(`\`${key}[\`:]`));
  });

  it("counts the mistakes that are planted", () => {
    expect(PAGE).toContain(`: ${MUTATIONS.length} edits`);
  });

  it("asks Cedar with a program that decides the sample's policy tests", async () => {
    const [program = ""] = blocks("js");
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(
      join(folder, "ask.mjs"),
      program
        .replace("build/cedar/", `${folder}/`)
        .replace("@cedar-policy/cedar-wasm/nodejs", import.meta.resolve("@cedar-policy/cedar-wasm/nodejs")),
    );
    const { isAllowed } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "ask.mjs")).href)) as {
      isAllowed(question: unknown): boolean;
    };
    const routes = api.operations.map(({ route }) => route);
    for (const { as, method, path, can } of policyTests) {
      const route = selectRoute(routes, method, path);
      const { tenant, roles, subject, scopes, issuer = "main", clientId: client = "quill-web" } = as;
      const caller = {
        issuer: { __entity: { type: "Issuer", id: issuer } },
        ...(subject !== undefined && { subject }),
        ...{ scopes: scopes ?? [], claims: {}, client, clientPatterns: [] },
      };
      const params = route && matchPath(route.segments, path);
      expect(isAllowed({ tenant, roles, caller, operation: route?.key, params }), `${method} ${path}`).toBe(
        can,
      );
    }
    expect(policyTests.length).toBeGreaterThan(20);
  });
});
