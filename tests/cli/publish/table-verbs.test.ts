import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { check } from "../../../cli/commands/policies/check.ts";
import { explain } from "../../../cli/commands/policies/explain.ts";
import { matrix } from "../../../cli/commands/policies/matrix.ts";
import { policy } from "../../../cli/commands/policies/policy.ts";
import { replay } from "../../../cli/commands/policies/replay.ts";
import { test } from "../../../cli/commands/policies/test.ts";
import { loadEnvironments } from "../../../cli/shared/load-environments.ts";
import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import type { Item } from "../../../core/model/items.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { startStack } from "../../../local/stack.ts";
import { seedTable, TABLE_NAME } from "../../../local/table/table.ts";
import { type TenantStore, tenantStore } from "../../../runtime/table/tenant-store.ts";
import { readSarif } from "../report/read-report.ts";
import { runVerb, sampleWith, type VerbResult } from "../run-verb.ts";
import { startTable, TABLE, type TestTable } from "./publish-table.ts";

const ISSUERS = `main: { preset: generic, tenants: "*", memberships: merge, subjects: own }
staff: { preset: generic, tenants: "*", memberships: instead, staff: true }
acme-okta: { preset: generic, tenants: [acme] }
`;
const HOUR = 3_600;
const now = (): number => Math.floor(Date.now() / 1_000);

let table: TestTable;
let store: TenantStore;
let folder: string;
beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  vi.stubEnv("TABLE", undefined);
  folder = sampleWith({
    "issuers.yaml": ISSUERS,
    "clients.yaml": "default: { ceiling: ['ANY /**'] }\n",
    "tenants/initech.yaml": "plan: team\n",
  });
  await seedTable(table.client, TABLE, permissionItems(loadPolicyFolder(folder, "dev").policies as never));
  store = tenantStore({ client: table.client, table: TABLE, who: "tests" });
  await store.putTenant({ id: "umbrella", plan: "team" }, "signed up");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const run = (verb: typeof check, ...args: string[]): Promise<VerbResult> =>
  runVerb(verb, "--policies", folder, "--table", TABLE, ...args);
const readItem = async (pk: string, sk: string): Promise<Item> =>
  (await table.items()).find((item) => item["pk"] === pk && item["sk"] === sk) ?? {};

