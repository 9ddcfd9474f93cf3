import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lineSchema } from "../../../cli/bulk/line-schema.ts";
import { importVerb } from "../../../cli/commands/run-time/import.ts";
import type { Item } from "../../../core/model/items.ts";
import type { MembershipInput } from "../../../runtime/table/input-types.ts";
import { manyTenants } from "../../support/many-tenants.ts";
import { roleItem, TABLE, throttled } from "../publish/publish-table.ts";
import { runVerb } from "../run-verb.ts";
import { type BulkTable, lineFile, memberLine, startBulkTable, tenantLine } from "./bulk-table.ts";

let table: BulkTable;
beforeEach(async () => {
  table = await startBulkTable();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const SOON = Math.ceil(Date.now() / 1_000) + 3_600;
const runtimeItems = async (): Promise<Item[]> =>
  (await table.items()).filter(({ owner }) => owner === "runtime");
const LINES = [
  tenantLine("initech", { name: "Initech", issuers: ["main"] }),
  memberLine("initech", "ann"),
  memberLine("initech", "ann", "viewer", { until: SOON, reason: "ticket 1" }),
  memberLine("acme", "bob"),
  { membership: { tenant: "initech", to: { client: "bot", issuer: "main" }, role: "viewer" } },
  { revocation: { tenant: "initech", what: { subject: "eve", issuer: "main" }, until: SOON } },
];

describe("an import", () => {
  it("writes what single changes would write, with one entry of the history for each tenant", async () => {
    const single = await startBulkTable();
    await single.store.putTenant({ id: "initech", plan: "team", name: "Initech", issuers: ["main"] }, "");
    for (const line of LINES)
      if ("membership" in line) await single.store.putMembership(line.membership as MembershipInput, "");
    await single.store.revoke(
      { tenant: "initech", what: { subject: "eve", issuer: "main" }, until: SOON },
      "",
    );
    const content = async (from: BulkTable) =>
      (await from.items())
        .filter(({ pk }) => String(pk).startsWith("TENANT#"))
        .map(({ generation: _generation, hash: _hash, ...item }) => item);
    expect(await table.import(LINES)).toMatchObject({ outcome: "done", problems: [] });
    expect(await content(table)).toEqual(await content(single));
    await single.close();
    const generation = (await table.at("TENANT#initech", "TENANT"))?.["generation"];
    expect(await table.at("TENANT#initech", "MEMBER#main#ann")).toMatchObject({ generation });
    expect(
      (await table.store.history()).map(({ tenant, what, why, outcome }) => [tenant, what, why, outcome]),
    ).toEqual(
      expect.arrayContaining([
        [
          "initech",
          "import put tenant (status active, plan team, issuers main, name Initech), 3 roles, 1 revocation",
          ...["test", "done"],
        ],
        ["acme", "import grant editor to bob of main", "test", "done"],
      ]),
    );
  });

  it("changes nothing when it is run again, and says so", async () => {
    await table.import(LINES);
    const before = await table.items();
    table.sent.length = 0;
    expect(await table.import(LINES, { why: "again" })).toMatchObject({ outcome: "unchanged", changed: [] });
    expect(table.sent.map(({ name }) => name)).not.toContain("TransactWriteItemsCommand");
    expect(await table.items()).toEqual(before);
  });

  it("says in a dry run what would change, and writes nothing", async () => {
    await table.import([tenantLine("initech")]);
    const before = await table.items();
    expect(await table.import(LINES, { dryRun: true })).toEqual({
      ...{ outcome: "done", problems: [], lines: 6 },
      changed: [
        {
          tenant: "initech",
          put: "put tenant (issuers all -> main, name none -> Initech)",
          ...{ memberships: 2, revocations: 1 },
        },
        { tenant: "acme", put: null, memberships: 1, revocations: 0 },
      ],
    });
    expect(await table.items()).toEqual(before);
  });

  it("keeps what a line does not name: fields, other roles, a suspension", async () => {
    await table.store.putTenant({ id: "initech", plan: "team", name: "Initech" }, "");
    await table.store.putMembership(
      { tenant: "initech", to: { subject: "ann", issuer: "main" }, role: "viewer" },
      "",
    );
    await table.store.suspendTenant("initech", "");
    await table.import([{ tenant: { id: "initech", issuers: ["main"] } }, memberLine("initech", "ann")]);
    expect(await table.at("TENANT#initech", "TENANT")).toMatchObject({
      status: "suspended",
      name: "Initech",
    });
    expect(await table.roles("initech", "ann")).toEqual(["editor", "viewer"]);
  });

  it("moves a tenant's directories as a single put does, and completes an interrupted one", async () => {
    const put = (name: string) => [tenantLine("initech", { directories: { pools: name } })];
    const hint = (name: string) => table.at(`DIRECTORY#pools#${name}`, "DIRECTORY");
    await table.import(put("x1"));
    expect(await hint("x1")).toMatchObject({ tenant: "initech", owner: "runtime" });
    await table.import(put("x2"));
    expect([await hint("x1"), (await hint("x2"))?.["tenant"]]).toEqual([undefined, "initech"]);
    await table.put({ ...(await hint("x2")), tenant: "nobody", hash: "another" });
    expect(await table.import(put("x2"))).toMatchObject({ outcome: "done" });
    expect(await hint("x2")).toMatchObject({ tenant: "initech" });
    expect(await table.import(put("x2"))).toMatchObject({ outcome: "unchanged" });
  });
});

describe("an import of tenants with roles of their own", () => {
  const rules = {
    changes: { editor: { except: ["a.read"] } },
    never: ["GET /b"],
    roles: { auditor: { extends: ["viewer"], allow: ["GET /b"] } },
  };
  const own = [tenantLine("initech", rules), memberLine("initech", "ann", "auditor")];

  it("compiles them as a single put does, and they can be given at once", async () => {
    expect(await table.import(own)).toMatchObject({ outcome: "done" });
    expect(await table.roles("initech", "ann")).toEqual(["auditor"]);
    await table.store.putTenant({ id: "single", plan: "team", ...(rules as object) }, "");
    const compiled = async (id: string) => {
      const { changes, never, roles, needs } = (await table.at(`TENANT#${id}`, "TENANT")) ?? {};
      return { changes, never, roles, needs };
    };
    expect(await compiled("initech")).toEqual(await compiled("single"));
    expect((await compiled("initech")).roles).toMatchObject({ auditor: { grants: expect.anything() } });
    expect(await table.import(own)).toMatchObject({ outcome: "unchanged" });
  });

  it("is exported as it was written, and a tenant that is narrowed by a restore is not", async () => {
    await table.import(own);
    const exported = await table.export();
    expect(exported.map((line) => JSON.parse(line) as object)).toEqual(own);
    const { rules: _rules, ...narrowed } = (await table.at("TENANT#initech", "TENANT")) ?? {};
    await table.put(narrowed);
    await expect(table.export()).rejects.toMatchObject({ code: "rules_invalid" });
  });

  it("reports what is wrong with them at the tenant's line", async () => {
    const { problems } = await table.import([
      tenantLine("initech", { roles: { auditor: { allow: ["GET /c"] } } }),
      tenantLine("other", { never: ["a.write"] }),
    ]);
    expect(problems).toEqual([
      { line: 1, message: expect.stringContaining("GET /c") },
      { line: 2, message: expect.stringContaining("a.write") },
    ]);
  });

  it("compiles them again if the policy files were published in the meantime", async () => {
    let published = false;
    table.script = async ({ name }) => {
      if (name !== "TransactWriteItemsCommand" || published) return undefined;
      published = true;
      await table.put(roleItem("viewer", "GET /a", "GET /b"));
      return undefined;
    };
    await table.import([tenantLine("initech", { roles: { auditor: { extends: ["viewer"] } } })]);
    expect(published).toBe(true);
    expect((await table.at("TENANT#initech", "TENANT"))?.["roles"]).toEqual({
      auditor: { grants: ["GET /a", "GET /b"] },
    });
  });
});

describe("a file with problems", () => {
  it("writes nothing, and every problem has its line", async () => {
    const before = await table.items();
    const lines = [
      tenantLine("initech"),
      memberLine("nobody", "ann"),
      memberLine("initech", "ann", "edtor"),
      tenantLine("small", { plan: "small" }),
      memberLine("small", "ann", "editor"),
      tenantLine("hooli", { plan: "gold" }),
      tenantLine("acme"),
      tenantLine("Initech"),
      memberLine("Initech", "ann"),
      memberLine("initech", "bob", "viewer"),
      memberLine("initech", "bob", "viewer"),
      { membership: { tenant: "initech", to: { subject: "sue", issuer: "staff" }, role: "viewer" } },
      { membership: { tenant: "initech", to: { subject: "sue" }, role: "viewer" } },
      memberLine("initech", "old", "viewer", { until: 5 }),
      { tenent: {} },
      { tenant: { id: "*" }, membership: {} },
      memberLine("initech", "a\u0007b"),
      { revocation: { tenant: "*", what: { client: "bot" }, until: SOON } },
      tenantLine("p1", { directories: { pools: "x1" } }),
      tenantLine("p2", { directories: { pools: "x1" } }),
      tenantLine("p3", { directories: { main: "x1" } }),
    ];
    const { outcome, problems } = await table.import(lines);
    expect(outcome).toBe("rejected");
    expect(problems.map(({ line, message }) => [line, message])).toEqual([
      [2, "The table has no tenant nobody, and no line creates it"],
      [3, expect.stringContaining("Tenant initech has no role edtor")],
      [5, "Tenant small has no role editor; its roles: viewer"],
      [6, expect.stringContaining("no plan gold")],
      [7, expect.stringContaining("belongs to the policy files")],
      [8, "line 1 is about the same tenant"],
      [9, 'The table has no tenant Initech; it has "initech"'],
      [11, "line 10 gives the same role to the same member"],
      [12, expect.stringContaining("needs an end (until) and a reason")],
      [13, expect.stringContaining("Several issuers use memberships")],
      [14, "until: must be in the future"],
      [15, 'expected an object with one member, tenant, membership or revocation; did you mean "tenant"?'],
      [16, "expected an object with one member, tenant, membership or revocation"],
      [17, expect.stringContaining("to")],
      [18, expect.stringContaining("expected a tenant")],
      [20, "line 19 has the directory x1 of issuer pools too, but a directory has one tenant"],
      [21, "Issuer main has no directories: write tenants: by_directory for it in issuers.yaml, and publish"],
    ]);
    expect(await table.items()).toEqual(before);
  });

  it.each<[title: string, text: string, message: string]>([
    ["no JSON", "not json", "expected one JSON object"],
    ["a duplicate member", '{"tenant":{"id":"a","id":"b"}}', "without duplicate members"],
    ["a list", "[]", "expected a JSON object"],
    ["an unknown field", '{"tenant":{"id":"a","plam":"team"}}', 'input: unknown member "plam"'],
    ["no member", "{}", "one member, tenant, membership or revocation\n"],
    ["no role", '{"membership":{"tenant":"a","to":{"subject":"b"}}}', "role: missing; expected a string"],
    [
      "a date",
      '{"membership":{"tenant":"a","to":{"subject":"b"},"role":"c","until":"2026"}}',
      "until: expected a time",
    ],
    [
      "two members",
      '{"membership":{"tenant":"a","to":{"subject":"b","client":"c"},"role":"d"}}',
      "to: expected an object",
    ],
    [
      "nothing to revoke",
      '{"revocation":{"tenant":"a","what":{},"until":9}}',
      "what: expected an object with one of",
    ],
    ["a wrong status", '{"tenant":{"id":"a","status":"gone"}}', "status: expected active or suspended"],
  ])("has a line with %s", async (_, text, message) => {
    vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
    const { status, stderr } = await runVerb(importVerb, lineFile(`\n${text}\n`), "--table", TABLE);
    expect([status, stderr]).toEqual([1, expect.stringContaining("line 2: ")]);
    expect(stderr).toContain(message);
  });

  it("is rejected if it is a folder", async () => {
    await expect(runVerb(importVerb, "tests", "--table", TABLE)).rejects.toThrow(
      "tests is a folder: name a file",
    );
  });

  it("is rejected if it is not UTF-8, because its subjects would be others", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
    const file = lineFile("");
    const { writeFileSync } = await import("node:fs");
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
    await expect(runVerb(importVerb, file, "--table", TABLE)).rejects.toThrow("is not UTF-8");
  });

  it("prints at most twenty problems and their number, without terminal escapes", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
    const lines = Array.from({ length: 30 }, (_, index) => memberLine(`gone-${index}`, "ann"));
    const hostile = { "\u001b[31m\nline 99: fine": 1 };
    const { status, stderr } = await runVerb(importVerb, lineFile([hostile, ...lines]), "--table", TABLE);
    expect(status).toBe(1);
    expect(stderr.split("\n").filter((line) => line.startsWith("line "))).toHaveLength(20);
    expect(stderr).toContain("… and 11 more");
    expect(stderr).toMatch(/31 problems in 31 lines of .*: nothing was written/);
    expect(stderr).not.toContain("\u001b");
  });
});

