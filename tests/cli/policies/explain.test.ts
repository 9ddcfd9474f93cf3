import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explain } from "../../../cli/commands/policies/explain.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import { loadEnvironments } from "../../../cli/shared/load-environments.ts";
import { type Stack, startStack } from "../../../local/stack.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const SAMPLE = new URL("../../../policies", import.meta.url).pathname;

const ask = (request: string, ...caller: string[]) =>
  runVerb(explain, "--policies", SAMPLE, ...caller, request);

describe("npx portcullis explain for a supposed caller", () => {
  it.each([
    [
      "inherited",
      "GET /files/a",
      ["--tenant", "acme", "--role", "editor"],
      0,
      /role editor allows it by "files.read", inherited from viewer {2}\(.*roles\/viewer\.yaml:\d+:5\)/,
    ],
    [
      "a tenant's change",
      "POST /documents",
      ["--tenant", "globex", "--role", "editor"],
      1,
      /globex takes it from editor by "documents.create" {2}\(.*tenants\/globex\.yaml:\d+:\d+\)/,
    ],
    [
      "never",
      "DELETE /documents/1",
      ["--tenant", "acme", "--role", "admin", "--scope", "docs:write"],
      1,
      /acme never allows it, by "documents.purge"/,
    ],
    [
      "the ceiling",
      "GET /files/a",
      ["--tenant", "hooli", "--role", "viewer"],
      1,
      /plan free's ceiling does not reach it/,
    ],
    [
      "a role that the plan does not have",
      "GET /documents",
      ["--tenant", "hooli", "--role", "admin"],
      1,
      /plan free does not have the role admin/,
    ],
    [
      "a binding",
      "PATCH /users/bob",
      ["--tenant", "acme", "--role", "viewer", "--subject", "ann"],
      1,
      /the request has another userId/,
    ],
    [
      "a binding that is satisfied",
      "PATCH /users/ann",
      ["--tenant", "acme", "--role", "viewer", "--subject", "ann"],
      0,
      /the request has the caller's own/,
    ],
    [
      "a scope",
      "DELETE /documents/1",
      ["--tenant", "globex", "--role", "admin"],
      1,
      /the token lacks the scope docs:write/,
    ],
    [
      "a suspended tenant",
      "GET /documents",
      ["--tenant", "initech", "--role", "admin"],
      1,
      /the tenant is suspended/,
    ],
    ["no role", "GET /documents", ["--tenant", "acme"], 1, /the caller has no role/],
    ["a public route", "GET /health", ["--tenant", "acme"], 0, /GET \/health is public/],
    ["an unknown route", "GET /nowhere", ["--tenant", "acme"], 1, /the API has no such route/],
  ])("explains %s", async (_, request, caller, status, message) => {
    const result = await ask(request, ...caller);
    expect(result.stdout).toMatch(message);
    expect(result.status).toBe(status);
  });

  it("rejects a tenant that does not exist, with a suggestion", async () => {
    await expect(ask("GET /documents", "--tenant", "acne", "--role", "admin")).rejects.toThrow(
      '--tenant: there is no tenant "acne"; did you mean "acme"?',
    );
  });

  it.each([
    [
      "a value that no policy can carry",
      "PATCH /users/a%20b",
      ["--role", "viewer", "--subject", "a b"],
      /- bound: .* where userId=subject; userId must be .* no policy can carry.*decides/,
    ],
    [
      "a mixed percent-encoding of one's own value",
      "PATCH /users/a%40b:c",
      ["--role", "viewer", "--subject", "a@b:c"],
      /- bound: .* the caller's own userId, but spelled in another way .*decides\n[\s\S]*to change: spell userId as a@b:c or/,
    ],
    [
      "a context that is too large",
      "GET /documents",
      ["--role", "viewer", "--claim", `email=${"e".repeat(1_100)}`],
      /- the authorizer context takes 1\d{3} bytes, but the limit is 1024; the longest keys: email 11\d\d, .*decides/,
    ],
  ])("has a deciding step for %s", async (_, request, caller, message) => {
    const { stdout, status } = await ask(request, "--tenant", "acme", ...caller);
    expect(stdout).toMatch(message);
    expect(status).toBe(1);
  });

  it("names the file and the line to edit, and nothing of the kind for an allowed request", async () => {
    const denied = await ask("DELETE /documents/1", "--tenant", "globex", "--role", "editor");
    expect(denied.stdout).toMatch(/to change: add `documents.purge` to .*roles\/editor\.yaml:4\n/);
    const allowed = await ask("GET /documents/1", "--tenant", "acme", "--role", "viewer");
    expect(allowed.stdout).not.toMatch(/reason|decides|to change/);
  });

  it("prints the deciding statement and the authorizer response", async () => {
    const { stdout } = await ask("GET /documents/1", "--tenant", "acme", "--role", "viewer");
    expect(stdout).toContain('decided by: {"Effect":"Allow"');
    expect(stdout).toMatch(/authorizer response: group g\d, \d+ bytes/);
  });
});

