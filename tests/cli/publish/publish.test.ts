import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { History } from "../../../cli/publish/history.ts";
import { acquireLock, LockedError } from "../../../cli/publish/lock.ts";
import { type PublishOptions, publishItems } from "../../../cli/publish/publish-items.ts";
import { marshallItem } from "../../../core/model/dynamodb-json.ts";
import type { Item } from "../../../core/model/items.ts";
import { itemKey, stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import { stampRuntime } from "../../../runtime/table/store.ts";
import {
  done,
  folder,
  OPTIONS,
  requestsIn,
  roleItem,
  runtimeTenant,
  startTable,
  TABLE,
  type TestTable,
  tenantItem,
  throttled,
} from "./publish-table.ts";

let table: TestTable;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => table.close());

const publish = (items: readonly Item[], options: Partial<PublishOptions> = {}) =>
  publishItems(table.client, items, { ...OPTIONS, ...options });

const byKey = (items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1));

describe("publishing", () => {
  it("writes 3,000 tenants in batches, and nothing the second time", async () => {
    const items = folder(3_000);
    const first = done(await publish(items));
    expect(first).toMatchObject({ outcome: "published", left: 0, version: { number: 1, items: 3_001 } });
    expect(await table.items()).toEqual(byKey(items));
    expect(table.writes().every(({ name }) => name === "BatchWriteItemCommand")).toBe(true);
    table.sent.length = 0;
    const second = done(await publish(items));
    expect(second).toMatchObject({ outcome: "nothing to do", version: { number: 1 } });
    expect(new Set(table.sent.map(({ name }) => name))).toEqual(new Set(["QueryCommand", "ScanCommand"]));
  });

  it("writes only what changed, and deletes its own items that the files no longer have", async () => {
    await publish(folder(60));
    table.sent.length = 0;
    const result = done(await publish(folder(58, ["GET /a", "GET /b"])));
    expect(result.changes).toMatchObject({ unchanged: 58, created: [] });
    expect(table.writes().flatMap(requestsIn)).toHaveLength(3);
    expect(await table.items()).toEqual(byKey(folder(58, ["GET /a", "GET /b"])));
  });

  it("never changes items of another owner", async () => {
    const others: Item[] = [
      runtimeTenant("signed-up"),
      { pk: "TENANT#t000001", sk: "USER#ann", owner: "runtime", roles: ["viewer"] },
      { pk: "TENANT#t000001", sk: "USER#bob", roles: ["viewer"] },
    ];
    for (const item of others) await table.put(item);
    await publish(folder(3));
    await publish([roleItem("viewer")]);
    expect(await table.items()).toEqual(byKey([roleItem("viewer"), ...others]));
  });

  it("never changes items whose kind has another API's name", async () => {
    const others: Item[] = [
      { ...roleItem("viewer"), pk: "CATALOGUE@billing" },
      { ...tenantItem("acme"), pk: "TENANT@billing#acme" },
    ];
    for (const item of others) await table.put(item);
    await publish(folder(2));
    await publish([roleItem("viewer")]);
    expect(await table.items()).toEqual(byKey([roleItem("viewer"), ...others]));
  });

  it("gives a new tenant a random generation, which changes only when the tenant is removed and returns", async () => {
    done(await publishItems(table.client, folder(2), OPTIONS));
    const first = await table.generations();
    expect(new Set(Object.values(first)).size).toBe(2);
    done(await publishItems(table.client, folder(2, ["GET /b"]), OPTIONS));
    done(
      await publishItems(table.client, [...folder(1), tenantItem("t000001", { name: "Changed" })], OPTIONS),
    );
    expect(await table.generations()).toEqual(first);
    done(await publishItems(table.client, folder(1), OPTIONS));
    done(await publishItems(table.client, folder(2), { ...OPTIONS, restores: true }));
    const last = await table.generations();
    expect(last["TENANT#t000000"]).toBe(first["TENANT#t000000"]);
    expect(last["TENANT#t000001"]).not.toBe(first["TENANT#t000001"]);
  });

  it("rejects a tenant that exists at run time, regardless of case, and names both", async () => {
    await table.put(runtimeTenant("Acme"));
    table.sent.length = 0;
    const result = await publish([roleItem("viewer"), tenantItem("acme")], { force: true });
    expect(result).toEqual({
      outcome: "rejected",
      obstacles: [
        'TENANT#acme TENANT is in the files, and in the table as TENANT#acme TENANT with the owner "runtime": a tenant has one owner; remove its file, or the item',
      ],
    });
    expect(table.writes()).toEqual([]);
  });

  it("does not change a tenant that is created at run time while it publishes", async () => {
    await publish(folder(1));
    table.script = async ({ name, input }) => {
      if (name !== "PutItemCommand" || !JSON.stringify(input).includes("TENANT#late")) return;
      table.script = undefined;
      await table.put(runtimeTenant("late"));
    };
    const result = done(await publish([...folder(1), tenantItem("late"), tenantItem("early")]));
    expect(result).toMatchObject({ outcome: "taken", taken: ["TENANT#late/TENANT"], version: { items: 3 } });
    expect((await table.items()).find(({ id }) => id === "late")?.["owner"]).toBe("runtime");
  });

  it("does not take a directory that a tenant of run time gets while it publishes", async () => {
    await publish(folder(1));
    const directory = { pk: "DIRECTORY#pools#x1", sk: "DIRECTORY" };
    table.script = async ({ name, input }) => {
      if (!/Put|Write/.test(name) || !JSON.stringify(input).includes("DIRECTORY#")) return;
      table.script = undefined;
      await table.put(stampRuntime({ ...directory, tenant: "initech" }));
    };
    const result = done(await publish([...folder(1), stampItem({ ...directory, tenant: "t000000" })]));
    expect(result).toMatchObject({ outcome: "taken", taken: ["DIRECTORY#pools#x1/DIRECTORY"] });
    expect((await table.items()).find(({ pk }) => pk === directory.pk)?.["tenant"]).toBe("initech");
  });

  it("writes nothing with --dry-run", async () => {
    await publish(folder(2));
    table.sent.length = 0;
    const result = done(await publish(folder(1), { dryRun: true }));
    expect(result).toMatchObject({ outcome: "planned", left: 1 });
    expect(table.sent.some(({ name }) => /Put|Write|Delete/.test(name))).toBe(false);
  });
});

