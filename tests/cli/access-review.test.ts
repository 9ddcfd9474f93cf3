import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readLines } from "../../cli/bulk/lines.ts";
import { importLines } from "../../cli/bulk/run-import.ts";
import { accessReview } from "../../cli/commands/run-time/access-review.ts";
import { grant } from "../../cli/commands/run-time/grant.ts";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { seedTable } from "../../local/table/table.ts";
import { tenantStore } from "../../runtime/table/tenant-store.ts";
import { startTable, TABLE, type TestTable } from "./publish/publish-table.ts";
import { runVerb, sampleWith } from "./run-verb.ts";

const DAY = 86_400_000;
const NOW = Date.now();
const daysAgo = (days: number): string => new Date(NOW - days * DAY).toISOString();
const seconds = (ms: number): number => Math.floor(ms / 1_000);

let table: TestTable;
let folder: string;
beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  vi.stubEnv("TABLE", TABLE);
  folder = sampleWith();
  await seedTable(table.client, TABLE, permissionItems(loadPolicyFolder(folder, "dev").policies as never));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

/** Returns a store whose clock shows an earlier day. */
const storeAt = (days: number) =>
  tenantStore({
    client: table.client,
    table: TABLE,
    who: "arn:aws:iam::1:user/kim",
    now: () => NOW - days * DAY,
  });
const review = async (...args: string[]) => {
  const { stdout } = await runVerb(accessReview, "--policies", folder, "--format", "json", ...args);
  return JSON.parse(stdout) as { rows: Record<string, string>[]; notes: string[] };
};
const personsOf = async (...args: string[]) =>
  (await review(...args)).rows
    .filter(({ kind }) => kind !== "token")
    .map(({ tenant, who, role, effect }) => `${tenant} ${who} ${role}: ${effect}`);

/** Commits the folder as of a day. */
function commit(days: number): void {
  const date = daysAgo(days);
  const env = {
    ...process.env,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      cwd: folder,
      env,
      stdio: "pipe",
    });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "policies");
}

/** Memberships of several days: zoe lost hers, bob's tenant was removed, and ann's role ended. */
async function fill(): Promise<void> {
  await storeAt(9).putMembership({ tenant: "acme", to: { subject: "zoe" }, role: "viewer" }, "ticket 1");
  await storeAt(9).putTenant({ id: "umbrella", plan: "team" }, "signed up");
  await storeAt(9).putMembership({ tenant: "umbrella", to: { subject: "bob" }, role: "admin" }, "signed up");
  const ann = { tenant: "acme", to: { subject: "ann" }, role: "editor" };
  await storeAt(9).putMembership({ ...ann, until: seconds(NOW - 5 * DAY) }, "ticket 2");
  await storeAt(7).removeMembership({ tenant: "acme", to: { subject: "zoe" } }, "left");
  await storeAt(6).suspendTenant("umbrella", "unpaid");
  await storeAt(3).removeTenant("umbrella", "left");
  await storeAt(2).putMembership({ tenant: "acme", to: { client: "job" }, role: "viewer" }, "ticket 3");
  await storeAt(1).putTenant({ id: "umbrella", plan: "free" }, "signed up again");
  const kim = { tenant: "umbrella", to: { subject: "kim" }, role: "admin" };
  await expect(storeAt(1).putMembership(kim, "")).rejects.toMatchObject({ code: "role_unknown" });
}

