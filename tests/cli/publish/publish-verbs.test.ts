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

describe("portcullis publish", () => {
  it("brings a table to the files' state, tells it in one line, and says when there is nothing to do", async () => {
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    const first = await run(publish);
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(
      new RegExp(
        `^permissions is at version 1: ${items.length} created, 0 changed, 0 deleted, 0 as they were, in [\\d.]+ s\n$`,
      ),
    );
    expect(await run(publish)).toEqual({
      status: 0,
      stdout: `permissions is as the files have it: ${items.length} items, none written\n`,
      stderr: "",
    });
  });

  it("takes the table from TABLE, and tells everything as JSON", async () => {
    vi.stubEnv("TABLE", TABLE);
    const { stdout } = await runVerb(publish, "--policies", policies, "--json");
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

  it("lists with --dry-run what it would write, in which order, and writes nothing", async () => {
    await run(publish);
    edit("roles/editor.yaml", "  - documents.create\n", "");
    suspendAcme();
    const { status: code, stdout } = await run(publish, "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toBe(
      "first what narrows:\n  change CATALOGUE/ROLE#editor\n  change TENANT#acme/TENANT\n" +
        "permissions would get 2 changes: 0 created, 2 changed, 0 deleted, 9 as they were; nothing was written\n".replace(
          "9",
          String((await table.items()).length - 2),
        ),
    );
    expect(await status("acme")).toBe("active");
  });

  it("tells with status 1 what stands in the way", async () => {
    await run(publish);
    await table.put({ ...(await table.items()).find(({ id }) => id === "acme"), status: "suspended" });
    const refused = await run(publish);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toBe(
      "TENANT#acme TENANT was changed by hand: its content does not have the hash that it names\n" +
        "Nothing was written to permissions. What was changed by hand, or published for another environment, is overwritten with --force\n",
    );
    expect((await run(publish, "--force")).status).toBe(0);
    expect(await status("acme")).toBe("active");
  });

  it("says what is wrong with a table that is not there, and with an endpoint where nothing listens", async () => {
    expect(await runVerb(publish, "--policies", policies, "--table", "other")).toMatchObject({
      status: 1,
      stderr:
        "There is no table other in this account and region: check --table, AWS_REGION and AWS_PROFILE\n",
    });
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    const nothing = await run(publish);
    expect(nothing.status).toBe(1);
    expect(nothing.stderr).toMatch(/^Nothing listens where AWS_ENDPOINT_URL points to/);
  });

  it("refuses files with errors, and wrong use", async () => {
    edit("tenants/acme.yaml", "plan: enterprise", "plan: enterprize");
    expect(await run(publish)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('did you mean "enterprise"?'),
    });
    await expect(runVerb(publish)).rejects.toThrow(UsageError);
    await expect(run(publish, "--flush", "prod")).rejects.toThrow(
      '--flush: expected an API\'s id and its stage such as abcdef1234/prod, found "prod"',
    );
    expect((await runVerb(publish, "--help")).stdout).toContain("--dry-run");
  });
});

describe("portcullis rollback", () => {
  it("goes back to the version before, and forth, and names the commit to revert", async () => {
    await run(publish);
    suspendAcme();
    const bad = commit("suspend acme");
    await run(publish);
    expect(await status("acme")).toBe("suspended");
    const back = await run(rollback);
    expect(back).toMatchObject({ status: 0, stderr: "" });
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

  it("takes a commit, for a table that Terraform seeds", async () => {
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
        "permissions has no version to come back to: publish records them, Terraform does not. Name a commit or a build's folder\n",
    });
    const { status: code, stdout } = await run(rollback, "HEAD~1");
    expect(code).toBe(0);
    expect(stdout).toContain(`git revert --no-edit HEAD~1..${bad}`);
    expect(await status("acme")).toBe("active");
    expect(await run(rollback)).toMatchObject({ status: 0 });
    expect(await status("acme")).toBe("suspended");
  });

  it("takes a build's folder, and refuses one that was changed by hand", async () => {
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    const build = join(repository, "build");
    mkdirSync(join(build, "permissions"), { recursive: true });
    writeFileSync(join(build, "permissions/dev.json"), JSON.stringify(items));
    expect(await run(rollback, build)).toMatchObject({ status: 0 });
    expect(await table.items()).toEqual(items);
    writeFileSync(join(build, "permissions/dev.json"), JSON.stringify(items).replace("active", "suspended"));
    await expect(run(rollback, join(build, "permissions/dev.json"))).rejects.toThrow(
      /TENANT#acme TENANT does not have the hash that it names: the file was changed by hand/,
    );
  });

  it("names what there is where a version is not", async () => {
    await run(publish);
    await expect(run(rollback, "7")).rejects.toThrow(
      "VERSION: permissions has no version 7; there is 1 to 1",
    );
    await expect(run(rollback, "no-such-branch")).rejects.toThrow(
      /VERSION: "no-such-branch" is no version's number, no file or folder, and no commit: git says/,
    );
    expect(await run(rollback)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("has no version to come back to"),
    });
  });
});