describe("an import of a large tenant", () => {
  const PEOPLE = Array.from({ length: 250 }, (_, index) => `user-${String(index).padStart(3, "0")}`);
  const lines = [tenantLine("initech"), ...PEOPLE.map((subject) => memberLine("initech", subject))];

  it("can be interrupted after any request, and completed by running it again", async () => {
    let requests = 0;
    for (let limit = 0, outcome = ""; outcome !== "done"; limit++) {
      requests = 0;
      table.script = ({ name }) => {
        if (name === "TransactWriteItemsCommand" && requests++ >= limit) throw new Error("killed");
      };
      outcome = await table.import(lines).then(
        (result) => result.outcome,
        (error: Error) => error.message,
      );
      expect(["killed", "done", "unchanged"]).toContain(outcome);
      if (outcome === "unchanged") break;
    }
    table.script = undefined;
    expect(await table.import(lines)).toMatchObject({ outcome: "unchanged" });
    expect((await table.export()).length).toBe(251);
  });

  it("is never in a state that gives access that neither the state before nor the one after gives", async () => {
    await table.store.putTenant({ id: "initech", plan: "small" }, "");
    const held = PEOPLE.slice(0, 120);
    await table.import(held.map((subject) => memberLine("initech", subject, "viewer")));
    const next = [
      { tenant: { id: "initech", plan: "team" } },
      ...PEOPLE.map((subject) => memberLine("initech", subject, "viewer", { until: SOON })),
      ...PEOPLE.map((subject) => memberLine("initech", subject, "editor")),
    ];
    const states: { plan: unknown; viewers: number; editors: number }[] = [];
    table.script = async ({ name }) => {
      if (name !== "TransactWriteItemsCommand") return undefined;
      const items = await table.items();
      const members = items.filter(({ pk, sk }) => pk === "TENANT#initech" && sk !== "TENANT");
      const count = (role: string, hasEnd: boolean): number =>
        members.filter((item) =>
          (item["roles"] as Item[]).some(
            (one) => one["role"] === role && (one["until"] !== undefined) === hasEnd,
          ),
        ).length;
      const plan = items.find(({ pk, sk }) => pk === "TENANT#initech" && sk === "TENANT")?.["plan"];
      states.push({ plan, viewers: count("viewer", false), editors: count("editor", false) });
      return undefined;
    };
    await table.import(next);
    // Nobody keeps a role without end, or gets a new one, while the plan is the other one.
    expect(states.length).toBeGreaterThan(3);
    for (const { plan, viewers, editors } of states) {
      if (plan === "team") expect(viewers).toBe(0);
      else expect(editors).toBe(0);
    }
    expect(await table.roles("initech", "user-000")).toEqual(["editor", "viewer"]);
  });
});