describe("npx portcullis explain --log", () => {
  const decision = (fields: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      message: "decision",
      requestId: "r-1",
      tenantId: "acme",
      userId: "ann",
      issuer: "main",
      ...fields,
    });
  const access = (fields: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      requestId: "r-1",
      method: "PATCH",
      resource: "/users/{userId}",
      tenantId: "acme",
      ...fields,
    });
  const viewer = { outcome: "allow", status: 403, roles: ["viewer"], route: "PATCH /users/{userId}" };
  const explainLines = (...lines: string[]) =>
    runVerb(explain, "--policies", SAMPLE, ...lines.flatMap((line) => ["--log", line]));

  it("prints the decision of the log line, and the decision now", async () => {
    const line = decision({
      ...{ outcome: "allow", status: 200, route: "POST /documents", tenantId: "globex" },
      ...{ roles: ["editor"], policyVersion: "0123456789ab" },
    });
    const { status, stdout } = await explainLines(line);
    expect(status).toBe(1);
    expect(stdout).toContain("POST /documents: denied");
    expect(stdout).toContain("then: the authorizer returned allow, status 200 (policyVersion 0123456789ab)");
    expect(stdout).toMatch(/policyVersion: [0-9a-f]{12}, in the log 0123456789ab: .* have changed/);
  });

  it("names what is not in the log, and does not decide by it", async () => {
    const withoutPath = await explainLines(decision(viewer));
    expect(withoutPath.status).toBe(1);
    expect(withoutPath.stdout).toContain("PATCH /users/{userId}: not decided");
    expect(withoutPath.stdout).toMatch(/not in the log: the values in the path; the access log has the path/);
    const withoutRoles = await explainLines(access({ path: "/dev/users/ann", status: 403 }));
    expect(withoutRoles.stdout).toMatch(/not decided[\s\S]*not in the log: the caller's roles/);
    const withoutScopes = await explainLines(
      decision({
        ...{ outcome: "deny", status: 403, reason: "scope_missing" },
        ...{ tenantId: "globex", roles: ["admin"], route: "DELETE /documents/{documentId}" },
      }),
    );
    expect(withoutScopes.stdout).toMatch(
      /not decided[\s\S]*not in the log: whether the token has the scopes/,
    );
    expect(withoutScopes.stdout).not.toContain("the token lacks");
    const atRunTime = await explainLines(
      decision({
        tenantId: "umbrella",
        outcome: "deny",
        reason: "route_not_granted",
        route: "GET /documents",
      }),
    );
    expect(atRunTime.stdout).toMatch(
      /not decided[\s\S]*not in the log: what the table has for the caller: run-time tenants/,
    );
  });

  it("decides by what the line says about scopes and bindings", async () => {
    const denial = { check: "scopes", neededScopes: ["docs:write"], scopesPresent: false };
    const scopes = await explainLines(
      decision({
        ...{ outcome: "deny", tenantId: "globex", roles: ["admin"], denial },
        route: "DELETE /documents/{documentId}",
      }),
    );
    expect(scopes.stdout).toMatch(/- the token lacks the scope docs:write .*decides/);
    const bound = await explainLines(
      decision({ ...viewer, denial: { check: "request", bindingMatched: false } }),
    );
    expect(bound.stdout).toMatch(/- bound: .*; the request has another userId .*decides/);
  });

  it("joins the decision line and the access line by the request id, also from a file", async () => {
    const lines = [
      decision(viewer),
      access({ path: "/dev/users/ann", status: 403 }),
      decision({ ...viewer, requestId: "r-2" }),
    ];
    const [one, two] = lines as [string, string, string];
    const joined = await explainLines(one, two);
    expect(joined.stdout).toContain("PATCH /users/ann: allowed");
    expect(joined.status).toBe(0);
    const file = join(sampleWith({ "x/log.ndjson": lines.join("\n") }), "x/log.ndjson");
    await expect(explainLines(file)).rejects.toThrow(
      "the lines are of 2 requests: name one with --request-id",
    );
    const found = await runVerb(explain, "--policies", SAMPLE, "--log", file, "--request-id", "r-1");
    expect(found.stdout).toBe(joined.stdout);
  });

  it("rejects a line without route and tenant, and says what explains a 401", async () => {
    await expect(explainLines("{}")).rejects.toThrow("no line is a decision line");
    const line = decision({
      tenantId: undefined,
      outcome: "unauthorized",
      code: "token_expired",
      route: "GET /documents",
    });
    await expect(explainLines(line)).rejects.toThrow(
      "failed with token_expired: explain --token explains a token",
    );
  });
});