describe("a table that is slow or fails", () => {
  it("gets unprocessed and throttled writes again", async () => {
    let responses = 0;
    table.script = (sent) => {
      if (sent.name === "ScanCommand" && responses++ === 0) throw throttled();
      if (sent.name !== "BatchWriteItemCommand") return undefined;
      responses += 1;
      if (responses % 3 === 0) throw throttled();
      if (responses % 3 === 1) return { UnprocessedItems: { [TABLE]: requestsIn(sent) } };
      return undefined;
    };
    expect(
      done(await publish(folder(200), { workers: 3, pauses: { first: 1, longest: 5, attempts: 50 } })),
    ).toMatchObject({ outcome: "published", left: 0 });
    expect(await table.items()).toEqual(byKey(folder(200)));
  });

  it("gets the unprocessed rest of a batch again", async () => {
    const sizes: number[] = [];
    table.script = (sent) => {
      if (sent.name !== "BatchWriteItemCommand") return undefined;
      const requests = requestsIn(sent);
      sizes.push(requests.length);
      return { UnprocessedItems: { [TABLE]: requests.slice(10) } };
    };
    await publish(folder(24));
    expect(sizes).toEqual([25, 15, 5]);
  });

  it("ends the publish if it stays throttled, and the next run writes the rest", async () => {
    let batches = 0;
    table.script = ({ name }) => {
      if (name === "BatchWriteItemCommand" && ++batches > 3) throw throttled();
    };
    await expect(publish(folder(300), { workers: 2 })).rejects.toThrow("slow down");
    table.script = undefined;
    const result = done(await publish(folder(300)));
    expect(result.changes.created.length).toBe(301 - 75);
    expect(await table.items()).toEqual(byKey(folder(300)));
  });

  it("ends the publish immediately for a failure that is not transient", async () => {
    table.script = ({ name }) => {
      if (name === "BatchWriteItemCommand")
        throw Object.assign(new Error("not you"), { name: "AccessDeniedException" });
    };
    await expect(publish(folder(1))).rejects.toThrow("not you");
    expect(table.writes()).toHaveLength(1);
  });
});

