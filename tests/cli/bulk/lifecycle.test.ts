import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exportVerb } from "../../../cli/commands/run-time/export.ts";
import { grant } from "../../../cli/commands/run-time/grant.ts";
import { importVerb } from "../../../cli/commands/run-time/import.ts";
import { revoke } from "../../../cli/commands/run-time/revoke.ts";
import { tenant } from "../../../cli/commands/run-time/tenant.ts";
import type { Command } from "../../../cli/shared/command.ts";
import { TABLE } from "../publish/publish-table.ts";
import { runVerb } from "../run-verb.ts";
import { type BulkTable, lineFile, memberLine, startBulkTable, tenantLine } from "./bulk-table.ts";

const bot = (id: string) => ({
  membership: { tenant: id, to: { client: "bot", issuer: "main" }, role: "viewer" },
});
const LINES = [
  tenantLine("initech"),
  tenantLine("hooli", { name: "Hooli" }),
  memberLine("initech", "ann"),
  memberLine("initech", "ann", "viewer"),
  memberLine("hooli", "ann", "viewer"),
  memberLine("acme", "ann", "viewer"),
  memberLine("hooli", "bob"),
  ...["initech", "hooli"].map(bot),
];

let table: BulkTable;
beforeEach(async () => {
  table = await startBulkTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  vi.stubEnv("TABLE", TABLE);
  await table.import(LINES);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const run = (verb: Command, ...args: string[]) => runVerb(verb, ...args, "--staleness", "0");
const ANN = ["--all-tenants", "--subject", "ann", "--issuer", "main"];
const BOT = ["--all-tenants", "--client", "bot", "--issuer", "main"];
const tenantsOf = async (sk: string) =>
  (await table.items()).filter((item) => item["sk"] === sk).map(({ pk }) => String(pk));
const newFile = () => `${lineFile("")}.new`;

describe("grant --remove --all-tenants", () => {
  it("lists in a dry run what it would remove, and removes nothing", async () => {
    const before = await table.items();
    const { status, stdout } = await run(grant, "--remove", ...ANN, "--dry-run");
    expect([status, stdout]).toEqual([
      0,
      "acme: viewer\nhooli: viewer\ninitech: editor, viewer\n3 tenants; nothing was removed\n",
    ]);
    expect(await table.items()).toEqual(before);
  });

  it("removes a person's roles in every tenant, with an entry in the history of each", async () => {
    const { status, stdout } = await run(grant, "--remove", ...ANN, "--reason", "left");
    expect([status, stdout]).toEqual([0, expect.stringContaining("in any tenant (removed from 3): done")]);
    expect(await tenantsOf("MEMBER#main#ann")).toEqual([]);
    expect(await tenantsOf("MEMBER#main#bob")).toEqual(["TENANT#hooli"]);
    for (const id of ["acme", "hooli", "initech"])
      expect((await table.store.history(id)).at(-1)).toMatchObject({
        ...{ what: "ungrant every role of ann of main", why: "left", outcome: "done" },
      });
    expect((await run(grant, "--remove", ...ANN)).stdout).toContain("(removed from 0): unchanged");
    // The lists from which she came do not bring her back.
    expect(await table.import(LINES)).toMatchObject({ outcome: "rejected" });
  });

  it("removes one role, or a client's", async () => {
    await run(grant, "--remove", ...ANN, "--role", "viewer");
    expect([await tenantsOf("MEMBER#main#ann"), await table.roles("initech", "ann")]).toEqual([
      ["TENANT#initech"],
      ["editor"],
    ]);
    await run(grant, "--remove", ...BOT);
    expect(await tenantsOf("CLIENT#main#bot")).toEqual([]);
  });

  it("also removes what a person had in an earlier tenant with another spelling of the id", async () => {
    const item = await table.at("TENANT#hooli", "MEMBER#main#ann");
    await table.put({ ...item, id: "HOOLI", generation: "earlier" });
    expect((await run(grant, "--remove", ...ANN)).stdout).toContain("(removed from 2)");
  });

  it.each([
    ["without --remove", [...ANN, "--role", "viewer"], "only with --remove"],
    ["with --tenant", ["--remove", ...ANN, "--tenant", "acme"], "not with --tenant"],
    ["without a member", ["--remove", "--all-tenants"], "name one of --subject, --client"],
  ])("is wrong use %s", async (_, args, message) => {
    await expect(run(grant, ...args)).rejects.toThrow(message);
  });

  it("has a dry run only for all tenants", async () => {
    await expect(run(grant, "--remove", "--tenant", "acme", "--subject", "ann", "--dry-run")).rejects.toThrow(
      "--dry-run: only with --all-tenants",
    );
  });
});

describe("revoke --all-tenants --subject", () => {
  it("revokes a person's tokens in each tenant, also of the files, and undo removes that", async () => {
    expect((await run(revoke, ...ANN, "--reason", "left")).stdout).toContain("(3 of 3 changed): done");
    const all = ["TENANT#acme", "TENANT#hooli", "TENANT#initech"];
    expect(await tenantsOf("REVOKED#SUBJECT#main#ann")).toEqual(all);
    expect((await table.store.history("acme")).at(-1)).toMatchObject({
      what: "import revoke subject main ann",
    });
    expect((await table.store.revocations("acme")).map(({ what }) => what)).toEqual(["subject main ann"]);
    expect((await run(revoke, "undo", ...ANN)).stdout).toContain("(3 changed): done");
    expect(await tenantsOf("REVOKED#SUBJECT#main#ann")).toEqual([]);
    expect((await run(revoke, "undo", ...ANN)).stdout).toContain("(0 changed): unchanged");
  });
});

describe("tenant remove --export", () => {
  it("writes the tenant into a new file, which import reads, before it removes anything", async () => {
    const file = newFile();
    const kept = await table.export("hooli");
    const { status, stdout } = await run(tenant, "remove", "hooli", "--export", file);
    expect([status, stdout]).toEqual([0, expect.stringContaining("remove, after 4 lines in")]);
    expect(readFileSync(file, "utf8")).toBe(kept.map((line) => `${line}\n`).join(""));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await table.items()).filter(({ pk }) => pk === "TENANT#hooli")).toEqual([]);
    expect((await run(importVerb, file)).stderr).toContain("tenant hooli was removed at");
    expect((await run(importVerb, file, "--again")).status).toBe(0);
    expect(await table.export("hooli")).toEqual(kept);
  });

  it.each<[title: string, create: (file: string) => void]>([
    ["exists", (file) => writeFileSync(file, "precious")],
    ["is a link", (file) => symlinkSync(`${file}.target`, file)],
  ])("neither writes nor removes anything if the file %s", async (_, create) => {
    const file = newFile();
    create(file);
    const before = await table.items();
    await expect(run(tenant, "remove", "hooli", "--export", file)).rejects.toMatchObject({ code: "EEXIST" });
    expect(await table.items()).toEqual(before);
    expect(existsSync(`${file}.target`)).toBe(false);
  });

  it("writes no file for a tenant that it cannot remove", async () => {
    const file = newFile();
    expect((await run(tenant, "remove", "acme", "--export", file)).stderr).toContain("policy files");
    expect((await run(tenant, "remove", "nobody", "--export", file)).stderr).toContain("no tenant nobody");
    expect(existsSync(file)).toBe(false);
    await expect(run(tenant, "suspend", "hooli", "--export", file)).rejects.toThrow("does not use --export");
  });
});