describe("npx portcullis explain --token", () => {
  let stack: Stack;
  beforeAll(async () => {
    const policies = loadEnvironments(SAMPLE, "dev", { all: false });
    if (policies === undefined) throw new Error("the sample is broken");
    stack = await startStack({ policies, cache: "auto", ttl: 60, port: 0 });
  });
  afterAll(() => stack.close());
  const explainToken = (token: string) =>
    runVerb(
      explain,
      "--policies",
      SAMPLE,
      "--port",
      new URL(stack.origin).port,
      "--token",
      token,
      "GET /documents",
    );

  it("prints the decision for a valid token", async () => {
    const token = await stack.provider("main")?.mint({ tenants: ["acme"], roles: ["viewer"] });
    const { status, stdout } = await explainToken(token ?? "");
    expect(status).toBe(0);
    expect(stdout).toContain("GET /documents: allowed");
  });

  it.each([
    ["has expired", { expiresIn: -3600 }, "401, token_expired", "refresh the token in the client"],
    [
      "is for another audience",
      { claims: { aud: "somebody" } },
      "401, audience_wrong",
      "correct audiences in Terraform's issuers",
    ],
    [
      "is bound to a key",
      { claims: { cnf: { jkt: "AAAA" } } },
      "401, token_bound",
      "request a bearer token without DPoP or mTLS",
    ],
    [
      "is from another issuer",
      { claims: { iss: "https://evil.example" } },
      "401, issuer_unknown",
      "set the URL in Terraform's issuers to exactly the value of iss",
    ],
    [
      "has an exp of another type",
      { claims: { exp: "2100000000" } },
      "401, claims_invalid: The token's claim exp is a string",
      "let the issuer write exp as a number of seconds since 1970",
    ],
    [
      "has no audience",
      { claims: { aud: null } },
      "401, claims_invalid: The token's claim aud is null",
      "let the issuer write the API's audience into aud",
    ],
    [
      "is an ID token",
      { claims: { aud: "a-client", nonce: "n-0S6" } },
      "401, audience_wrong: The token is for another audience; it has nonce",
      "send the access token of the same login",
    ],
    [
      "has its tenant in another shape",
      { claims: { tenant: { id: "acme", name: "Acme" } } },
      "403, reason no_tenant",
      "- the token's tenant is an object with the keys id, name, but expected the tenant's id  decides",
    ],
  ])("prints what was expected and found for a token that %s", async (_, request, verdict, setting) => {
    const token = await stack.provider("main")?.mint({ tenants: ["acme"], roles: ["viewer"], ...request });
    const { status, stdout } = await explainToken(token ?? "");
    expect(status).toBe(1);
    expect(stdout).toContain(verdict);
    expect(stdout).toContain(setting);
    expect(stdout).toMatch(/token \w+: expected .*; found /);
    expect(stdout.split("\n").filter((line) => line.endsWith("  decides"))).toHaveLength(1);
    expect(stdout).not.toContain((token ?? "").split(".")[2] ?? "no signature");
  });

  it.each([
    ["encrypted", "a.b.c.d.e", "let the issuer sign the access tokens"],
    ["opaque", "2YotnFZFEjr1zCsicMWpAA", "many issuers return an opaque token"],
  ])("says that a token is %s", async (form, token, setting) => {
    const { status, stdout } = await explainToken(token);
    expect(status).toBe(1);
    expect(stdout).toContain(`401, token_malformed: The token is ${form}`);
    expect(stdout).toContain(setting);
  });

  it.each([
    ["missing", "there is no file"],
    ["broken", "ISSUERS"],
  ])("rejects an --issuers file that is %s, as wrong use", async (form, message) => {
    const file = join(
      sampleWith({ "x/issuers.json": "[{]" }),
      form === "broken" ? "x/issuers.json" : "none.json",
    );
    const asked = runVerb(
      explain,
      "--policies",
      SAMPLE,
      "--issuers",
      file,
      "--token",
      "a.b.c",
      "GET /documents",
    );
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toThrow(message);
  });

  it("prints the authorizer's error for a token that is too long", async () => {
    const { status, stdout } = await explainToken("a".repeat(10_241));
    expect(status).toBe(1);
    expect(stdout).toContain("401, token_too_large");
    expect(stdout).toContain("request a smaller token from the issuer");
  });
});