describe("check --table", () => {
  it("finds no problems if the run-time items and the files agree, and counts the tenants", async () => {
    await store.putMembership(
      { tenant: "umbrella", to: { subject: "ann", issuer: "main" }, role: "editor" },
      "",
    );
    const { status, stdout } = await run(check);
    expect(stdout).toContain("permissions has 1 run-time tenant; 0 errors\n");
    expect(status).toBe(0);
  });

  it.each(["umbrella", "Umbrella"])("names both owners of a tenant whose file has the id %s", async (id) => {
    const both = sampleWith({ "issuers.yaml": ISSUERS, "tenants/new.yaml": `id: ${id}\nplan: team\n` });
    const { status, stdout } = await runVerb(check, "--policies", both, "--table", TABLE);
    expect(stdout).toContain(
      `table TENANT#umbrella TENANT: error: the tenant "umbrella" is in tenants/new.yaml${id === "umbrella" ? "" : ' (as "Umbrella")'} and also in the table, as TENANT#umbrella TENANT with owner "runtime"`,
    );
    expect(status).toBe(1);
  });

  it("reports plans, issuers and roles that the files no longer have", async () => {
    await table.put({
      ...(await readItem("TENANT#umbrella", "TENANT")),
      plan: "teem",
      issuers: ["okta", "acme-okta"],
      changes: { boss: "none" },
    });
    const { status, stdout } = await run(check);
    expect(status).toBe(1);
    for (const message of [
      'the files have no plan "teem"; did you mean "team"?',
      'the files have no issuer "okta"',
      "issuer acme-okta does not cover the tenant umbrella",
      'changes: the files have no shared role "boss"',
    ])
      expect(stdout).toContain(`table TENANT#umbrella TENANT: error: ${message}`);
    expect(stdout).toContain("1 run-time tenant; 4 errors\n");
  });

  it("reports memberships and revocations of an earlier tenant with the id, and of tenants that are gone", async () => {
    const to = { subject: "ann", issuer: "main" };
    const until = Math.ceil(Date.now() / 1_000) + 3_600;
    await store.putMembership({ tenant: "umbrella", to, role: "editor" }, "");
    await store.revoke({ tenant: "umbrella", what: { token: "t1" }, until }, "");
    await store.putMembership({ tenant: "acme", to, role: "editor" }, "");
    expect((await run(check)).stdout).toContain("1 run-time tenant; 0 errors\n");
    for (const id of ["umbrella", "acme"])
      await table.put({ ...(await readItem(`TENANT#${id}`, "TENANT")), generation: "later" });
    const { stdout } = await run(check);
    for (const line of [
      'TENANT#umbrella MEMBER#main#ann: warning: the membership is of an earlier tenant "umbrella", so it has no effect',
      'TENANT#umbrella REVOKED#TOKEN#t1: warning: the revocation is of an earlier tenant "umbrella", so it has no effect',
      'TENANT#acme MEMBER#main#ann: warning: the membership is of an earlier tenant "acme", so it has no effect',
    ])
      expect(stdout).toContain(`table ${line}`);
    expect(stdout).toContain("0 errors, 3 warnings\n");
    const github = await run(check, "--format", "github");
    expect(github.stdout).toContain(
      '\n::warning title=orphaned-item::TENANT#acme MEMBER#main#ann: the membership is of an earlier tenant "acme"',
    );
    const sarif = readSarif((await run(check, "--format", "sarif")).stdout);
    expect(sarif.results.filter(({ ruleId }) => ruleId === "orphaned-item")).toHaveLength(3);
  });

  it("warns about memberships without effect", async () => {
    const to = { subject: "ann", issuer: "main" };
    await store.putMembership({ tenant: "umbrella", to, role: "editor" }, "");
    const member = await readItem("TENANT#umbrella", "MEMBER#main#ann");
    await table.put({ ...member, roles: [{ role: "editor" }, { role: "boss" }] });
    await table.put({ ...member, sk: "CLIENT#okta#job" });
    await table.put({ ...member, sk: "MEMBER#acme-okta#ann" });
    await table.put({ ...member, pk: "TENANT#gone" });
    await table.put({ ...member, sk: "MEMBER#main#bob", v: 2 });
    const { status, stdout } = await run(check);
    for (const line of [
      'TENANT#umbrella MEMBER#main#ann: warning: no shared role and no role of the tenant is called "boss", so it has no effect',
      'TENANT#umbrella CLIENT#okta#job: warning: the files have no issuer "okta", so the membership has no effect',
      "TENANT#umbrella MEMBER#acme-okta#ann: warning: issuer acme-okta does not read memberships, so the membership has no effect",
      'TENANT#gone MEMBER#main#ann: warning: neither the files nor the table have the tenant "gone"',
      "TENANT#umbrella MEMBER#main#bob: warning: Item TENANT#umbrella MEMBER#main#bob: field v",
    ])
      expect(stdout).toContain(`table ${line}`);
    expect(status).toBe(0);
    expect((await run(check, "--strict")).status).toBe(1);
  });

  it("warns about directories without a tenant, and about roles that the plan lacks", async () => {
    await store.putMembership(
      { tenant: "umbrella", to: { subject: "ann", issuer: "main" }, role: "editor" },
      "",
    );
    await store.putTenant({ id: "umbrella", plan: "free" }, "");
    const member = await readItem("TENANT#umbrella", "MEMBER#main#ann");
    await table.put({ ...member, roles: [{ role: "admin" }] });
    const pools = sampleWith({
      "issuers.yaml": `${ISSUERS}pools: { preset: cognito, tenants: by_directory }\n`,
      "tenants/initech.yaml": "plan: team\n",
    });
    const directory = { sk: "DIRECTORY", v: 1, owner: "runtime", hash: "" };
    await table.put({ ...directory, pk: "DIRECTORY#pools#eu_1", tenant: "gone'; rm -rf /" });
    await table.put({ ...directory, pk: "DIRECTORY#pools#eu_2", tenant: "umbrella" });
    await table.put({ ...directory, pk: "DIRECTORY#old#eu_3", tenant: "umbrella" });
    const { stdout } = await runVerb(check, "--policies", pools, "--table", TABLE);
    for (const line of [
      "TENANT#umbrella MEMBER#main#ann: warning: plan free does not have the role admin, so it has no effect",
      `DIRECTORY#pools#eu_1 DIRECTORY: warning: neither the files nor the table have the tenant "gone'; rm -rf /"`,
      'DIRECTORY#pools#eu_2 DIRECTORY: warning: the tenant "umbrella" does not list this directory',
      'DIRECTORY#old#eu_3 DIRECTORY: warning: the files have no issuer "old" with tenants: by_directory',
    ])
      expect(stdout).toContain(`table ${line}`);
  });

  it("prints the same as JSON, and explains why a table cannot be read", async () => {
    expect(JSON.parse((await run(check, "--format", "json")).stdout)).toMatchObject({
      table: { name: TABLE, tenants: 1, problems: [] },
    });
    expect(await runVerb(check, "--policies", folder, "--table", "other")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("There is no table other"),
    });
  });
});