describe("an interruption", () => {
  it("finishes the running batches, returns what is left, and the same command writes the rest", async () => {
    const interruption = new AbortController();
    let batches = 0;
    table.script = ({ name }) => {
      if (name === "BatchWriteItemCommand" && ++batches === 4) interruption.abort();
    };
    const first = done(await publish(folder(1_000), { stop: interruption.signal, workers: 4 }));
    expect(first).toMatchObject({ outcome: "interrupted", version: undefined });
    expect(first.left).toBe(1_001 - (await table.items()).length);
    const second = done(await publish(folder(1_000)));
    expect(second.changes.created.length).toBe(first.left);
    expect(second.outcome).toBe("published");
  });

  it("between two steps leaves a state that is not a version, and is resumed after a wait", async () => {
    const before = [roleItem("editor", "GET /a", "GET /b"), tenantItem("acme", { never: ["GET /c"] })];
    const after = [roleItem("editor", "GET /b", "GET /c"), tenantItem("acme")];
    await publish(before);
    const waits: string[] = [];
    const report = (onWait: () => void) => ({
      begin: (what: string) => {
        if (what.startsWith("seconds waited")) {
          waits.push(what);
          onWait();
        }
        return () => undefined;
      },
    });
    const interruption = new AbortController();
    const first = done(
      await publish(after, { stop: interruption.signal, report: report(() => interruption.abort()) }),
    );
    expect(first).toMatchObject({ outcome: "interrupted", left: 2 });
    expect(await table.items()).toEqual(byKey([roleItem("editor", "GET /b"), before[1] as Item]));
    const second = done(await publish(after, { report: report(() => undefined) }));
    expect(second).toMatchObject({ outcome: "published", version: { number: 2, made: "publish" } });
    expect(waits).toHaveLength(2);
  });

  it("does not count as a deletion by hand, so the previous state can be published again", async () => {
    await publish(folder(100));
    const interruption = new AbortController();
    table.script = ({ name }) => {
      if (name === "BatchWriteItemCommand") interruption.abort();
    };
    await publish(folder(10), { stop: interruption.signal, workers: 1 });
    table.script = undefined;
    expect(await publish(folder(100))).toMatchObject({ outcome: "published" });
  });
});

