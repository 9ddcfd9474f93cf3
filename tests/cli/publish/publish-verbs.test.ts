import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { publish } from "../../../cli/commands/deploy/publish.ts";
import { rollback } from "../../../cli/commands/deploy/rollback.ts";
import { HISTORY_KEY, HISTORY_OWNER, LOCK_SORT_KEY } from "../../../cli/publish/history-keys.ts";
import { runPublish } from "../../../cli/publish/run-publish.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { runVerb } from "../run-verb.ts";
import { OPTIONS, startTable, TABLE, type TestTable } from "./publish-table.ts";

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

  it("that is throttled prints that running it again continues, and it does", async () => {
    let throttling = true;
    const proxy = createServer((request, response) => {
      const isWrite = String(request.headers["x-amz-target"]).endsWith("BatchWriteItem");
      if (isWrite && throttling)
        return response
          .writeHead(400, { "content-type": "application/x-amz-json-1.0" })
          .end('{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}');
      const { method, headers } = request;
      return request.pipe(
        httpRequest(table.endpoint, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const again = () => runPublish(items, { ...OPTIONS, json: false, flush: undefined });
    expect(await again()).toBe(1);
    expect(stderr.mock.calls.join("")).toMatch(
      /permissions could not take all writes \(ProvisionedThroughputExceededException: .*\)\. .* Run the same command again to continue where this one stopped/,
    );
    stderr.mockRestore();
    throttling = false;
    expect(await again()).toBe(0);
    proxy.closeAllConnections();
    proxy.close();
    expect(await status("acme")).toBe("active");
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
        "permissions has no version to restore: publish records versions, Terraform does not. If Terraform keeps the items, revert the file in git and deploy; otherwise name a commit or a build folder\n",
    });
    const { status: code, stdout } = await run(rollback, "HEAD~1");
    expect(code).toBe(0);
    expect(stdout).toContain(`git revert --no-edit ${git("rev-parse", "HEAD~1")}..${bad}`);
    expect(await status("acme")).toBe("active");
    expect(await run(rollback)).toMatchObject({ status: 0 });
    expect(await status("acme")).toBe("suspended");
  });

  it("needs a version after an interruption, because the last one may be what a rollback was to undo", async () => {
    await run(publish);
    suspendAcme();
    await run(publish);
    const lock = { pk: HISTORY_KEY, sk: LOCK_SORT_KEY, owner: HISTORY_OWNER, until: 0 };
    await table.put(lock);
    expect(await run(rollback)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^A publish or a rollback of permissions is running or was interrupted/),
    });
    expect(await status("acme")).toBe("suspended");
    expect(await run(rollback, "1")).toMatchObject({ status: 0 });
    expect(await status("acme")).toBe("active");
  });

  it("names only the commits that changed the policy files", async () => {
    await run(publish);
    suspendAcme();
    const bad = commit("suspend acme");
    writeFileSync(join(repository, "other.txt"), "unrelated");
    commit("unrelated");
    await run(publish);
    expect((await run(rollback)).stdout).toMatch(new RegExp(`git revert --no-edit ${bad}\n$`));
  });

  const noCommit = (why: string): RegExp =>
    new RegExp(`There is no commit to revert, because ${why}\\. Restore the policy files by hand, .*\n$`);

  it.each([
    ["replaced", [run, suspendAcme, run], "the replaced state was published with uncommitted changes"],
    [
      "restored",
      [
        suspendAcme,
        run,
        () => edit("tenants/acme.yaml", "status: suspended", ""),
        () => commit("other"),
        run,
      ],
      "the restored state was published with uncommitted changes",
    ],
  ] as const)(
    "names no commit if the %s state was published from uncommitted changes",
    async (_, steps, why) => {
      for (const step of steps) await (step === run ? run(publish) : (step as () => unknown)());
      const { stdout } = await run(rollback);
      expect(stdout).toMatch(noCommit(why));
      expect(stdout).not.toContain("git revert");
    },
  );

  it("names no commit outside git, or for a state that Terraform wrote from other files", async () => {
    suspendAcme();
    const items = permissionItems(loadPolicyFolder(policies, "dev").policies as never);
    for (const item of items) await table.put(item);
    git("checkout", "-q", ".");
    const { stdout } = await run(rollback, "HEAD");
    expect(stdout).toMatch(noCommit("the commit of the replaced state is not known"));
    rmSync(join(repository, ".git"), { recursive: true });
    suspendAcme();
    await run(publish);
    expect((await run(rollback)).stdout).toMatch(noCommit("the commit of the replaced state is not known"));
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