describe("test --table", () => {
  it("has run-time tenants and memberships, and prints what decides a failing test", async () => {
    const tests = `- as: { tenant: umbrella, subject: ann, issuer: main }
  can: [PUT /documents/42]
  cannot: [GET /documents/42]
`;
    writeFileSync(`${folder}/tests/run-time.yaml`, tests);
    expect((await runVerb(test, "--policies", folder)).stdout).toMatch(
      /failed: umbrella .* can PUT \/documents\/42 \(there is no tenant "umbrella".*\n {2}there is no tenant "umbrella"/,
    );
    const to = { subject: "ann", issuer: "main" };
    await store.putMembership({ tenant: "umbrella", to, role: "editor" }, "");
    const { status, stdout } = await run(test);
    expect(stdout).not.toContain("can PUT");
    expect(stdout).toMatch(/cannot GET \/documents\/42 \(allowed\)\n {2}a membership gives the role editor/);
    expect(status).toBe(1);
  });
});

describe("replay --table", () => {
  it("has run-time tenants, and denies a caller who is revoked now", async () => {
    const caller = { requestId: "r-1", tenantId: "umbrella", userId: "ann", policyVersion: "v1" };
    const lines = [
      {
        ...caller,
        message: "decision",
        outcome: "allow",
        issuer: "main",
        roles: ["editor"],
        route: "GET /documents",
      },
      {
        ...caller,
        method: "GET",
        path: "/dev/documents",
        resource: "/documents",
        status: 200,
        integrationStatus: "200",
      },
    ];
    writeFileSync(`${folder}/log`, lines.map((line) => JSON.stringify(line)).join("\n"));
    const args = ["--log", `${folder}/log`];
    expect((await runVerb(replay, "--policies", folder, ...args)).stdout).toMatch(
      /umbrella: GET \/documents, as editor: unknown_tenant\n {6}there is no tenant "umbrella"/,
    );
    expect((await run(replay, ...args)).status).toBe(0);
    const what = { subject: "ann", issuer: "main" };
    await store.revoke({ tenant: "umbrella", what, until: now() + HOUR }, "");
    expect((await run(replay, ...args)).stdout).toMatch(
      /: revoked\n {6}the caller is revoked in the tenant until/,
    );
  });
});

describe("explain --table", () => {
  const ask = (request: string, ...caller: string[]) => run(explain, ...caller, request);
  const ann = ["--issuer", "main", "--subject", "ann"];

  it("finds a run-time tenant only with the table", async () => {
    const caller = ["--tenant", "umbrella", "--role", "editor"];
    const { status, stdout } = await ask("PUT /documents/42", ...caller);
    expect(stdout).toMatch(/tenant umbrella, plan team {2}\(TENANT#umbrella TENANT\)/);
    expect(status).toBe(0);
    await expect(runVerb(explain, "--policies", folder, ...caller, "GET /documents")).rejects.toThrow(
      /no tenant "umbrella".*; a tenant that only a table has needs --table/,
    );
    await expect(ask("GET /documents", "--tenant", "nobody")).rejects.toThrow(
      /no tenant "nobody".*, neither in the files nor in /,
    );
    await store.suspendTenant("umbrella", "");
    expect((await ask("GET /documents", ...caller)).stdout).toMatch(/denied, reason tenant_suspended/);
  });

  it("names the membership that gives access, also in a tenant of the files", async () => {
    for (const tenant of ["umbrella", "globex"]) {
      const caller = ["--tenant", tenant, ...ann];
      expect((await ask("PUT /documents/42", ...caller)).stdout).toMatch(
        /reason no_role[\s\S]*no membership/,
      );
      const to = { subject: "ann", issuer: "main" };
      await store.putMembership({ tenant, to, role: "editor", reason: "ticket 7" }, "");
      const { status, stdout } = await ask("PUT /documents/42", ...caller);
      expect(stdout).toContain(
        `+ a membership gives the role editor (ticket 7)  (TENANT#${tenant} MEMBER#main#ann)`,
      );
      expect(stdout).toContain("+ role editor allows it");
      expect(status).toBe(0);
    }
  });

  it("applies a client's membership, and ignores one that has ended", async () => {
    const to = { client: "job", issuer: "main" };
    await store.putMembership({ tenant: "acme", to, role: "editor", until: now() + HOUR }, "");
    const caller = ["--tenant", "acme", "--issuer", "main", "--client", "job"];
    expect(await ask("PUT /documents/42", ...caller)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/gives the role editor, until \S+Z {2}\(TENANT#acme CLIENT#main#job\)/),
    });
    const item = await readItem("TENANT#acme", "CLIENT#main#job");
    await table.put({ ...item, roles: [{ role: "editor", until: now() - 1 }] });
    expect(await ask("PUT /documents/42", ...caller)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/reason no_role[\s\S]* the membership with role editor ended at/),
    });
  });

  it("lets staff in by a membership with end and reason alone", async () => {
    const caller = ["--tenant", "acme", "--issuer", "staff", "--subject", "sue", "--role", "admin"];
    const { status, stdout } = await ask("GET /documents", ...caller);
    expect(stdout).toMatch(/reason no_role[\s\S]*roles come only from memberships/);
    expect(status).toBe(1);
    const to = { subject: "sue", issuer: "staff" };
    const granted = { tenant: "acme", to, role: "viewer", until: now() + HOUR, reason: "ticket 7" };
    await store.putMembership(granted, "");
    const allowed = await ask("GET /documents", ...caller);
    expect(allowed).toMatchObject({ status: 0, stdout: expect.stringContaining('"actor":"sue"') });
    const item = await readItem("TENANT#acme", "MEMBER#staff#sue");
    await table.put({ ...item, roles: [{ role: "viewer", until: now() + HOUR }] });
    expect((await ask("GET /documents", ...caller)).stdout).toContain(
      "the membership with role viewer has no end or no reason, but staff need both",
    );
  });

  it("names the revocation that takes access", async () => {
    const caller = ["--tenant", "acme", ...ann, "--role", "viewer"];
    expect((await ask("GET /documents", ...caller)).status).toBe(0);
    await store.revoke({ tenant: "acme", what: { issuedBefore: now() - HOUR }, until: now() + HOUR }, "");
    expect(await ask("GET /documents", ...caller)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/but this token was issued later {2}\(TENANT#acme REVOKED#ISSUED\)/),
    });
    const what = { subject: "ann", issuer: "main" };
    await store.revoke({ tenant: "acme", what, until: now() + HOUR }, "");
    const { status, stdout } = await ask("GET /documents", ...caller);
    expect(stdout).toMatch(/denied, reason revoked/);
    expect(stdout).toMatch(
      /- the caller is revoked in the tenant until \S+ {2}\(TENANT#acme REVOKED#SUBJECT#main#ann\)/,
    );
    expect(status).toBe(1);
  });

  it("rejects a tenant with two owners, an item that cannot be read, and flags that do not name the caller", async () => {
    await table.put({ ...(await readItem("TENANT#umbrella", "TENANT")), pk: "TENANT#acme", id: "acme" });
    expect(await ask("GET /documents", "--tenant", "acme", "--role", "viewer")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the tenant "acme" is in tenants/acme.yaml and also in the table'),
    });
    await store.putMembership(
      { tenant: "globex", to: { subject: "ann", issuer: "main" }, role: "editor" },
      "",
    );
    await table.put({ ...(await readItem("TENANT#globex", "MEMBER#main#ann")), v: 9 });
    expect(await ask("GET /documents", "--tenant", "globex", ...ann)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Item TENANT#globex MEMBER#main#ann: field v"),
    });
    const rejected = (message: string, ...caller: string[]) =>
      expect(ask("GET /documents", ...caller)).rejects.toThrow(message);
    await rejected("--issuer is missing", "--tenant", "acme", "--subject", "ann");
    await rejected('no issuer "mian"; did you mean "main"?', "--tenant", "acme", "--issuer", "mian");
    await rejected("does not say which roles", "--log", '{"route":"GET /a","tenantId":"acme"}');
    await rejected("no tenant selector", "--tenant", "acme", "--token", "t");
  });
});

