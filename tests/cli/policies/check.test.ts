import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { check } from "../../../cli/commands/policies/check.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

describe("npx portcullis check", () => {
  it("accepts the sample, and warns about the one request whose route is uncertain", async () => {
    const { status, stdout } = await runVerb(check, "--policies", sampleWith());
    expect(status).toBe(0);
    expect(stdout).toContain(
      "GET /documents/search/comments matches GET /documents/{documentId}/comments, but its first segments match /documents/search",
    );
    expect(stdout).toContain("0 errors, 1 warning");
    expect(stdout).toContain("Caching mode token");
  });

  it("rejects an environment that neither a folder nor a .tfvars file has, with a suggestion", async () => {
    await expect(runVerb(check, "--environment", "stagin", "--policies", sampleWith())).rejects.toThrow(
      /--environment: there is no environment "stagin"; did you mean "staging"\? An environment has a folder in \S+\/tenants, or a file environments\/NAME\.tfvars/,
    );
    for (const environment of ["dev", "staging", "prod"])
      expect((await runVerb(check, "--environment", environment, "--policies", sampleWith())).status).toBe(0);
    const own = sampleWith({ "tenants/qa/umbrella.yaml": "name: Umbrella\nplan: team\n" });
    expect((await runVerb(check, "--environment", "qa", "--policies", own)).status).toBe(0);
  });

  it("rejects an API with more resources than the account's quota, and names the way out", async () => {
    const folder = sampleWith();
    const rejected = await runVerb(check, "--policies", folder, "--max-resources", "5");
    expect(rejected.status).toBe(1);
    expect(rejected.stdout).toMatch(/api\.yaml:\d+:1: error: paths: the API needs \d+ resources/);
    expect(rejected.stdout).toContain("--max-resources");
    expect(rejected.stdout).not.toContain("is fine");
    expect((await runVerb(check, "--policies", folder, "--max-resources", "60")).status).toBe(0);
  });

  it("rejects an API whose definition is larger than API Gateway imports", async () => {
    const api = readFileSync("policies/api.yaml", "utf8");
    const description = "x".repeat(6_400_000);
    const folder = sampleWith({
      "api.yaml": api.replace("description: Documents", `description: ${description}`),
    });
    const { status, stdout } = await runVerb(check, "--policies", folder);
    expect(status).toBe(1);
    expect(stdout).toContain(
      "but API Gateway imports 6291456: shorten descriptions and schemas, or split the API",
    );
  });

  it("prints warnings of one kind as one line with a count, and each of them as JSON", async () => {
    const paths = Array.from(
      { length: 30 },
      (_, at) =>
        `  /things${at}/{id}: { get: { x-portcullis: { backend: docs, permission: things.read } } }\n`,
    );
    const head =
      'openapi: 3.0.3\ninfo: { title: T, version: "1" }\nx-portcullis: { backends: { docs: lambda } }\n';
    const folder = mkdtempSync(join(tmpdir(), "check-"));
    mkdirSync(join(folder, "roles"));
    writeFileSync(join(folder, "api.yaml"), `${head}paths:\n${paths.join("")}`);
    writeFileSync(join(folder, "roles/idle.yaml"), "description: x\n");
    const { stdout } = await runVerb(check, "--policies", folder);
    const lines = stdout.split("\n").filter((line) => line.includes("warning: "));
    expect(lines).toEqual([
      expect.stringMatching(
        /api\.yaml:5:\d+: warning: GET \/things0\/\{id\}: no role grants it.* \(and 29 more\)$/,
      ),
      expect.stringMatching(/: no responses, .* \(and 29 more\)$/),
      expect.stringMatching(/: path parameters that are not declared, .* \(and 29 more\)$/),
    ]);
    expect(stdout).toContain("0 errors, 90 warnings of 3 kinds (--format json lists each)");
    const json = JSON.parse((await runVerb(check, "--policies", folder, "--format", "json")).stdout);
    expect(json.problems).toHaveLength(90);
    expect(json.problems.at(-1)).toMatchObject({ line: 34, severity: "warning" });
    rmSync(folder, { recursive: true });
  });

  it("treats a warning as an error with --strict", async () => {
    expect((await runVerb(check, "--strict", "--policies", sampleWith())).status).toBe(1);
  });

  it.each([
    [
      "a route that no role grants",
      { "roles/admin.yaml": "allow: [documents.read]\n" },
      "no role grants it, so every request is denied [unreachable-route] (and",
    ],
    [
      "a role that no plan has",
      {
        "plans.yaml":
          'enterprise:\n  ceiling: ["ANY /**"]\n  roles: [viewer]\nteam:\n  ceiling: ["ANY /**"]\n  roles: [viewer]\nfree:\n  ceiling: ["ANY /**"]\n  roles: [viewer]\n',
      },
      "role accountant: no plan has it",
    ],
    [
      "an except without effect",
      { "roles/accountant.yaml": "allow: [invoices.read]\nexcept: [files.read]\n" },
      'except "files.read" has no effect, because the role allows none of its routes',
    ],
    [
      "a change without effect",
      { "tenants/globex.yaml": "plan: team\nchanges:\n  viewer:\n    except: [documents.create]\n" },
      'except "documents.create" has no effect, because viewer grants none of its routes',
    ],
    [
      "a grant above the ceiling",
      { "tenants/globex.yaml": "plan: team\nroles:\n  clerk: { allow: [reports.read] }\n" },
      '"reports.read" allows routes outside the ceiling of plan team, which stay denied: GET /reports/usage',
    ],
    [
      "a binding next to a greedy parameter",
      {
        "api.yaml":
          "openapi: 3.0.3\ninfo: { title: T, version: '1' }\nx-portcullis:\n  backends: { docs: lambda }\npaths:\n  /{area}/{userId}/{proxy+}:\n    get:\n      x-portcullis: { backend: docs, permission: files.read }\n",
        "roles/viewer.yaml":
          "allow:\n  - route: GET /{area}/{userId}/{proxy+}\n    where: { userId: subject }\n",
        "roles/editor.yaml": "allow: []\n",
        "roles/admin.yaml": "allow: []\n",
        "roles/accountant.yaml": "allow: []\n",
        "plans.yaml":
          'enterprise:\n  ceiling: ["ANY /**"]\nteam:\n  ceiling: ["ANY /**"]\nfree:\n  ceiling: ["ANY /**"]\n',
        "tenants/acme.yaml": "plan: team\n",
        "tenants/globex.yaml": "plan: team\n",
        "issuers.yaml": "main: { preset: generic, tenants: '*' }\n",
        "clients.yaml": "default: { ceiling: ['ANY /**'] }\n",
        "tests/access.yaml": "- as: { tenant: acme, roles: [viewer] }\n  cannot: [GET /a/b/c]\n",
      },
      "{userId} of GET /{area}/{userId}/{proxy+} cannot be bound, because an unbound {proxy+} follows",
    ],
  ])("warns about %s", async (_, changes, message) => {
    const { status, stdout } = await runVerb(check, "--policies", sampleWith(changes));
    expect(stdout).toContain(message);
    expect(status).toBe(0);
  });

  it("shows the binary media types of a REST API, and what decides them", async () => {
    const key = "x-amazon-apigateway-binary-media-types";
    const api = readFileSync("policies/api.yaml", "utf8");
    const found = async (text: string, ...flags: string[]) =>
      (await runVerb(check, "--policies", sampleWith({ "api.yaml": text }), ...flags)).stdout;
    expect(await found(api)).toContain(
      "binary media types, by the content types in api.yaml: application/octet-stream\n",
    );
    expect(await found(api, "--api-type", "http")).not.toContain("binary media types");
    expect(JSON.parse(await found(api, "--format", "json"))).toMatchObject({
      binaryMediaTypes: ["application/octet-stream"],
    });
    const listed = api.replace("\npaths:", `\n${key}: [image/*]\npaths:`);
    expect(await found(listed)).toContain(`binary media types, by ${key} in api.yaml: image/*\n`);
    expect(await found(api.replaceAll("application/octet-stream", "text/csv"))).not.toContain(
      "binary media types",
    );
  });

  it("names the routes that prevent the requested caching mode", async () => {
    const { status, stdout } = await runVerb(
      check,
      "--cache",
      "token",
      "--max-groups",
      "1",
      "--policies",
      sampleWith(),
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /Caching mode token is not possible: 2 authorizers are needed, but the limit is 1 .*GET \/documents/,
    );
  });

  it("lists the issuers whose bound tokens are accepted", async () => {
    const issuers =
      "main: { preset: generic, tenants: '*', subjects: own, bound_tokens: { accept_until: 2027-01-31 } }\nother: { preset: generic, tenants: '*' }\n";
    const { status, stdout } = await runVerb(
      check,
      "--policies",
      sampleWith({ "issuers.yaml": issuers, "clients.yaml": "default: { ceiling: ['ANY /**'] }\n" }),
    );
    expect(status).toBe(0);
    expect(stdout.match(/.*proof of possession.*/g)).toEqual([
      "main: tokens that are bound to a key (cnf) are accepted without proof of possession until 2027-01-31T00:00:00.000Z",
    ]);
  });

  it("prints problems and the proof as JSON", async () => {
    const { stdout } = await runVerb(check, "--format", "json", "--policies", sampleWith());
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [{ severity: "warning", line: expect.any(Number) }],
      caching: { mode: "token" },
    });
  });
});
