import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { publish } from "../../../cli/commands/deploy/publish.ts";
import { rollback } from "../../../cli/commands/deploy/rollback.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { runVerb } from "../run-verb.ts";
import { startTable, TABLE, type TestTable } from "./publish-table.ts";

let table: TestTable;
let repository: string;
let policies: string;

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: repository,
    encoding: "utf8",
  }).trim();
const edit = (path: string, from: string, to: string): void =>
  writeFileSync(join(policies, path), readFileSync(join(policies, path), "utf8").replace(from, to));
const commit = (message: string): string => {
  git("add", ".");
  git("commit", "-q", "-m", message);
  return git("rev-parse", "HEAD");
};
const status = async (id: string): Promise<unknown> =>
  (await table.items()).find((item) => item["id"] === id)?.["status"];
const suspendAcme = (): void =>
  edit("tenants/acme.yaml", "plan: enterprise", "plan: enterprise\nstatus: suspended");
const run = (verb: typeof publish, ...args: string[]) =>
  runVerb(verb, "--table", TABLE, "--policies", policies, "--settle", "0", ...args);

beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  vi.stubEnv("TABLE", undefined);
  repository = mkdtempSync(join(tmpdir(), "portcullis-publish-"));
  policies = join(repository, "policies");
  cpSync(new URL("../../../policies", import.meta.url), policies, { recursive: true });
  git("init", "-q");
  commit("first");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(repository, { recursive: true, force: true });
  await table.close();
});

describe("npx portcullis publish", () => {
  it("updates a table to the files' state, prints one line, and says if there is nothing to do", async () => {
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    const first = await run(publish);
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(
      new RegExp(
        `^permissions is at version 1: ${items.length} created, 0 changed, 0 deleted, 0 unchanged, in [\\d.]+ s\n$`,
      ),
    );
    expect(await run(publish)).toMatchObject({
      status: 0,
      stdout: `permissions already has the state of the files: ${items.length} items, none written\n`,
    });
  });

  it("reads the table's name from TABLE, and prints everything as JSON", async () => {
    vi.stubEnv("TABLE", TABLE);
    const { stdout } = await runVerb(publish, "--policies", policies, "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      table: TABLE,
      outcome: "published",
      changed: [],
      deleted: [],
      left: 0,
      version: {
        number: 1,
        environment: "dev",
        made: "publish",
        commit: git("rev-parse", "HEAD"),
        dirty: false,
      },
      flushed: false,
    });
  });

  it("with --dry-run prints what it would write, in order, and writes nothing", async () => {
    await run(publish);
    edit("roles/editor.yaml", "  - documents.create\n", "");
    suspendAcme();
    const { status: code, stdout } = await run(publish, "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toBe(
      "first the changes that narrow access:\n  change CATALOGUE/ROLE#editor\n  change TENANT#acme/TENANT\n" +
        "permissions would get 2 changes: 0 created, 2 changed, 0 deleted, 9 unchanged; nothing was written\n".replace(
          "9",
          String((await table.items()).length - 2),
        ),
    );
    expect(await status("acme")).toBe("active");
  });

  it("prints the obstacles, with status 1", async () => {
    await run(publish);
    await table.put({ ...(await table.items()).find(({ id }) => id === "acme"), status: "suspended" });
    const rejected = await run(publish);
    expect(rejected.status).toBe(1);
    expect(rejected.stdout).toBe(
      "TENANT#acme TENANT was changed by hand: its content does not match its hash\n" +
        "Nothing was written to permissions. --force overwrites what was changed by hand or published for another environment\n",
    );
    expect((await run(publish, "--force")).status).toBe(0);
    expect(await status("acme")).toBe("active");
  });

  it("explains a table that does not exist, and an endpoint without a server", async () => {
    expect(await runVerb(publish, "--policies", policies, "--table", "other")).toMatchObject({
      status: 1,
      stderr:
        "There is no table other in this account and region: check --table, AWS_REGION and AWS_PROFILE\n",
    });
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    const { status: code, stderr } = await run(publish);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^No server listens at AWS_ENDPOINT_URL/);
  });

  it("rejects files with errors, and wrong use", async () => {
    edit("tenants/acme.yaml", "plan: enterprise", "plan: enterprize");
    expect(await run(publish)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean "enterprise"?'),
    });
    await expect(runVerb(publish)).rejects.toThrow(UsageError);
    await expect(run(publish, "--flush", "prod")).rejects.toThrow(
      '--flush: expected an API id and a stage such as abcdef1234/prod, found "prod"',
    );
    expect((await runVerb(publish, "--help")).stdout).toContain("--dry-run");
  });
});