describe("npx portcullis import and export", () => {
  it("print what they did, and the same lines go in and out", async () => {
    const [file, again] = [newFile(), newFile()];
    expect((await runVerb(exportVerb, file)).stdout).toBe(`${file}: 9 lines\n`);
    const printed = await runVerb(exportVerb, "--tenant", "hooli");
    expect(printed.stdout.split("\n").filter(Boolean)).toHaveLength(4);
    const unchanged = await run(importVerb, file);
    expect(unchanged.stdout).toContain(
      "9 lines, 0 tenants, 0 memberships and 0 revocations of 0 tenants to change: unchanged",
    );
    await run(grant, "--tenant", "hooli", "--subject", "eve", "--issuer", "main", "--role", "viewer");
    const lines = lineFile([{ tenant: { id: "hooli", plan: "small" } }, memberLine("acme", "eve", "viewer")]);
    const dry = await run(importVerb, lines, "--dry-run");
    expect(dry.stdout).toBe(
      `hooli: put tenant (plan team -> small)\nacme: 1 membership\nimport ${lines}: 2 lines, 1 tenant, 1 membership and 0 revocations of 2 tenants to change; nothing was written\n`,
    );
    const json = JSON.parse((await run(importVerb, lines, "--format", "json")).stdout);
    expect(json).toMatchObject({
      outcome: "done",
      lines: 2,
      changed: [{ tenant: "hooli" }, { tenant: "acme" }],
    });
    await runVerb(exportVerb, again);
    expect(readFileSync(again, "utf8")).toContain('"plan":"small"');
  });
});