describe("access-review", () => {
  it("has what an import gave, now and at an earlier time", async () => {
    commit(10);
    const line = { membership: { tenant: "acme", to: { subject: "eve" }, role: "viewer", reason: "list 7" } };
    await importLines(
      { client: table.client, table: TABLE, who: "tests", now: () => NOW - 4 * DAY },
      readLines(JSON.stringify(line)),
      { dryRun: false, again: false, why: "moved" },
    );
    const { rows } = await review();
    expect(rows.find(({ who }) => who === "eve")).toMatchObject({
      by: "tests",
      why: "moved",
      when: daysAgo(4),
    });
    expect(await personsOf("--as-of", daysAgo(3))).toContain("acme eve viewer: in force");
    expect(await personsOf("--as-of", daysAgo(5))).toEqual([]);
  });

  it("lists memberships with who gave them, when and why, and the roles of tokens with file and line", async () => {
    await fill();
    const { rows, notes } = await review();
    expect(rows.find(({ who }) => who === "job")).toEqual({
      ...{ tenant: "acme", kind: "client", issuer: "main", who: "job", role: "viewer", until: "" },
      ...{ effect: "in force", source: "TENANT#acme CLIENT#main#job" },
      ...{ by: "arn:aws:iam::1:user/kim", when: daysAgo(2), why: "ticket 3" },
    });
    const tokens = rows.filter(({ kind }) => kind === "token");
    expect(tokens).toContainEqual(
      expect.objectContaining({
        ...{ tenant: "acme", issuer: "acme-okta", role: "auditor", who: 'any token with "Quill Auditors"' },
        source: `${join(folder, "issuers.yaml")}:21`,
      }),
    );
    expect(tokens).toContainEqual(
      expect.objectContaining({ tenant: "initech", role: "viewer", effect: "tenant_suspended" }),
    );
    // The plan free does not have the role, and acme's own role is no other tenant's.
    const names = tokens.map(({ tenant, role }) => `${tenant} ${role}`);
    expect(names).not.toContain("umbrella admin");
    expect(names).not.toContain("globex auditor");
    expect(notes.at(-1)).toContain("known to the identity provider alone");
    expect(await personsOf()).toEqual(["acme job viewer: in force"]);
  });

  it("reconstructs the state of an earlier date from the history and git, and says what is not known", async () => {
    commit(20);
    await fill();
    expect(await personsOf("--as-of", daysAgo(8))).toEqual([
      "acme ann editor: in force",
      "acme zoe viewer: in force",
      "umbrella bob admin: in force",
    ]);
    expect(await personsOf("--as-of", daysAgo(5.5))).toEqual([
      "acme ann editor: in force",
      "umbrella bob admin: tenant_suspended",
    ]);
    expect(await personsOf("--as-of", daysAgo(2.5))).toEqual([]);
    expect(await personsOf("--as-of", daysAgo(0.5))).toEqual(await personsOf());
    const { notes } = await review("--as-of", daysAgo(8));
    expect(notes[0]).toMatch(/^The files are those of commit [0-9a-f]{10}, the last one before /);
    expect(notes[1]).toContain("what was written before it, by hand or by a restore is not known");
    expect((await review("--as-of", daysAgo(15))).notes[1]).toContain("The history has no change before");
  });

  it("takes the files of that date, in which a role may be another", async () => {
    commit(20);
    await fill();
    writeFileSync(
      join(folder, "tenants/acme.yaml"),
      "plan: enterprise\nstatus: suspended\nroles: { auditor: { extends: [viewer] } }\n",
    );
    commit(4);
    expect(await personsOf("--as-of", daysAgo(8), "--tenant", "acme")).toContain("acme zoe viewer: in force");
    expect(await personsOf("--as-of", daysAgo(1.5), "--tenant", "acme")).toEqual([
      "acme job viewer: tenant_suspended",
    ]);
  });

  it("writes no cell that a spreadsheet runs, and no line that imitates a record", async () => {
    const names = ['=HYPERLINK("http://evil")', "+1", "-1", "@x", " =1", 'a","b'];
    for (const subject of names)
      await storeAt(1).putMembership(
        { tenant: "acme", to: { subject }, role: "viewer" },
        "=why\n=2,\u001b[31m",
      );
    const { stdout, stderr } = await runVerb(accessReview, "--policies", folder, "--format", "csv");
    expect(stderr).toContain("known to the identity provider alone");
    const [header, ...records] = stdout.trimEnd().split("\n");
    expect(header).toBe("tenant,kind,issuer,who,role,until,effect,source,by,when,why");
    const persons = records.filter((line) => line.includes('"person"'));
    expect(persons).toHaveLength(names.length);
    for (const line of records) expect(line).toMatch(/^("([^"]|"")*",){10}"([^"]|"")*"$/);
    for (const line of records) expect(line).not.toMatch(/(^|",)"\s*[=+\-@]/);
    expect(stdout).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect(stdout).not.toContain("\u001b");
    const text = await runVerb(accessReview, "--policies", folder, "--tenant", "acme");
    expect(text.stdout).not.toContain("\u001b");
    expect(text.stdout).toContain(
      "acme  viewer  person +1 of main: in force; TENANT#acme MEMBER#main#+1, given by",
    );
  });

  it("rejects a date of the future, one before the first commit, and a tenant in which nobody has a role", async () => {
    const run = (...args: string[]) => runVerb(accessReview, "--policies", folder, ...args);
    await expect(run("--as-of", "2999-01-01")).rejects.toThrow("is in the future");
    commit(2);
    await expect(run("--as-of", daysAgo(9))).rejects.toThrow("git has no commit before");
    await expect(run("--tenant", "acmee")).rejects.toThrow('did you mean "acme"?');
  });
});

describe("grant list", () => {
  it("lists the roles that end soon, those that end first at the top", async () => {
    const until = (days: number) => seconds(NOW + days * DAY);
    const give = (tenant: string, subject: string, days: number) =>
      storeAt(0).putMembership(
        { tenant, to: { subject }, role: "viewer", until: until(days), reason: "ticket 4" },
        "",
      );
    await give("acme", "late", 30);
    await give("acme", "second", 6);
    await give("globex", "first", 2);
    await storeAt(0).putMembership({ tenant: "acme", to: { subject: "ever" }, role: "viewer" }, "");
    const list = (...args: string[]) => runVerb(grant, "list", ...args);
    const { stdout } = await list("--expiring-within", "7d");
    expect(stdout.split("\n").map((line) => line.split(",")[0])).toEqual([
      "globex  viewer  first",
      "acme  viewer  second",
      "",
    ]);
    expect(stdout).toContain("(ticket 4)");
    expect((await list("--tenant", "acme")).stdout).toContain("ever, without an end");
    expect((await list("--tenant", "globex", "--expiring-within", "1h")).stdout).toContain(
      "No role was given",
    );
    expect((await list("--tenant", "hooli")).stdout).toBe("No role was given at run time\n");
    await expect(list("--subject", "ever", "--dry-run")).rejects.toThrow(
      "grant list does not use --subject, --dry-run: leave",
    );
    await expect(list("--expiring-within", "soon")).rejects.toThrow("--expiring-within: expected a duration");
    await expect(runVerb(grant, "--expiring-within", "7d")).rejects.toThrow("only used with list");
    await storeAt(0).removeTenant("umbrella", "");
  });
});
