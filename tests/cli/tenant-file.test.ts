import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { publish } from "../../cli/commands/deploy/publish.ts";
import { check } from "../../cli/commands/policies/check.ts";
import { history } from "../../cli/commands/run-time/history.ts";
import { revoke } from "../../cli/commands/run-time/revoke.ts";
import { tenant } from "../../cli/commands/run-time/tenant.ts";
import { resultAsLines } from "../../cli/publish/print-result.ts";
import { publishItems } from "../../cli/publish/publish-items.ts";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import type { Item } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { seedTable } from "../../local/table/table.ts";
import { done, OPTIONS, requestsIn, startTable, TABLE, type TestTable } from "./publish/publish-table.ts";
import { runVerb, sampleWith } from "./run-verb.ts";

const SAMPLE_API = readFileSync("policies/api.yaml", "utf8");
const UMBRELLA = `name: Umbrella
plan: team
changes:
  editor: { except: [documents.create] }
roles:
  archivist:
    extends: [viewer]
    allow: [documents.write]
`;

let table: TestTable;
let work: string;
beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  vi.stubEnv("TABLE", TABLE);
  work = mkdtempSync(join(tmpdir(), "portcullis-tenant-"));
  await seedTable(
    table.client,
    TABLE,
    permissionItems(loadPolicyFolder("policies", "dev").policies as never),
  );
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true, force: true });
  await table.close();
});

const file = (text: string, name = "umbrella.yaml"): string => {
  writeFileSync(join(work, name), text);
  return join(work, name);
};
const item = async (id: string): Promise<Item | undefined> =>
  (await table.items()).find(({ pk, sk }) => pk === `TENANT#${id}` && sk === "TENANT");
const put = (path: string, ...args: string[]) => runVerb(tenant, "put", "--file", path, ...args);

/** The sample's folder with other files, without its policy tests. */
const changed = (files: Readonly<Record<string, string>>): string => {
  const folder = sampleWith(files);
  rmSync(join(folder, "tests"), { recursive: true });
  return folder;
};

describe("a flag of another form of a run-time command", () => {
  it.each([
    [
      tenant,
      ["suspend", "umbrella", "--plan", "free", "--name", "U"],
      "tenant suspend does not use --plan, --name:",
    ],
    [tenant, ["list", "--dry-run"], "tenant list does not use --dry-run:"],
    [tenant, ["put", "umbrella", "--to", "files"], "tenant put does not use --to:"],
    [tenant, ["move", "umbrella", "--to", "files", "--all"], "tenant move does not use --all:"],
    [tenant, ["compile", "--directory", "a=b"], "tenant compile does not use --directory:"],
    [revoke, ["list", "--tenant", "acme", "--subject", "ann"], "revoke list does not use --subject:"],
    [
      revoke,
      ["undo", "--tenant", "acme", "--issued-before", "now"],
      "revoke undo does not use --issued-before:",
    ],
    [revoke, ["--tenant", "acme", "--issued"], "revoke does not use --issued:"],
  ])("is rejected, and nothing is written", async (verb, args, message) => {
    const before = await table.items();
    await expect(runVerb(verb as typeof tenant, ...args)).rejects.toThrow(message);
    expect(await table.items()).toEqual(before);
  });
});