describe("an import does not give again what was taken away", () => {
  const rejected = async (message: string, lines: readonly object[] = [memberLine("initech", "ann")]) => {
    const before = await runtimeItems();
    const { outcome, problems } = await table.import(lines);
    expect([outcome, problems.map((problem) => problem.message)]).toEqual([
      "rejected",
      expect.arrayContaining([expect.stringContaining(message)]),
    ]);
    expect(await runtimeItems()).toEqual(before);
  };
  const again = async () => {
    expect(
      await table.import([tenantLine("initech"), memberLine("initech", "ann")], { again: true }),
    ).toMatchObject({
      outcome: "done",
    });
    expect(await table.roles("initech", "ann")).toContain("editor");
  };
  beforeEach(() => table.import([tenantLine("initech"), memberLine("initech", "ann")]));

  it.each([undefined, "editor"])("by grant --remove, of %s", async (role) => {
    await table.store.removeMembership(
      { tenant: "initech", to: { subject: "ann", issuer: "main" }, role },
      "left",
    );
    await rejected("the role editor was taken away at");
    await again();
  });

  it("by a removal that is not known to be completed", async () => {
    table.script = ({ name }) => {
      if (name === "DeleteItemCommand") throw new Error("killed");
    };
    const removal = { tenant: "initech", to: { subject: "bob", issuer: "main" }, role: "editor" };
    await table.store.putMembership({ ...removal, role: "editor" }, "");
    await expect(table.store.removeMembership(removal, "left")).rejects.toThrow("killed");
    table.script = undefined;
    // It failed, so bob still has the role, and nothing is given.
    expect(await table.import([memberLine("initech", "bob")])).toMatchObject({ outcome: "unchanged" });
  });

  it("by the removal of the tenant", async () => {
    await table.store.removeTenant("initech", "left");
    await rejected("tenant initech was removed at", [tenantLine("initech"), memberLine("initech", "ann")]);
    await again();
  });

  it("by the removal of the tenant, also to the people of the earlier tenant in a later one", async () => {
    await table.store.removeTenant("initech", "left");
    await table.store.putTenant({ id: "initech", plan: "team" }, "another customer");
    await rejected("was taken away at");
    expect(await table.import([memberLine("initech", "somebody-new")])).toMatchObject({ outcome: "done" });
    await again();
  });

  it("by the removal of the tenant without a history, if its memberships are still there", async () => {
    const tenant = await table.at("TENANT#initech", "TENANT");
    await table.put({ ...tenant, generation: "another" });
    await rejected("was given in an earlier tenant with this id");
    await again();
  });

  it("by a revocation of the subject", async () => {
    await table.store.revoke(
      { tenant: "initech", what: { subject: "eve", issuer: "main" }, until: SOON },
      "",
    );
    await rejected("the subject is revoked", [memberLine("initech", "eve")]);
    expect(await table.import([memberLine("initech", "ann")])).toMatchObject({ outcome: "unchanged" });
  });

  it.each(["initech", "*"])("by a revocation of the client in %s", async (tenant) => {
    await table.store.revoke({ tenant, what: { client: "bot", issuer: "main" }, until: SOON }, "");
    await rejected("the client is revoked", [
      { membership: { tenant: "initech", to: { client: "bot", issuer: "main" }, role: "viewer" } },
    ]);
  });

  it("by an end that was set or passed", async () => {
    const grant = (until: number) =>
      table.store.putMembership(
        { tenant: "initech", to: { subject: "ann", issuer: "main" }, role: "editor", until },
        "",
      );
    await grant(SOON);
    await rejected("in the table, and the line would extend it");
    await table.import([memberLine("initech", "ann", "editor", { until: SOON - 60 })]);
    const item = await table.at("TENANT#initech", "MEMBER#main#ann");
    await table.put({ ...item, roles: [{ role: "editor", until: 5 }] });
    await rejected("the role editor ended at 1970");
    await again();
  });

  it("by a suspension", async () => {
    await table.store.suspendTenant("initech", "unpaid");
    await rejected("tenant initech is suspended", [tenantLine("initech", { status: "active" })]);
    expect(await table.at("TENANT#initech", "TENANT")).toMatchObject({ status: "suspended" });
  });

  it("while it runs: a removal after the file was checked", async () => {
    let removed = false;
    table.script = async ({ name }) => {
      if (name !== "TransactWriteItemsCommand" || removed) return undefined;
      removed = true;
      await table.store.removeMembership(
        { tenant: "initech", to: { subject: "ann", issuer: "main" } },
        "left",
      );
      return undefined;
    };
    const { outcome, problems } = await table.import([memberLine("initech", "ann", "viewer")]);
    // The item was changed, so the transaction fails, and the second check finds the removal.
    expect([outcome, problems]).toEqual([
      "incomplete",
      [{ line: 1, message: expect.stringContaining("the role viewer was taken away at") }],
    ]);
    expect(await table.roles("initech", "ann")).toEqual([]);
  });

  it("while it runs: a grant and its removal, which leave the item as it was", async () => {
    const eve = { tenant: "initech", to: { subject: "eve", issuer: "main" }, role: "editor" } as const;
    let removed = false;
    table.script = async ({ name, input }) => {
      if (name !== "QueryCommand" || input["Select"] !== "COUNT" || removed) return undefined;
      removed = true;
      await table.store.putMembership(eve, "");
      await table.store.removeMembership(eve, "mistake");
      return undefined;
    };
    const { outcome } = await table.import([memberLine("initech", "eve")]);
    expect([outcome, await table.roles("initech", "eve")]).toEqual(["incomplete", []]);
  });
});

