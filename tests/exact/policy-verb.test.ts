import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policy } from "../../cli/commands/policies/policy.ts";
import { UsageError } from "../../cli/shared/flags.ts";
import { CachingError } from "../../core/policy-files/compile/api-types.ts";
import { runVerb } from "../cli/run-verb.ts";
import type { NaiveDocument } from "../oracle/naive-matcher.ts";

const FILES = {
  "api.yaml": `openapi: 3.0.3
info: { title: Small, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
  /documents/search:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
  /documents/{documentId}:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
    delete: { x-portcullis: { backend: docs, permission: documents.purge, scopes: [docs:write] } }
  /documents/{documentId}/pages/{pageId}:
    get: { x-portcullis: { backend: docs, permission: pages.read } }
  /users/{userId}:
    patch: { x-portcullis: { backend: docs, permission: users.write } }
`,
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "roles/purger.yaml": "allow: [documents.purge]\n",
  "roles/self.yaml": "allow: [{ route: 'PATCH /users/{userId}', where: { userId: subject } }]\n",
  "tenants/acme.yaml": "name: Acme\n",
};

interface Output {
  readonly mode: string;
  readonly groups: readonly {
    readonly name: string;
    readonly routes: readonly string[];
    readonly bytes: number;
    readonly response: {
      readonly principalId: string;
      readonly policyDocument: NaiveDocument & { readonly Version: string };
      readonly context: Readonly<Record<string, string>>;
    };
  }[];
}

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "policy-verb-"));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the verb, with the exit status that the command gives wrong use and an impossible caching mode. */
async function run(...args: readonly string[]): Promise<Run> {
  try {
    return await runVerb(policy, "--policies", folder, ...args);
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, stdout: "", stderr: error.message };
    if (error instanceof CachingError) return { status: 1, stdout: "", stderr: error.message };
    throw error;
  }
}

async function output(...args: readonly string[]): Promise<Output> {
  const { status, stdout } = await run("--tenant", "acme", ...args);
  expect(status).toBe(0);
  return JSON.parse(stdout) as Output;
}

const allowed = ({ groups }: Output): string[] =>
  groups.flatMap(({ response }) =>
    response.policyDocument.Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Resource }) =>
      [Resource].flat(),
    ),
  );

const EXAMPLE = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod";
const ALL_ROUTES = [
  "DELETE /documents/{documentId}",
  "GET /documents",
  "GET /documents/search",
  "GET /documents/{documentId}",
  "GET /documents/{documentId}/pages/{pageId}",
  "PATCH /users/{userId}",
];

describe("portcullis policy", () => {
  it("prints what the authorizer returns for each group in mode token", async () => {
    const printed = await output("--role", "viewer", "--cache", "token");
    expect(Object.keys(printed)).toEqual(["mode", "groups"]);
    expect(printed.mode).toBe("token");
    expect(printed.groups.flatMap(({ routes }) => routes).sort()).toEqual(ALL_ROUTES);
    for (const group of printed.groups) {
      expect(Object.keys(group)).toEqual(["name", "routes", "bytes", "response"]);
      expect(Object.keys(group.response)).toEqual(["principalId", "policyDocument", "context"]);
      expect(group.response.policyDocument.Version).toBe("2012-10-17");
      expect(group.bytes).toBe(Buffer.byteLength(JSON.stringify(group.response)));
      expect(group.bytes).toBeLessThanOrEqual(8_192);
    }
    expect(allowed(printed).every((resource) => resource.startsWith(`${EXAMPLE}/`))).toBe(true);
  });

  it("prints one response for each route in mode route", async () => {
    const printed = await output("--role", "viewer", "--cache", "route");
    expect(printed.mode).toBe("route");
    expect(printed.groups.map(({ name }) => name).sort()).toEqual(ALL_ROUTES);
    for (const { name, routes } of printed.groups) expect(routes).toEqual([name]);
  });

  it("prints only the response of one request's group", async () => {
    const token = await output("--role", "viewer", "--request", "GET /documents/search");
    expect(token.groups).toHaveLength(1);
    expect(token.groups[0]?.routes).toContain("GET /documents/search");
    const route = await output("--role", "viewer", "--cache", "route", "--request", "GET /documents/42?x=/y");
    expect(route.groups.map(({ name }) => name)).toEqual(["GET /documents/{documentId}"]);
  });

  it("reports a request that reaches no route, or is malformed", async () => {
    const unknown = await run("--tenant", "acme", "--role", "viewer", "--request", "GET /nothing/here");
    expect(unknown).toMatchObject({ status: 1, stdout: "" });
    expect(unknown.stderr).toContain("GET /nothing/here reaches no route");
    expect(await run("--tenant", "acme", "--request", "documents")).toMatchObject({ status: 2, stdout: "" });
  });

  it("rejects a tenant that does not exist", async () => {
    const { status, stdout, stderr } = await run("--tenant", "globex", "--role", "viewer");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain('--tenant: there is no tenant "globex"');
  });

  it("counts scopes and the subject", async () => {
    const request = ["--role", "purger", "--cache", "route", "--request", "DELETE /documents/42"];
    const without = await output(...request);
    expect(without.groups[0]?.response.context["reason"]).toBe("scope_missing");
    expect(allowed(await output(...request, "--scope", "docs:write"))).toEqual([
      `${EXAMPLE}/DELETE/documents/?*`,
    ]);
    expect(
      allowed(
        await output(
          "--role",
          "self",
          "--cache",
          "route",
          "--subject",
          "ann:1",
          "--request",
          "PATCH /users/x",
        ),
      ),
    ).toEqual([
      `${EXAMPLE}/PATCH/users/ann:1`,
      `${EXAMPLE}/PATCH/users/ann%3A1`,
      `${EXAMPLE}/PATCH/users/ann%3a1`,
    ]);
  });

  it("groups by what is known about encoded slashes, and by the number of authorizers", async () => {
    const unknown = await output("--role", "viewer", "--encoded-paths", "unknown");
    const sent = await output("--role", "viewer", "--encoded-paths", "as_sent");
    expect([unknown.mode, sent.mode]).toEqual(["token", "token"]);
    expect(sent.groups.length).toBeLessThanOrEqual(unknown.groups.length);
    expect((await output("--role", "viewer", "--max-groups", "1")).mode).toBe("route");
    const required = await run("--tenant", "acme", "--cache", "token", "--max-groups", "1");
    expect(required).toMatchObject({ status: 1, stdout: "" });
    expect(required.stderr).toContain("GET /documents/{documentId}");
  });

  it("accepts the ARN up to the stage, in any partition", async () => {
    const base = "arn:aws-us-gov:execute-api:us-gov-west-1:210987654321:zyxwvu9876/live";
    const printed = await output("--role", "viewer", "--method-arn-base", base);
    expect(allowed(printed).length).toBeGreaterThan(0);
    expect(allowed(printed).every((resource) => resource.startsWith(`${base}/`))).toBe(true);
    expect(await run("--tenant", "acme", "--method-arn-base", "arn:aws:s3:::bucket")).toMatchObject({
      status: 2,
      stdout: "",
    });
  });
});