it("explain --token applies the tenant of a selector, and the revocation of the token", async () => {
  const api = readFileSync(`${folder}/api.yaml`, "utf8");
  writeFileSync(
    `${folder}/api.yaml`,
    api.replace("x-portcullis:\n", "x-portcullis:\n  tenant: { header: X-Tenant }\n"),
  );
  const policies = loadEnvironments(folder, "dev", { all: false });
  if (policies === undefined) throw new Error("the sample is broken");
  const stack = await startStack({ policies, cache: "auto", ttl: 60, port: 0 });
  onTestFinished(() => stack.close());
  vi.stubEnv("AWS_ENDPOINT_URL", stack.origin);
  vi.stubEnv("TABLE", TABLE_NAME);
  const there = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "tests" });
  await there.putTenant({ id: "umbrella", plan: "team" }, "");
  await there.putMembership(
    { tenant: "umbrella", to: { subject: "ann", issuer: "main" }, role: "editor" },
    "",
  );
  const token = (await stack.provider("main")?.mint({ subject: "ann", claims: { jti: "leaked" } })) ?? "";
  const stackFlags = ["--port", new URL(stack.origin).port, "--token", token, "--tenant", "umbrella"];
  const ask = () =>
    runVerb(explain, "--policies", folder, ...stackFlags, "--table", TABLE_NAME, "GET /documents");
  expect(await ask()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("gives the role editor  (TENANT#umbrella MEMBER#main#ann)"),
  });
  await there.revoke({ tenant: "umbrella", what: { token: "leaked" }, until: now() + HOUR }, "");
  expect(await ask()).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/reason revoked[\s\S]*\(TENANT#umbrella REVOKED#TOKEN#leaked\)/),
  });
});

