import { expect, test } from "vitest";
import { access } from "../../../cli/commands/policies/access.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

test("prints roles, permissions and routes with the values that they need", async () => {
  const { status, stdout } = await runVerb(
    access,
    "--tenant",
    "globex",
    "--role",
    "viewer",
    "--subject",
    "ann",
  );
  expect([status, stdout]).toEqual([
    0,
    `ann in globex, plan team
roles: viewer
permissions: comments.read, documents.read, documents.search, files.read, settings.read, users.read, users.write
routes:
  GET /documents
  GET /documents/search
  GET /documents/{documentId}
  GET /documents/{documentId}/comments
  GET /files/{proxy+}
  GET /orgs/{orgId}/settings            where orgId=globex
  GET /users/{userId}
  PATCH /users/{userId}                 where userId=ann
`,
  ]);
});

test("limits a client by its ceiling", async () => {
  const args = [
    "--tenant",
    "acme",
    "--role",
    "admin",
    "--subject",
    "ann",
    "--client",
    "unknown",
    "--issuer",
    "main",
  ];
  const { stdout } = await runVerb(access, ...args, "--format", "json");
  expect(JSON.parse(stdout)).toMatchObject({
    permissions: ["documents.read"],
    routes: [
      { method: "GET", path: "/documents" },
      { method: "GET", path: "/documents/{documentId}" },
    ],
  });
});

test("prints the reason and exits with 1 if every request is denied", async () => {
  const denied = await runVerb(access, "--tenant", "initech", "--role", "viewer");
  expect(denied).toMatchObject({ status: 1, stdout: "every request is denied, reason tenant_suspended\n" });
  const json = await runVerb(access, "--tenant", "initech", "--role", "viewer", "--format", "json");
  expect([json.status, JSON.parse(json.stdout)]).toEqual([1, { reason: "tenant_suspended" }]);
});

test("prints empty lists for a caller without a role", async () => {
  const { status, stdout } = await runVerb(access, "--tenant", "acme");
  expect([status, stdout]).toEqual([
    0,
    "a caller in acme, plan enterprise\nroles: none\npermissions: none\nroutes: none\n",
  ]);
});

test("writes a hostile subject without escapes that a terminal acts on", async () => {
  const folder = sampleWith();
  const { stdout } = await runVerb(
    access,
    "--policies",
    folder,
    "--tenant",
    "acme",
    "--role",
    "viewer",
    "--subject",
    "a\u001b[2J\nroles: admin",
  );
  expect(stdout).toContain("a\\u001b[2J\\u000aroles: admin in acme");
});

test("needs a tenant that exists", async () => {
  await expect(runVerb(access, "--role", "viewer")).rejects.toThrow("--tenant is missing");
  await expect(runVerb(access, "--tenant", "acmee")).rejects.toThrow('did you mean "acme"');
});