describe("tenant put --file", () => {
  it("prints the access that it gives and takes, then writes, and the history has it", async () => {
    await runVerb(tenant, "put", "umbrella", "--plan", "team");
    const { status, stdout } = await put(file(UMBRELLA), "--reason", "ticket 12");
    expect(stdout).toContain("umbrella / archivist gains PUT /documents/{documentId}");
    expect(stdout).toContain("tenant umbrella: put: done");
    expect(status).toBe(0);
    expect(await item("umbrella")).toMatchObject({ owner: "runtime", plan: "team", name: "Umbrella" });
    const less = await put(file(UMBRELLA.replace("[documents.write]", "[]")));
    expect(less.stdout).toContain("umbrella / archivist loses PUT /documents/{documentId}");
    const { stdout: entries } = await runVerb(history, "--tenant", "umbrella");
    expect(entries).toContain('roles {"archivist":{"allow":["documents.write"],"extends":["viewer"]}}');
    expect(entries).toContain("(ticket 12): done");
  });

  it("writes nothing with --dry-run", async () => {
    const { status, stdout } = await put(file(UMBRELLA), "--dry-run");
    expect(stdout).toContain("umbrella (43 grants of its roles)");
    expect(stdout).toContain("Nothing was written");
    expect(status).toBe(0);
    expect(await item("umbrella")).toBeUndefined();
    const json = await put(file(UMBRELLA), "--dry-run", "--format", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({ tenantsAdded: ["umbrella"] });
  });

  it("makes the tenant as the file says: what the file no longer has is gone, and a suspension stays", async () => {
    await put(file(`${UMBRELLA}issuers: [main]\nnever: [documents.purge]\n`));
    await runVerb(tenant, "suspend", "umbrella");
    await put(file("plan: free\n"));
    const found = await item("umbrella");
    expect(found).toMatchObject({ plan: "free", status: "suspended", name: "Umbrella" });
    for (const key of ["issuers", "never", "roles", "changes", "rules"])
      expect(found).not.toHaveProperty(key);
    await put(file("plan: free\nstatus: active\n"));
    expect(await item("umbrella")).toMatchObject({ status: "active" });
  });

  it("names the line of each error, and writes nothing", async () => {
    const path = file("plan: teem\nroles:\n  own: { allow: [documents.reed] }\nnever: [GET /document]\n");
    const { status, stderr } = await put(path);
    expect(stderr).toContain(`${path}:1:7: error: plan: there is no plan "teem"; did you mean "team"?`);
    expect(stderr).toContain(`${path}:3:18: error: "documents.reed": no operation has this permission`);
    expect(stderr).toContain(`${path}:4:9: error: "GET /document" matches no route`);
    expect(status).toBe(1);
    expect(await item("umbrella")).toBeUndefined();
  });

  it("warns of what the plan's ceiling takes away", async () => {
    const { status, stderr } = await put(file("plan: free\nroles: { own: { allow: [reports.read] } }\n"));
    expect(stderr).toContain("umbrella.yaml:2:25: warning: role own:");
    expect(status).toBe(0);
  });

  it.each([
    ["another form", "rolls: {}\n", [], 'unknown key "rolls"; did you mean "roles"?'],
    [
      "no YAML",
      "plan: [\n",
      [],
      /the \[ in line 1 has no closing \] .*\n.*umbrella.yaml has errors: nothing was/,
    ],
    ["another tenant", "id: other\n", ["umbrella"], 'is the file of the tenant "other", not of "umbrella"'],
    ["flags too", UMBRELLA, ["--plan", "free"], "--file: not with --plan"],
  ])("rejects a file with %s", async (_, text, args, message) => {
    const path = file(text);
    await expect(runVerb(tenant, "put", ...args, "--file", path)).rejects.toThrow(message);
  });

  it("rejects a tenant of the policy files", async () => {
    const { status, stderr } = await put(file("plan: team\n", "acme.yaml"));
    expect(stderr).toContain("Tenant acme belongs to the policy files");
    expect(status).toBe(1);
  });
});

describe("a publish after it", () => {
  const publishFolder = (folder: string) =>
    runVerb(publish, "--policies", folder, "--settle", "0", "--environment", "dev");

  it("compiles the tenant's roles again before it widens anything, so no change of a shared role passes it by", async () => {
    await put(file("plan: team\nnever: [documents.*]\nroles: { own: { extends: [viewer] } }\n"));
    const folder = changed({
      "roles/viewer.yaml": "allow: [users.read, documents.list]\n",
      "api.yaml": SAMPLE_API.replace(
        "  /documents:\n",
        "  /archive:\n    get: { operationId: a, x-portcullis: { backend: docs, permission: documents.list } }\n  /documents:\n",
      ),
    });
    const writes: string[] = [];
    table.script = (sent) => {
      const text = JSON.stringify(sent.input);
      if (sent.name === "PutItemCommand" && text.includes('"TENANT#umbrella"')) writes.push("tenant");
      const roles =
        sent.name === "BatchWriteItemCommand" ? requestsIn(sent).map((one) => JSON.stringify(one)) : [];
      if (roles.some((one) => one.includes('"ROLE#viewer"') && one.includes("GET /archive")))
        writes.push("wider");
      return undefined;
    };
    const wanted = permissionItems(loadPolicyFolder(folder, "dev").policies as never);
    const result = done(await publishItems(table.client, wanted, OPTIONS));
    expect(result.recompiled).toEqual({ done: ["umbrella"], failed: [] });
    expect(resultAsLines(result, TABLE, 1)).toContain("The roles of 1 run-time tenant were compiled again");
    expect(writes).toEqual(["tenant", "wider"]);
    const found = await item("umbrella");
    expect(found?.["never"]).toContain("GET /archive");
    expect(JSON.stringify(found?.["roles"])).toContain("GET /users");
  });

  it("keeps what a tenant had whose roles no longer compile, and names the problem, as check does before", async () => {
    await put(file("plan: team\nroles: { own: { extends: [accountant] } }\n"));
    const before = await item("umbrella");
    const folder = changed({});
    rmSync(join(folder, "roles/accountant.yaml"));
    const checked = await runVerb(check, "--policies", folder, "--table", TABLE);
    expect(checked.stdout).toContain('error: extends: there is no role "accountant"');
    const { status, stdout } = await publishFolder(folder);
    expect(stdout).toContain('tenant umbrella: extends: there is no role "accountant"');
    expect(status).toBe(1);
    expect(await item("umbrella")).toEqual(before);
  });

  it("is asked for by check, if the table was written without publish", async () => {
    await put(file("plan: team\nroles: { own: { extends: [viewer] } }\n"));
    const folder = changed({ "roles/viewer.yaml": "allow: [users.read]\n" });
    const stale = await runVerb(check, "--policies", folder, "--table", TABLE);
    expect(stale.stdout).toContain("its roles and changes were compiled for other files than these");
    expect(stale.status).toBe(1);
    // As Terraform writes them.
    for (const one of permissionItems(loadPolicyFolder(folder, "dev").policies as never))
      if (one["sk"] !== "TENANT") await table.put(one);
    expect((await runVerb(tenant, "compile")).stdout).toContain("tenant roles: compile: done");
    expect((await runVerb(tenant, "compile")).stdout).toContain("tenant roles: compile: unchanged");
    expect((await runVerb(check, "--policies", folder, "--table", TABLE)).status).toBe(0);
  });

  it("is done by the local stack, when a file changes", async () => {
    await put(file("plan: team\nroles: { own: { extends: [viewer] } }\n"));
    const folder = changed({ "roles/viewer.yaml": "allow: [users.read]\n" });
    await seedTable(table.client, TABLE, permissionItems(loadPolicyFolder(folder, "dev").policies as never));
    expect((await runVerb(check, "--policies", folder, "--table", TABLE)).status).toBe(0);
    expect(JSON.stringify((await item("umbrella"))?.["roles"])).not.toContain("/documents");
  });
});