describe("an import next to other writers", () => {
  it("loses no update of theirs", async () => {
    await table.import([tenantLine("initech"), memberLine("initech", "ann", "viewer")]);
    let attempts = 0;
    table.script = async ({ name }) => {
      if (name !== "TransactWriteItemsCommand" || attempts++ > 2) return undefined;
      if (attempts === 1) await table.store.putTenant({ id: "initech", name: "Initech" }, "renamed");
      if (attempts === 2)
        await table.store.putMembership(
          { tenant: "initech", to: { subject: "ann", issuer: "main" }, role: "viewer", until: SOON - 60 },
          "shortened",
        );
      return undefined;
    };
    const lines = [{ tenant: { id: "initech", issuers: ["main"] } }, memberLine("initech", "ann")];
    expect(await table.import(lines)).toMatchObject({ outcome: "done" });
    expect(await table.at("TENANT#initech", "TENANT")).toMatchObject({ name: "Initech", issuers: ["main"] });
    expect((await table.at("TENANT#initech", "MEMBER#main#ann"))?.["roles"]).toMatchObject([
      { role: "editor" },
      { role: "viewer", until: SOON - 60 },
    ]);
  });

  it("creates a tenant only once, and gives nobody a role in the tenant of another", async () => {
    let created = false;
    table.script = async ({ name }) => {
      if (name !== "TransactWriteItemsCommand" || created) return undefined;
      created = true;
      await table.store.putTenant({ id: "Initech", plan: "team" }, "signed up");
      return undefined;
    };
    const { outcome, problems } = await table.import([tenantLine("initech"), memberLine("initech", "ann")]);
    expect([outcome, problems.map(({ line }) => line)]).toEqual(["incomplete", [1, 2]]);
    expect((await table.items()).filter(({ sk }) => sk === "MEMBER#main#ann")).toEqual([]);
  });

  it("waits and repeats when the table is throttled, also within a transaction", async () => {
    let failures = 0;
    const cancelled = () =>
      new TransactionCanceledException({
        ...{ message: "", $metadata: {} },
        CancellationReasons: [{ Code: "None" }, { Code: "ThrottlingError" }],
      });
    table.script = ({ name }) => {
      if (!["TransactWriteItemsCommand", "QueryCommand"].includes(name) || failures++ % 2 === 1)
        return undefined;
      throw name === "QueryCommand" ? throttled() : cancelled();
    };
    expect(await table.import([tenantLine("initech"), memberLine("initech", "ann")])).toMatchObject({
      outcome: "done",
    });
    expect(failures).toBeGreaterThan(6);
  });
});