describe("npx portcullis rollback", () => {
  it("restores the previous version, and the next one again, and names the commit to revert", async () => {
    await run(publish);
    suspendAcme();
    const bad = commit("suspend acme");
    await run(publish);
    expect(await status("acme")).toBe("suspended");
    const back = await run(rollback);
    expect(back.status).toBe(0);
    expect(back.stdout).toContain("permissions is at version 3: 0 created, 1 changed, 0 deleted");
    expect(back.stdout).toMatch(
      new RegExp(
        `Revert in git too, .*\n {2}git revert --no-edit ${git("rev-parse", "HEAD~1")}\\.\\.${bad}\n$`,
      ),
    );
    expect(await status("acme")).toBe("active");
    expect(await run(rollback)).toMatchObject({ status: 0 });
    expect(await status("acme")).toBe("suspended");
    expect((await run(rollback, "1")).stdout).toContain("permissions is at version 5");
    expect(await status("acme")).toBe("active");
    const { stdout } = await run(rollback, "--list");
    expect(stdout.match(/^version \d of [^:]+:\d\d:[\d.]+Z: .*$/gm)).toHaveLength(5);
    expect(stdout).toMatch(/version 3 .*: rollback to version 1, \d+ items, commit [0-9a-f]{10}\n/);
  });

  it("restores a commit, for a table that Terraform writes", async () => {
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    suspendAcme();
    const bad = commit("suspend acme");
    for (const item of items) await table.put(item);
    const { policies: now } = loadPolicyFolder(policies, "dev");
    for (const item of permissionItems(now as never)) await table.put(item);
    expect(await status("acme")).toBe("suspended");
    expect(await run(rollback)).toMatchObject({
      status: 1,
      stderr:
        "permissions has no version to restore: publish records versions, Terraform does not. Name a commit or a build folder\n",
    });
    const { status: code, stdout } = await run(rollback, "HEAD~1");
    expect(code).toBe(0);
    expect(stdout).toContain(`git revert --no-edit HEAD~1..${bad}`);
    expect(await status("acme")).toBe("active");
    expect(await run(rollback)).toMatchObject({ status: 0 });
    expect(await status("acme")).toBe("suspended");
  });

  it("restores a build folder, and rejects one that was changed by hand", async () => {
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    const build = join(repository, "build");
    mkdirSync(join(build, "permissions"), { recursive: true });
    writeFileSync(join(build, "permissions/dev.json"), JSON.stringify(items));
    expect(await run(rollback, build)).toMatchObject({ status: 0 });
    expect(await table.items()).toEqual(items);
    writeFileSync(join(build, "permissions/dev.json"), JSON.stringify(items).replace("active", "suspended"));
    await expect(run(rollback, join(build, "permissions/dev.json"))).rejects.toThrow(
      /the content of TENANT#acme TENANT does not match its hash: the file was changed by hand/,
    );
  });

  it("lists the existing versions if a version does not exist", async () => {
    await run(publish);
    await expect(run(rollback, "7")).rejects.toThrow(
      "VERSION: permissions has no version 7; its versions are 1 to 1",
    );
    await expect(run(rollback, "no-such-branch")).rejects.toThrow(
      /VERSION: "no-such-branch" is not the number of a version, a file, a folder or a commit: git says/,
    );
    expect(await run(rollback)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("has no version to restore"),
    });
  });
});