describe("a change by hand", () => {
  const changed = { ...tenantItem("t000000"), status: "suspended" };

  it("stops a publish without --force", async () => {
    await publish(folder(2));
    await table.put(changed);
    const rejection = {
      outcome: "rejected",
      obstacles: ["TENANT#t000000 TENANT was changed by hand: its content does not match its hash"],
    };
    expect(await publish(folder(2))).toEqual(rejection);
    expect(await publish(folder(3))).toEqual(rejection);
    expect(await publish(folder(2), { force: true })).toMatchObject({ outcome: "published" });
    expect(await table.items()).toEqual(byKey(folder(2)));
  });

  it("may be a deleted item", async () => {
    await publish(folder(2));
    await table.client.send(
      new DeleteItemCommand({
        TableName: TABLE,
        Key: marshallItem({ pk: "TENANT#t000000", sk: "TENANT" }) as never,
      }),
    );
    expect(await publish(folder(2))).toEqual({
      outcome: "rejected",
      obstacles: ["TENANT#t000000 TENANT was deleted by hand: publishing would restore it"],
    });
    expect(await publish(folder(2), { restores: true })).toMatchObject({ outcome: "published" });
  });

  it("is not a change by Terraform", async () => {
    for (const item of folder(3)) await table.put(item);
    expect(await publish(folder(2))).toMatchObject({ outcome: "published", version: { number: 2 } });
    await table.put(roleItem("viewer", "GET /c"));
    await table.put(tenantItem("new"));
    expect(await publish(folder(2))).toMatchObject({ outcome: "published" });
  });

  it("is overwritten even if the item cannot be read", async () => {
    await publish(folder(2));
    await table.put({ ...roleItem("viewer", "GET /a"), v: 99 });
    await table.put({ ...tenantItem("t000000"), status: 7 });
    expect(await publish([...folder(2), roleItem("other")], { force: true })).toMatchObject({
      outcome: "published",
    });
    expect(await table.items()).toEqual(byKey([...folder(2), roleItem("other")]));
  });
});

describe("several publishers", () => {
  it("do not publish at the same time", async () => {
    const lock = await acquireLock(table.client, TABLE, false);
    await expect(publish(folder(1))).rejects.toThrow(LockedError);
    await expect(publish(folder(1))).rejects.toThrow(/has been publishing to this table since .*--force/);
    await lock.release(true);
    expect(await publish(folder(1))).toMatchObject({ outcome: "published" });
  });

  it("publish only once if they start at the same time", async () => {
    const results = await Promise.allSettled([publish(folder(50)), publish(folder(50))]);
    const outcomes = results.map((result) =>
      result.status === "fulfilled" ? result.value.outcome : "locked",
    );
    expect(outcomes).toContain("published");
    expect(await table.items()).toEqual(byKey(folder(50)));
    expect((await new History(table.client, TABLE).read()).versions).toHaveLength(1);
  });

  it("for different environments are stopped", async () => {
    await publish(folder(1));
    const version = { ...OPTIONS.version, environment: "prod" };
    expect(await publish(folder(2), { version })).toMatchObject({
      outcome: "rejected",
      obstacles: [
        "The table was published for the environment dev, but this is prod: check --table and --environment",
      ],
    });
  });
});

describe("versions", () => {
  it("contain what was published, and the state of the table before", async () => {
    for (const item of folder(3)) await table.put(item);
    await publish(folder(2));
    const history = new History(table.client, TABLE);
    const { versions, underWay } = await history.read();
    expect(underWay).toBe(false);
    expect(versions.map(({ number, made, items }) => [number, made, items])).toEqual([
      [1, "found", 4],
      [2, "publish", 3],
    ]);
    for (const [index, version] of versions.entries())
      expect(byKey(await history.items(version))).toEqual(byKey(folder(3 - index)));
  });

  it("are deleted except the last 20", async () => {
    for (let count = 1; count <= 23; count++) await publish(folder(count));
    const { versions } = await new History(table.client, TABLE).read();
    expect(versions).toHaveLength(20);
    expect([versions[0]?.number, versions.at(-1)?.number]).toEqual([4, 23]);
  });

  it("larger than an item are split, and a damaged one cannot be read", async () => {
    const noise = (seed: number): string =>
      Array.from({ length: 400 }, (_, index) =>
        Math.sin(seed * 1_000 + index)
          .toString(36)
          .slice(2),
      ).join("");
    const items = Array.from({ length: 400 }, (_, index) => tenantItem(`t${index}`, { name: noise(index) }));
    const { version } = done(await publish(items));
    if (version === undefined) throw new Error("There is no version");
    expect(version.chunks).toBeGreaterThan(2);
    const history = new History(table.client, TABLE);
    expect(byKey(await history.items(version))).toEqual(byKey(items));
    await expect(history.items({ ...version, state: "other" })).rejects.toThrow("Version 1 is damaged");
  });
});