describe("the JSON Schema of a line", () => {
  const isValid = new Ajv({ strict: false }).compile(lineSchema());

  it("accepts what an import accepts", () => {
    const rules = { roles: { auditor: { extends: ["viewer"] } }, changes: { editor: "none" }, never: null };
    for (const line of [...LINES, tenantLine("p", { ...rules, directories: { pools: "x1" } })])
      expect([line, isValid(line)]).toEqual([line, true]);
  });

  it.each([
    [{ tenent: { id: "a" } }],
    [{ tenant: { id: "a" }, membership: {} }],
    [{ membership: { tenant: "a", to: { subject: "ann" } } }],
    [{ membership: { tenant: "a", to: { subject: "ann" }, role: "viewer", until: "tomorrow" } }],
    [{ tenant: { id: "a", roles: { auditor: { alow: [] } } } }],
  ])("rejects %j", (line) => {
    expect(isValid(line)).toBe(false);
  });
});

describe("an export", () => {
  it("of what an import wrote is the file, byte by byte, and a filter selects tenants", async () => {
    const lines = manyTenants({
      ...{ tenants: 210, each: 10, plan: "team", issuer: "main", roles: ["viewer", "editor"] },
    });
    const parsed = lines.map((line) => JSON.parse(line) as object);
    expect(await table.import(parsed)).toMatchObject({ outcome: "done" });
    expect(await table.import(parsed)).toMatchObject({ outcome: "unchanged" });
    expect(await table.export()).toEqual(lines);
    expect(await table.export("customer-00001", "customer-00000")).toEqual(lines.slice(0, 22));
    await expect(table.export("nobody")).rejects.toMatchObject({ code: "tenant_unknown" });
  });

  it("has every kind of line, and imports into another table as the same", async () => {
    const other = await startBulkTable();
    await table.import([
      ...LINES,
      tenantLine("p", { directories: { pools: "x1" }, status: "suspended" }),
      memberLine("initech", "a#b"),
      ...[{ token: "t#1" }, { client: "b#t", issuer: "main" }, { issuedBefore: 17 }].map((what) => ({
        revocation: { tenant: "initech", what, until: SOON },
      })),
    ]);
    const exported = await table.export();
    expect(exported).toHaveLength(11);
    expect(await other.import(exported.map((line) => JSON.parse(line) as object))).toMatchObject({
      outcome: "done",
    });
    expect(await other.export()).toEqual(exported);
    await other.close();
  });

  it("leaves out what has ended, and what belongs to an earlier tenant", async () => {
    await table.import([tenantLine("initech"), memberLine("initech", "ann"), memberLine("initech", "bob")]);
    const ann = await table.at("TENANT#initech", "MEMBER#main#ann");
    await table.put({ ...ann, roles: [{ role: "editor", until: 5 }] });
    await table.put({ ...(await table.at("TENANT#initech", "MEMBER#main#bob")), generation: "earlier" });
    expect(await table.export()).toEqual([JSON.stringify(tenantLine("initech"))]);
  });
});