it("policy --table prints the authorizer response for a run-time tenant", async () => {
  const caller = ["--tenant", "umbrella", "--role", "editor", "--request", "PUT /documents/42"];
  const { stdout } = await run(policy, ...caller);
  expect(JSON.parse(stdout)).toMatchObject({
    groups: [{ response: { context: { tenantId: "umbrella", roles: "editor", plan: "team" } } }],
  });
  await expect(runVerb(policy, "--policies", folder, ...caller)).rejects.toThrow('no tenant "umbrella"');
});

describe("matrix --table", () => {
  it("has the run-time tenants and those of the files", async () => {
    const { status, stdout } = await run(matrix, "--tenant", "umbrella", "--format", "csv");
    expect(status).toBe(0);
    expect(stdout).toContain('"umbrella","editor","PUT /documents/{documentId}","allowed"');
    expect(stdout).toContain('"umbrella","accountant","PUT /documents/{documentId}","denied","no_role"');
    const all = await run(matrix, "--who", "PUT /documents/{documentId}");
    expect(all.stdout).toContain("  umbrella / editor\n");
    expect(all.stdout).toContain("  acme / editor\n");
    await expect(runVerb(matrix, "--policies", folder, "--tenant", "umbrella")).rejects.toThrow(
      'there is no tenant "umbrella"',
    );
  });

  it("rejects a tenant with two owners", async () => {
    await table.put({ ...(await readItem("TENANT#umbrella", "TENANT")), pk: "TENANT#acme", id: "acme" });
    expect(await run(matrix)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the tenant "acme" is in tenants/acme.yaml'),
    });
  });
});
