import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { grant } from "../../cli/commands/run-time/grant.ts";
import { history } from "../../cli/commands/run-time/history.ts";
import { revoke } from "../../cli/commands/run-time/revoke.ts";
import { tenant } from "../../cli/commands/run-time/tenant.ts";

import { publishItems } from "../../cli/publish/publish-items.ts";
import type { Command } from "../../cli/shared/command.ts";
import { UsageError } from "../../cli/shared/flags.ts";
import { timeFlag } from "../../cli/table/run-time.ts";
import { readMembershipState } from "../../core/decision/memberships.ts";
import { type Item, readTenant } from "../../core/model/items.ts";
import { stampItem } from "../../core/policy-files/compile/permission-items.ts";
import type { UndoInput } from "../../runtime/table/input-types.ts";
import { type StoreError, type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import {
  done,
  folder,
  OPTIONS,
  roleItem,
  startTable,
  TABLE,
  type TestTable,
  tenantItem,
} from "./publish/publish-table.ts";
import { runVerb, type VerbResult } from "./run-verb.ts";

const issuer = (name: string, content: Item): Item =>
  stampItem({
    pk: "CATALOGUE",
    sk: `ISSUER#${name}`,
    name,
    tenants: "*",
    claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
    audienceClaims: ["aud"],
    types: [""],
    ...content,
  });
const plan: Item = stampItem({ pk: "CATALOGUE", sk: "PLAN#team", name: "team", ceiling: ["GET /a"] });
const CATALOGUE: readonly Item[] = [
  issuer("main", { memberships: "merge" }),
  plan,
  roleItem("viewer", "GET /a"),
  roleItem("editor", "GET /a"),
];
const NOW = Date.now();

let table: TestTable;
let store: TenantStore;
beforeEach(async () => {
  table = await startTable();
  for (const item of [...CATALOGUE, tenantItem("acme", { plan: "team" })]) await table.put(item);
  store = tenantStore({ client: table.client, table: TABLE, who: "tests" });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const at = async (sk: string, pk = "TENANT#initech"): Promise<Item | undefined> =>
  (await table.items()).find((item) => item["pk"] === pk && item["sk"] === sk);
const expectRejection = (work: Promise<unknown>, code: StoreError["code"], message: string) =>
  expect(work).rejects.toMatchObject({ name: "StoreError", code, message: expect.stringContaining(message) });
const member = { tenant: "initech", to: { subject: "ann" }, role: "editor" };
const signUp = () => store.putTenant({ id: "initech", plan: "team" }, "signed up");

describe("a run-time tenant", () => {
  it("has the form of a tenant of the files, with another owner", async () => {
    expect(await store.putTenant({ id: "initech", plan: "team", issuers: ["main"] }, "signed up")).toBe(
      "done",
    );
    const item = await at("TENANT");
    expect(item).toMatchObject({ owner: "runtime", v: 1, status: "active", plan: "team", issuers: ["main"] });
    expect(readTenant(item ?? {})).toMatchObject({ id: "initech", status: "active", plan: "team" });
    expect(await signUp()).toBe("unchanged");
    expect(await store.putTenant({ id: "initech", plan: "team", name: "Initech" }, "")).toBe("done");
  });

  it("keeps its issuers when it is put without them, and the history says what changed", async () => {
    await store.putTenant({ id: "initech", plan: "team", issuers: ["main"] }, "signed up");
    await store.putTenant({ id: "initech", name: "Initech" }, "renamed");
    expect(await at("TENANT")).toMatchObject({ plan: "team", issuers: ["main"], name: "Initech" });
    await store.putTenant({ id: "initech", issuers: null }, "any issuer");
    expect(await at("TENANT")).not.toHaveProperty("issuers");
    expect((await store.history("initech")).map(({ what }) => what)).toEqual([
      "put tenant (status active, plan team, issuers main, name none)",
      "put tenant (name none -> Initech)",
      "put tenant (issuers main -> all)",
    ]);
  });

  it("has one id: no other spelling finds it, changes it or is created next to it", async () => {
    await store.putTenant({ id: "Initech", plan: "team" }, "signed up");
    await expectRejection(
      store.putTenant({ id: "initech", plan: "team" }, ""),
      "id_taken",
      'The table has the tenant "Initech", and ids must differ in more than case: choose another id than "initech"',
    );
    const until = Math.ceil(NOW / 1_000) + 3_600;
    for (const work of [
      () => store.suspendTenant("INITECH", ""),
      () => store.removeTenant("initech", ""),
      () => store.putMembership(member, ""),
      () => store.removeMembership({ tenant: "initech", to: { subject: "ann" } }, ""),
      () => store.revoke({ tenant: "initech", what: { token: "t1" }, until }, ""),
      () => store.undoRevocation({ tenant: "initech", what: { token: "t1" } }, ""),
      () => store.revocations("initech"),
    ])
      await expectRejection(work(), "tenant_unknown", 'it has "Initech"');
    expect(await at("TENANT")).toMatchObject({ id: "Initech", status: "active" });
  });

  it.each([
    ["a space at the end", "initech "],
    ["a space at the beginning", " initech"],
    ["a no-break space at the end", "initech\u00a0"],
    ["a control character", "ini\u0007tech"],
    ["a zero-width space", "ini\u200btech"],
    ["a mark that changes the direction of text", "ini\u202etech"],
    ["an invisible letter", "ini\u3164tech"],
    ["a decomposed letter", "initeche\u0301"],
  ])("cannot have %s in its id", async (_, id) => {
    await expectRejection(store.putTenant({ id, plan: "team" }, ""), "input_invalid", "id: expected");
    await expectRejection(store.suspendTenant(id, ""), "input_invalid", "expected");
    await expectRejection(store.putMembership({ ...member, to: { client: id } }, ""), "input_invalid", "to");
    expect((await table.items()).some(({ pk }) => String(pk).startsWith("AUDIT#"))).toBe(false);
  });

  it("keeps its settings when suspended and reinstated, and is removed with its memberships", async () => {
    await store.putTenant({ id: "initech", plan: "team", name: "Initech" }, "");
    await store.putMembership(member, "");
    await store.suspendTenant("initech", "unpaid");
    expect(await at("TENANT")).toMatchObject({ status: "suspended", name: "Initech", plan: "team" });
    await store.reinstateTenant("initech", "paid");
    expect(await at("TENANT")).toMatchObject({ status: "active", name: "Initech" });
    expect(await store.removeTenant("initech", "left")).toBe("done");
    expect((await table.items()).filter(({ pk }) => pk === "TENANT#initech")).toEqual([]);
    expect(await store.removeTenant("initech", "")).toBe("unchanged");
  });

  it("stays suspended when it is put again without a status", async () => {
    await signUp();
    await store.suspendTenant("initech", "unpaid");
    await store.putTenant({ id: "initech", plan: "team", name: "Initech" }, "");
    expect(await at("TENANT")).toMatchObject({ status: "suspended", name: "Initech" });
    await store.putTenant({ id: "initech", plan: "team", status: "active" }, "");
    expect(await at("TENANT")).toMatchObject({ status: "active" });
  });

  it("is rejected with an unknown plan, an unknown issuer or an invalid id", async () => {
    await expectRejection(
      store.putTenant({ id: "initech", plan: "gold" }, ""),
      "plan_unknown",
      "The table has no plan gold; the table's plans: team",
    );
    await expectRejection(store.putTenant({ id: "initech" }, ""), "plan_unknown", "has no plan");
    await expectRejection(
      store.putTenant({ id: "initech", plan: "team", issuers: ["okta"] }, ""),
      "issuer_unknown",
      "The table has no issuer okta; the table's issuers: main",
    );
    await expectRejection(
      store.putTenant({ id: "*", plan: "team" }, ""),
      "input_invalid",
      '"*" cannot be a tenant',
    );
    await expectRejection(store.suspendTenant("nobody", ""), "tenant_unknown", "no tenant nobody");
    expect((await table.items()).some(({ owner, sk }) => owner === "runtime" && sk === "TENANT")).toBe(false);
  });

  it("cannot replace a tenant of the files, and the error names both", async () => {
    for (const work of [
      () => store.putTenant({ id: "acme", plan: "team" }, ""),
      () => store.suspendTenant("acme", ""),
      () => store.removeTenant("acme", ""),
    ])
      await expectRejection(
        work(),
        "tenant_of_files",
        'Tenant acme belongs to the policy files: the item TENANT#acme TENANT has the owner "files", and only items with the owner "runtime" can be changed at run time',
      );
    expect(await at("TENANT", "TENANT#acme")).toMatchObject({ owner: "files", status: "active" });
  });

  it("is not changed by publish, and a file for it is an error that names both", async () => {
    await signUp();
    await store.putMembership(member, "");
    const before = (await table.items()).filter(({ owner }) => owner === "runtime");
    done(await publishItems(table.client, folder(1), { ...OPTIONS, force: true }));
    expect((await table.items()).filter(({ owner }) => owner === "runtime")).toEqual(before);
    const both = [...folder(1), tenantItem("initech")];
    expect(await publishItems(table.client, both, { ...OPTIONS, force: true })).toMatchObject({
      outcome: "rejected",
      obstacles: [expect.stringMatching(/TENANT#initech TENANT is in the files.*with the owner "runtime"/)],
    });
  });
});

describe("a run-time tenant's directory", () => {
  beforeEach(() => table.put(issuer("pools", { tenants: "by_directory" })));
  const pool = (name: string) => ({ pools: name });
  const hint = (name: string) => at("DIRECTORY", `DIRECTORY#pools#${name}`);
  const put = (id: string, name: string) =>
    store.putTenant({ id, plan: "team", directories: pool(name) }, "");

  it("is in the tenant's item, and one item by the directory names the tenant", async () => {
    expect(await put("initech", "x1")).toBe("done");
    expect(readTenant((await at("TENANT")) ?? {}).directories).toEqual(new Map([["pools", "x1"]]));
    expect(await hint("x1")).toMatchObject({ tenant: "initech", owner: "runtime", v: 1 });
    expect(await put("initech", "x1")).toBe("unchanged");
    expect(await store.putTenant({ id: "initech", name: "Initech" }, "")).toBe("done");
    expect(await at("TENANT")).toMatchObject({ directories: { pools: "x1" }, name: "Initech" });
    await store.suspendTenant("initech", "");
    expect(await at("TENANT")).toMatchObject({ directories: { pools: "x1" }, status: "suspended" });
  });

  it("changes and ends with its item, and the history says so", async () => {
    await put("initech", "x1");
    await put("initech", "x2");
    expect([await hint("x1"), (await hint("x2"))?.["tenant"]]).toEqual([undefined, "initech"]);
    await store.putTenant({ id: "initech", directories: { pools: null } }, "");
    expect([await hint("x2"), (await at("TENANT"))?.["directories"]]).toEqual([undefined, undefined]);
    expect((await store.history("initech")).map(({ what }) => what)).toEqual([
      "put tenant (status active, plan team, issuers all, directories pools=x1, name none)",
      "put tenant (directories pools=x1 -> pools=x2)",
      "put tenant (directories pools=x2 -> none)",
    ]);
    await put("initech", "x3");
    await store.removeTenant("initech", "");
    expect(await hint("x3")).toBeUndefined();
  });

  it("belongs to one tenant, of the files too", async () => {
    await put("initech", "x1");
    await expectRejection(put("globex", "x1"), "directory_taken", "is that of tenant initech");
    expect(await at("TENANT", "TENANT#globex")).toBeUndefined();
    await table.put(stampItem({ pk: "DIRECTORY#pools#x2", sk: "DIRECTORY", tenant: "acme" }));
    await expectRejection(put("globex", "x2"), "directory_taken", "is that of tenant acme");
    await put("initech", "x3");
    expect(await put("globex", "x1")).toBe("done");
  });

  it("can be taken over from an item whose tenant does not list it, or no longer exists", async () => {
    await put("initech", "x1");
    const item = await hint("x1");
    await store.removeTenant("initech", "");
    await table.put(item ?? {});
    expect(await put("globex", "x1")).toBe("done");
    expect(await hint("x1")).toMatchObject({ tenant: "globex" });
    // A repeated write repairs an item that is missing or names another tenant.
    await table.put({ ...item, tenant: "nobody" });
    expect(await put("globex", "x1")).toBe("done");
    expect(await hint("x1")).toMatchObject({ tenant: "globex" });
  });

  it("has one owner among tenants that are written at the same time", async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `t${index}`);
    const results = await Promise.allSettled(ids.map((id) => put(id, "x1")));
    const rejected = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(rejected).toEqual(rejected.map(() => expect.objectContaining({ name: "StoreError" })));
    const winner = String((await hint("x1"))?.["tenant"]);
    expect(results[ids.indexOf(winner)]?.status).toBe("fulfilled");
    expect((await at("TENANT", `TENANT#${winner}`))?.["directories"]).toEqual(pool("x1"));
  });

  it("is neither changed by a publish, nor given to a tenant of the files too", async () => {
    await put("initech", "x1");
    const directory = (tenant: string, name: string) =>
      stampItem({ pk: `DIRECTORY#pools#${name}`, sk: "DIRECTORY", tenant });
    const options = { ...OPTIONS, force: true };
    done(await publishItems(table.client, [...folder(1), directory("acme", "x2")], options));
    expect([(await hint("x1"))?.["tenant"], (await hint("x2"))?.["tenant"]]).toEqual(["initech", "acme"]);
    expect(await publishItems(table.client, [...folder(1), directory("acme", "x1")], options)).toMatchObject({
      outcome: "rejected",
      obstacles: [
        "DIRECTORY#pools#x1 DIRECTORY is the directory of acme in the files, and in the table of another owner: a directory has one tenant; remove it from the tenant's file, or from the other tenant",
      ],
    });
    done(await publishItems(table.client, folder(1), options));
    expect([(await hint("x1"))?.["tenant"], await hint("x2")]).toEqual(["initech", undefined]);
  });

  it.each<[title: string, directories: Record<string, string>, code: StoreError["code"], message: string]>([
    ["of an unknown issuer", { pols: "x1" }, "issuer_unknown", "The table has no issuer pols"],
    ["of an issuer without directories", { main: "x1" }, "issuer_unknown", "Issuer main has no directories"],
    ["that is not one segment of a path", { pools: "a/b" }, "input_invalid", "directories.pools: expected"],
  ])("is rejected if it is one %s", async (_, directories, code, message) => {
    await expectRejection(store.putTenant({ id: "initech", plan: "team", directories }, ""), code, message);
    expect(await at("TENANT")).toBeUndefined();
  });

  it("is needed if the tenant accepts the issuer of directories alone", async () => {
    const work = store.putTenant({ id: "initech", plan: "team", issuers: ["pools"] }, "");
    await expectRejection(work, "issuer_unknown", "covers a tenant by its directory, but initech has none");
  });
});

describe("a membership", () => {
  it("adds a role to the others, with its end, its reason and who gave it", async () => {
    await signUp();
    const until = Math.floor(NOW / 1_000) + 3_600;
    await store.putMembership({ ...member, role: "viewer" }, "");
    await store.putMembership({ ...member, until, reason: "ticket 7" }, "ticket 7");
    const item = await at("MEMBER#main#ann");
    expect(item).toMatchObject({ v: 1, owner: "runtime", id: "initech" });
    expect(item?.["roles"]).toEqual([
      { role: "editor", until, reason: "ticket 7", by: "tests" },
      { role: "viewer", by: "tests" },
    ]);
    expect(readMembershipState([item ?? {}]).memberships).toMatchObject([
      { partition: "TENANT#initech", roles: [{ until }, { until: null }] },
    ]);
    expect(await store.putMembership({ ...member, role: "viewer" }, "")).toBe("unchanged");
    await store.removeMembership({ tenant: "initech", to: { subject: "ann" }, role: "viewer" }, "");
    expect((await at("MEMBER#main#ann"))?.["roles"]).toHaveLength(1);
    await store.removeMembership({ tenant: "initech", to: { subject: "ann" } }, "");
    expect(await at("MEMBER#main#ann")).toBeUndefined();
  });

  it("of a client is a separate item, also in a tenant of the files", async () => {
    await store.putMembership({ tenant: "acme", to: { client: "batch" }, role: "viewer" }, "");
    expect(await at("CLIENT#main#batch", "TENANT#acme")).toMatchObject({
      roles: [{ role: "viewer" }],
      // An earlier version counts it in the tokens of the client's users too.
      needs: ["own_clients"],
    });
  });

  it("is rejected if it could have no effect", async () => {
    await signUp();
    await expectRejection(
      store.putMembership({ ...member, role: "edtor" }, ""),
      "role_unknown",
      "Tenant initech has no role edtor; its roles: editor, viewer",
    );
    await table.put(tenantItem("small", { plan: "small", changes: { viewer: "none" } }));
    await table.put(stampItem({ ...plan, sk: "PLAN#small", name: "small", roles: ["viewer"] }));
    for (const role of ["editor", "viewer"])
      await expectRejection(
        store.putMembership({ ...member, tenant: "small", role }, ""),
        "role_unknown",
        `Tenant small has no role ${role}; its roles: none`,
      );
    await expectRejection(
      store.putMembership({ ...member, tenant: "nobody" }, ""),
      "tenant_unknown",
      "no tenant nobody",
    );
    await expectRejection(
      store.putMembership({ ...member, until: 5 }, ""),
      "input_invalid",
      "until: must be in the future",
    );
    await expectRejection(store.putMembership({ ...member, to: { subject: "" } }, ""), "input_invalid", "to");
    await table.put(issuer("staff", { memberships: "instead", staff: true }));
    await expectRejection(
      store.putMembership(member, ""),
      "issuer_unknown",
      "Several issuers use memberships, so the issuer is required: one of main, staff",
    );
    await expectRejection(
      store.putMembership({ ...member, to: { subject: "sue", issuer: "staff" } }, ""),
      "end_and_reason_needed",
      "Issuer staff is for the provider's own staff",
    );
    for (const name of ["main", "staff"]) await table.put(issuer(name, {}));
    await expectRejection(store.putMembership(member, ""), "issuer_unknown", "No issuer uses memberships");
  });
});

describe("a revocation", () => {
  const until = Math.floor(NOW / 1_000) + 3_600;

  it("is stored until its end, with the table's TTL attribute, and can be undone", async () => {
    await signUp();
    await store.revoke({ tenant: "initech", what: { token: "t1" }, until }, "leaked");
    await store.revoke({ tenant: "initech", what: { subject: "a#b" }, until }, "");
    await store.revoke({ tenant: "initech", what: { issuedBefore: 17 }, until }, "");
    expect(await at("REVOKED#TOKEN#t1")).toMatchObject({ v: 1, owner: "runtime", until, expiresAt: until });
    expect(await at("REVOKED#ISSUED")).toMatchObject({ before: 17, until });
    expect((await store.revocations("initech")).map(({ what }) => what)).toEqual([
      "issued before 1970-01-01T00:00:17.000Z",
      "subject main a#b",
      "token t1",
    ]);
    await store.undoRevocation({ tenant: "initech", what: { issued: true } }, "");
    await store.undoRevocation({ tenant: "initech", what: { token: "t1" } }, "");
    expect(await store.undoRevocation({ tenant: "initech", what: { token: "t1" } }, "")).toBe("unchanged");
    expect(await store.revocations("initech")).toHaveLength(1);
  });

  it("of clients is in the item that every version reads, and that an earlier one rejects", async () => {
    await signUp();
    const revoke = (client: string, end = until) =>
      store.revoke({ tenant: "initech", what: { client }, until: end }, "");
    await revoke("bot");
    await store.revoke({ tenant: "initech", what: { issuedBefore: 17 }, until }, "");
    await revoke("bot", until - 10);
    await revoke("a#b", until + 10);
    expect(await at("REVOKED#ISSUED")).toMatchObject({
      ...{ before: 17, until, expiresAt: until + 10, needs: ["revoked_clients"] },
      clients: { "main#bot": until, "main#a#b": until + 10 },
    });
    expect((await store.revocations("initech")).map(({ what }) => what)).toEqual([
      "issued before 1970-01-01T00:00:17.000Z",
      "client main bot",
      "client main a#b",
    ]);
    const undo = (what: UndoInput["what"]) => store.undoRevocation({ tenant: "initech", what }, "");
    await undo({ issued: true });
    expect(await at("REVOKED#ISSUED")).not.toHaveProperty("before");
    expect([await undo({ client: "bot" }), await undo({ client: "bot" })]).toEqual(["done", "unchanged"]);
    expect((await store.revocations("initech")).map(({ what }) => what)).toEqual(["client main a#b"]);
    await undo({ client: "a#b" });
    expect(await at("REVOKED#ISSUED")).toBeUndefined();
  });

  it("of a client in every tenant is in the issuer's kill switch and history", async () => {
    const everywhere = { tenant: "*", what: { client: "bot" } };
    await store.denyKey({ issuer: "main", kid: "k1" }, "");
    expect(await store.revoke({ ...everywhere, until }, "leaked")).toBe("done");
    expect(await store.revoke({ ...everywhere, until: until - 1 }, "")).toBe("unchanged");
    expect(await at("main", "ISSUERS")).toMatchObject({
      ...{ status: "active", deniedKeys: ["k1"], needs: ["revoked_clients"] },
      clients: { bot: until },
    });
    await store.suspendIssuer("main", "");
    await store.reinstateIssuer("main", "");
    await store.allowKey({ issuer: "main", kid: "k1" }, "");
    expect(await store.issuers()).toMatchObject([
      { name: "main", status: "active", deniedKeys: [], revokedClients: [{ client: "bot", until }] },
    ]);
    expect(await store.undoRevocation(everywhere, "")).toBe("done");
    expect(await at("main", "ISSUERS")).toBeUndefined();
    const entries = (await store.history({ issuer: "main" })).map(({ what, why, outcome }) => [
      what,
      why,
      outcome,
    ]);
    expect(entries).toContainEqual(["revoke client bot", "leaked", "done"]);
    expect(entries).toContainEqual(["undo revocation of client bot", "", "done"]);
    await expectRejection(
      store.revoke({ tenant: "*", what: { subject: "ann" }, until }, ""),
      "input_invalid",
      "in every tenant (*) only a client can be revoked",
    );
  });

  it("of clients is bounded, because every caller reads it", async () => {
    await signUp();
    for (const tenant of ["initech", "*"]) {
      const revoke = (client: string) => store.revoke({ tenant, what: { client }, until }, "");
      for (let index = 0; index < 100; index++) await revoke(`bot-${index}`);
      await expectRejection(revoke("one-more"), "input_invalid", "already 100 revoked clients");
    }
  });

  it("is never narrowed by another, and not listed after its end", async () => {
    await signUp();
    const revokeBefore = (issuedBefore: number, end: number) =>
      store.revoke({ tenant: "initech", what: { issuedBefore }, until: end }, "");
    await revokeBefore(100, until);
    await revokeBefore(50, until + 10);
    expect(await at("REVOKED#ISSUED")).toMatchObject({ before: 100, until: until + 10 });
    const later = tenantStore({
      client: table.client,
      table: TABLE,
      who: "",
      now: () => (until + 10) * 1_000,
    });
    expect(await later.revocations("initech")).toEqual([]);
  });
});

describe("the history", () => {
  it("says who did what, why, and the outcome", async () => {
    await signUp();
    await store.putMembership(member, "first admin");
    await expectRejection(store.suspendTenant("nobody", "typo"), "tenant_unknown", "no tenant");
    expect(await store.history("initech")).toMatchObject([
      {
        who: "tests",
        what: "put tenant (status active, plan team, issuers all, name none)",
        why: "signed up",
        outcome: "done",
      },
      { what: "grant editor to ann of main", why: "first admin", outcome: "done" },
    ]);
    expect((await store.history()).map(({ tenant: id, outcome }) => [id, outcome])).toEqual([
      ["initech", "done"],
      ["initech", "done"],
      ["nobody", "failed: tenant_unknown"],
    ]);
  });

  it("is written before the change, so that a change that cannot be recorded is not made", async () => {
    table.script = ({ name, input }) => {
      if (name === "PutItemCommand" && /AUDIT#/.test(JSON.stringify(input))) throw new Error("no audit");
    };
    await expect(signUp()).rejects.toThrow("no audit");
    expect(await at("TENANT")).toBeUndefined();
  });

  it("cannot be overwritten, because each entry is written only if its key is free", async () => {
    await signUp();
    const entries = table.sent.filter(({ input }) => /AUDIT#/.test(JSON.stringify(input["Item"] ?? "")));
    expect(entries.map(({ input }) => input["ConditionExpression"])).toEqual([
      "attribute_not_exists(pk)",
      "attribute_not_exists(pk)",
    ]);
    const [begun] = entries;
    await expect(
      table.client.send(new PutItemCommand(begun?.input as unknown as PutItemCommandInput)),
    ).rejects.toThrow(ConditionalCheckFailedException);
  });

  it("shows an interrupted change as begun", async () => {
    let audits = 0;
    table.script = ({ name, input }) => {
      if (name === "PutItemCommand" && /AUDIT#/.test(JSON.stringify(input)) && ++audits > 1)
        throw new Error("gone");
    };
    await expect(signUp()).rejects.toThrow("gone");
    expect(await store.history("initech")).toMatchObject([{ outcome: "begun" }]);
  });
});

describe("concurrent writers", () => {
  it("lose no update", async () => {
    await signUp();
    const names = Array.from({ length: 8 }, (_, index) => `role${index}`);
    for (const name of names) await table.put(roleItem(name, "GET /a"));
    await Promise.all(names.map((role) => store.putMembership({ ...member, role }, "")));
    const roles = (await at("MEMBER#main#ann"))?.["roles"] as Item[];
    expect(roles.map(({ role }) => role)).toEqual(names);
    expect(await store.history("initech")).toHaveLength(1 + names.length);
  });

  it("of a tenant's status and its memberships keep both changes", async () => {
    await signUp();
    await Promise.all([
      store.suspendTenant("initech", ""),
      ...Array.from({ length: 4 }, (_, index) =>
        store.putMembership({ ...member, to: { subject: `s${index}` } }, ""),
      ),
    ]);
    expect(await at("TENANT")).toMatchObject({ status: "suspended" });
  });

  it("fail after a bounded number of attempts", async () => {
    await signUp();
    let attempts = 0;
    table.script = ({ name, input }) => {
      if (name !== "PutItemCommand" || /AUDIT#/.test(JSON.stringify(input))) return;
      attempts += 1;
      throw new ConditionalCheckFailedException({ message: "lost", $metadata: {} });
    };
    await expectRejection(
      store.suspendTenant("initech", ""),
      "too_many_writers",
      "12 times in a row: try again",
    );
    expect(attempts).toBe(12);
  });
});

describe("the verbs", () => {
  const verb = (command: Command, ...args: string[]): Promise<VerbResult> => {
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint);
    return runVerb(command, ...args, "--table", TABLE);
  };

  it("change tenants, and print the worst case in seconds", async () => {
    expect(await verb(tenant, "put", "initech", "--plan", "team", "--reason", "signed up")).toMatchObject({
      status: 0,
      stdout:
        "tenant initech: put: done; in effect after at most 90 s with the default settings (API Gateway 60 s + Lambda 30 s; for other settings use --staleness SECONDS with Terraform's output staleness_seconds; --flush API_ID/STAGE empties API Gateway's cache now)\n",
    });
    expect((await verb(tenant, "list")).stdout).toBe("initech  active  plan team  runtime\n");
    expect((await verb(tenant, "list", "--all")).stdout).toMatch(/^acme .* files\ninitech /);
    expect((await verb(tenant, "suspend", "initech", "--staleness", "330")).stdout).toBe(
      "tenant initech: suspend: done; in effect after at most 330 s (--flush API_ID/STAGE empties API Gateway's cache now)\n",
    );
    expect(JSON.parse((await verb(tenant, "reinstate", "initech", "--format", "json")).stdout)).toEqual({
      table: TABLE,
      what: "tenant initech: reinstate",
      outcome: "done",
      worstCaseSeconds: 90,
      flushed: false,
    });
    expect((await verb(tenant, "remove", "initech")).status).toBe(0);
    expect(await verb(tenant, "remove", "initech")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "The table has no tenant initech; expected acme\n",
    });
    expect((await verb(history, "--tenant", "initech")).stdout).toMatch(
      /^\S+Z {2}initech {2}put tenant \(status active, plan team, issuers all, name none\) {2}by local \(signed up\): done\n/,
    );
  });

  it("remove a tenant's directory, with other changes too, and say what is wrong", async () => {
    await table.put(issuer("pools", { tenants: "by_directory" }));
    const put = (...args: string[]) => verb(tenant, "put", "initech", ...args);
    const items = async () => [
      (await at("TENANT"))?.["directories"],
      (await at("DIRECTORY", "DIRECTORY#pools#x1"))?.["tenant"],
    ];
    await put("--plan", "team", "--directory", "pools=x1");
    expect(await items()).toEqual([{ pools: "x1" }, "initech"]);
    expect((await verb(tenant, "list")).stdout).toBe(
      "initech  active  plan team  runtime  directories pools=x1\n",
    );
    expect(JSON.parse((await verb(tenant, "list", "--format", "json")).stdout)).toMatchObject([
      { id: "initech", directories: { pools: "x1" } },
    ]);
    expect((await put("--directory", "pools=", "--name", "Initech")).stdout).toMatch(/put: done;/);
    expect(await items()).toEqual([undefined, undefined]);
    expect(await at("TENANT")).toMatchObject({ name: "Initech" });
    expect((await put("--directory", "pools=")).stdout).toBe("tenant initech: put: unchanged\n");
    expect((await store.history("initech")).map(({ what }) => what)).toEqual([
      "put tenant (status active, plan team, issuers all, directories pools=x1, name none)",
      "put tenant (name none -> Initech, directories pools=x1 -> none)",
      "put tenant (no change)",
    ]);
    expect(await put("--directory", "polls=")).toMatchObject({
      status: 1,
      stderr: "The table has no issuer polls; the table's issuers: main, pools\n",
    });
    await expect(put("--directory", "pools=x1", "--directory", "pools=")).rejects.toThrow(
      "--directory: pools is there twice",
    );
  });

  it("remove the directory of an issuer that the files no longer have", async () => {
    await table.put(issuer("pools", { tenants: "by_directory" }));
    await verb(tenant, "put", "initech", "--plan", "team", "--directory", "pools=x1");
    await table.client.send(
      new DeleteItemCommand({
        TableName: TABLE,
        Key: { pk: { S: "CATALOGUE" }, sk: { S: "ISSUER#pools" } },
      }),
    );
    expect((await verb(tenant, "put", "initech", "--directory", "pools=")).stdout).toMatch(/put: done;/);
    expect((await at("TENANT"))?.["directories"]).toBeUndefined();
    expect(await at("DIRECTORY", "DIRECTORY#pools#x1")).toBeUndefined();
    expect((await verb(tenant, "put", "initech", "--directory", "pools=x2")).stderr).toContain(
      "The table has no issuer pools",
    );
  });

  it("keep a tenant's issuers until all are allowed, and reject ids that look like another", async () => {
    await verb(tenant, "put", "initech", "--plan", "team", "--issuer", "main");
    await verb(tenant, "put", "initech", "--name", "Initech");
    expect(await at("TENANT")).toMatchObject({ issuers: ["main"] });
    await verb(tenant, "put", "initech", "--all-issuers");
    expect(await at("TENANT")).not.toHaveProperty("issuers");
    expect((await verb(tenant, "put", "INITECH", "--plan", "team")).stderr).toContain(
      'The table has the tenant "initech"',
    );
    expect((await verb(tenant, "put", "initech ", "--plan", "team")).stderr).toContain(
      "without spaces at the ends",
    );
  });

  it("print why a change is rejected, with status 1", async () => {
    expect(await verb(tenant, "suspend", "acme")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Tenant acme belongs to the policy files"),
    });
  });

  it.each<[string, Command, string[]]>([
    ["grant", grant, ["--tenant", "acmee", "--subject", "ann", "--role", "editor"]],
    ["grant --remove", grant, ["--remove", "--tenant", "acmee", "--subject", "ann"]],
    ["revoke", revoke, ["--tenant", "acmee", "--subject", "ann"]],
    ["revoke undo", revoke, ["undo", "--tenant", "acmee", "--subject", "ann"]],
    ["revoke list", revoke, ["list", "--tenant", "acmee"]],
    ["tenant suspend", tenant, ["suspend", "acmee"]],
    ["tenant reinstate", tenant, ["reinstate", "acmee"]],
    ["tenant remove", tenant, ["remove", "acmee"]],
    ["history", history, ["--tenant", "acmee"]],
  ])("reject a tenant that does not exist, with a suggestion and status 1: %s", async (_, command, args) => {
    expect(await verb(command, ...args)).toEqual({
      status: 1,
      stdout: "",
      stderr: 'The table has no tenant acmee; did you mean "acme"?\n',
    });
    expect(await at("TENANT", "TENANT#acmee")).toBeUndefined();
  });

  it("give and take roles", async () => {
    const who = ["--tenant", "acme", "--subject", "ann"];
    const { stdout } = await verb(grant, ...who, "--role", "editor", "--until", "2h", "--reason", "ticket 7");
    expect(stdout).toMatch(/^ann is editor of acme, until .*Z: done; in effect after at most 90 s/);
    expect(await at("MEMBER#main#ann", "TENANT#acme")).toMatchObject({
      roles: [{ role: "editor", reason: "ticket 7", by: "local" }],
    });
    expect((await verb(grant, "--remove", ...who, "--role", "viewer")).stdout).toMatch(
      /^ann is no longer viewer of acme: unchanged$/m,
    );
    expect((await verb(grant, "--remove", ...who)).stdout).toMatch(
      /^ann has no role given at run time in acme: done;/,
    );
    expect((await verb(grant, "--remove", ...who)).stdout).toMatch(
      /^ann has no role given at run time in acme: unchanged$/m,
    );
  });

  it("revoke, list and undo", async () => {
    const who = ["--tenant", "acme", "--subject", "ann"];
    expect((await verb(revoke, ...who)).stdout).toMatch(/^acme denies tokens of ann, until .*: done/);
    expect((await verb(revoke, "--tenant", "acme", "--issued-before", "now")).status).toBe(0);
    expect((await verb(revoke, "list", "--tenant", "acme")).stdout).toMatch(
      /^issued before \S+, until \S+\nsubject main ann, until \S+\n$/,
    );
    expect((await verb(revoke, "undo", "--tenant", "acme", "--issued")).status).toBe(0);
    expect((await verb(revoke, "undo", ...who)).status).toBe(0);
    expect((await verb(revoke, "list", "--tenant", "acme")).stdout).toBe("acme has no revocations\n");
  });

  it("revoke, list and undo a client, in one tenant and in all", async () => {
    for (const where of [["--tenant", "acme"], ["--all-tenants"]]) {
      const name = where.length === 1 ? "every tenant" : "acme";
      const bot = [...where, "--client", "bot"];
      expect((await verb(revoke, ...bot)).stdout).toMatch(
        new RegExp(`^${name} denies tokens of the client bot, until .*: done`),
      );
      expect((await verb(revoke, "list", ...where)).stdout).toMatch(/^client main bot, until \S+\n$/);
      expect((await verb(revoke, "undo", ...bot)).stdout).toMatch(
        /no longer denies tokens of the client bot: done/,
      );
      expect((await verb(revoke, "list", ...where)).stdout).toMatch(
        /^(acme has no revocations|No client is revoked)/,
      );
    }
  });

  it.each<[string, Command, string[], string]>([
    ["no tenant", grant, ["--role", "x"], "--tenant is missing"],
    [
      "a user and a client",
      grant,
      ["--tenant", "a", "--role", "x", "--subject", "s", "--client", "c"],
      "name one of",
    ],
    ["neither user nor client", grant, ["--remove", "--tenant", "a"], "name one of --subject, --client"],
    [
      "an end for a removal",
      grant,
      ["--remove", "--tenant", "a", "--subject", "s", "--until", "2h"],
      "--until: not with --remove",
    ],
    ["no such verb", tenant, ["supend", "a"], 'did you mean "suspend"'],
    [
      "a bad time",
      grant,
      ["--tenant", "a", "--role", "x", "--subject", "s", "--until", "soon"],
      "--until: expected",
    ],
    [
      "a token in every tenant",
      revoke,
      ["--all-tenants", "--token", "t"],
      "--all-tenants: name a --subject or a --client",
    ],
    ["one tenant and all", revoke, ["--all-tenants", "--tenant", "a", "--client", "c"], "not with --tenant"],
    ["nothing to revoke", revoke, ["--tenant", "a"], "name one of --token"],
    ["a bad stage", tenant, ["suspend", "a", "--flush", "x"], "--flush: expected"],
  ])("reject wrong use: %s", async (_, command, args, message) => {
    await expect(verb(command, ...args)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  it("reject an environment without a region as wrong use", async () => {
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
      vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    await expect(runVerb(tenant, "list", "--table", TABLE)).rejects.toThrow(
      new UsageError("No region is set: set AWS_REGION"),
    );
  });

  it("have help", async () => {
    for (const run of [tenant, grant, revoke, history])
      expect(await runVerb(run, "--help")).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("--table"),
      });
  });
});

it("times are durations, dates or now", () => {
  expect(timeFlag("until", "2h", "future", 10_000)).toBe(10 + 7_200);
  expect(timeFlag("issued-before", "1d", "past", 100_000_000)).toBe(100_000 - 86_400);
  expect(timeFlag("issued-before", "now", "past", 10_001)).toBe(11);
  expect(timeFlag("until", "1970-01-01T00:01:00Z", "future")).toBe(60);
});
