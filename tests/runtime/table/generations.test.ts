import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { permissionsOf } from "../../../core/decision/permissions.ts";
import { dynamodbReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { type TenantStore, tenantStore } from "../../../runtime/table/tenant-store.ts";
import { TABLE_NAME } from "../../support/configuration.ts";
import { draws } from "../../support/draws.ts";
import { startTable } from "../../support/fake-table.ts";
import { issuerFields, ROLE, TENANT } from "../../support/fixtures.ts";

let table: Awaited<ReturnType<typeof startTable>>;
beforeAll(async () => {
  table = await startTable([issuerFields({ memberships: "instead" }), ROLE, { ...TENANT, owner: "files" }]);
});
afterAll(() => table.stop());

const storeWith = (client: DynamoDBClient): TenantStore =>
  tenantStore({ client, table: TABLE_NAME, who: "tests" });

/** Returns the roles that a subject has in a tenant, as the authorizer decides, or the reason why it has none. */
async function decide(tenant: string, subject: string): Promise<readonly string[] | string> {
  const reader = dynamodbReader(table.reading, TABLE_NAME);
  const caller = supposedCaller({ tenant, subject, issuer: "main" });
  const stored = await permissionsTable({ reader, ttlSeconds: 0, now: Date.now }).load(caller);
  const found = permissionsOf(caller, stored);
  return "grants" in found ? found.roles : found.reason;
}

/** A writer that stops before each of its requests for the tenant's items. */
interface Writer {
  readonly name: string;
  /** Lets the writer make its next request, and waits until it stops again or has finished. */
  step(): Promise<void>;
  readonly finished: () => boolean;
}

function startWriter(name: string, work: (store: TenantStore) => Promise<unknown>): Writer {
  let resume: (() => void) | undefined;
  let stopped: () => void = () => undefined;
  let finished = false;
  const untilStop = (): Promise<void> =>
    new Promise((resolve) => {
      stopped = resolve;
    });
  const isStep = ({ input }: { input: object }): boolean => /"TENANT#/.test(JSON.stringify(input));
  const send = async (command: never): Promise<unknown> => {
    if (isStep(command)) {
      await new Promise<void>((resolve) => {
        resume = resolve;
        stopped();
      });
    }
    return table.client.send(command);
  };
  const client = new Proxy(table.client, {
    get: (target, key) => (key === "send" ? send : Reflect.get(target, key)),
  });
  let first: Promise<void> | undefined;
  return {
    name,
    finished: () => finished,
    async step() {
      if (first === undefined) {
        first = untilStop();
        work(storeWith(client))
          .catch(() => undefined)
          .finally(() => {
            finished = true;
            stopped();
          });
        await first;
      }
      if (finished) return;
      const next = untilStop();
      resume?.();
      await next;
    },
  };
}

/** Returns every way to place the steps of the first writer among at most `others` steps of the second one. */
function orders(steps: number, others: number): string[] {
  if (steps === 0) return ["B".repeat(others)];
  if (others === 0) return ["A".repeat(steps)];
  return [
    ...orders(steps - 1, others).map((rest) => `A${rest}`),
    ...orders(steps, others - 1).map((rest) => `B${rest}`),
  ];
}

/** Returns all orders with FUZZ=full, else every eighteenth. */
const drawn = (all: readonly string[]): readonly string[] =>
  all.filter((_, index) => index % draws(1, 18) === 0);

/** Runs two writers in an order of their steps, and then both to their end. */
async function interleave(order: string, first: Writer, second: Writer): Promise<void> {
  for (const one of order) await (one === "A" ? first : second).step();
  for (const writer of [first, second]) while (!writer.finished()) await writer.step();
}

const GRANT = { to: { subject: "mallory" }, role: "viewer" };
let count = 0;

test("a grant in flight across the removal of its tenant never counts in the next tenant with the id", async () => {
  const plain = storeWith(table.client);
  for (const order of drawn(orders(3, 7))) {
    const id = `tenant-${++count}`;
    await plain.putTenant({ id }, "signed up");
    let isRecreated = false;
    const granting = startWriter("grant", (store) =>
      store.putMembership({ tenant: id, ...GRANT }, "of the old"),
    );
    const removing = startWriter("remove", async (store) => {
      await store.removeTenant(id, "left");
      await store.putTenant({ id }, "another customer");
      isRecreated = true;
    });
    // The grant's first step reads the tenant: with the old one it must never count, with the new one it must.
    let isOld = true;
    for (const one of order) {
      if (one === "A" && isOld) isOld = !isRecreated;
      await (one === "A" ? granting : removing).step();
      if (one === "A") break;
    }
    await interleave(order.slice(order.indexOf("A") + 1), granting, removing);
    expect([order, await decide(id, "mallory")]).toEqual([order, isOld ? "no_role" : ["viewer"]]);
  }
}, 120_000);

test("a removal never takes a member of the tenant that is created meanwhile, and leaves none of the old", async () => {
  const plain = storeWith(table.client);
  for (const order of drawn(orders(5, 6))) {
    const id = `tenant-${++count}`;
    await plain.putTenant({ id }, "signed up");
    await plain.putMembership({ tenant: id, ...GRANT }, "of the old");
    let isGranted = false;
    const removing = startWriter("remove", (store) => store.removeTenant(id, "left"));
    const creating = startWriter("create", async (store) => {
      await store.putTenant({ id }, "another customer");
      await store.putMembership({ tenant: id, to: { subject: "ann" }, role: "viewer" }, "of the new");
      isGranted = true;
    });
    await interleave(order, removing, creating);
    const [ann, mallory] = [await decide(id, "ann"), await decide(id, "mallory")];
    const isGone = mallory === "unknown_tenant";
    expect([order, mallory]).toEqual([order, isGone ? "unknown_tenant" : "no_role"]);
    if (!isGone) expect([order, isGranted, ann]).toEqual([order, true, ["viewer"]]);
  }
}, 240_000);

test("people of a tenant of the files do not return with a new tenant of its id", async () => {
  const plain = storeWith(table.client);
  await plain.putMembership({ tenant: "acme", ...GRANT }, "employee");
  expect(await decide("acme", "mallory")).toEqual(["viewer"]);
  await table.remove("TENANT#acme", "TENANT");
  expect(await decide("acme", "mallory")).toBe("unknown_tenant");
  await plain.putTenant({ id: "acme" }, "another customer");
  expect(await decide("acme", "mallory")).toBe("no_role");
});

test("revocations of an earlier tenant with the id are ignored, and are not extended", async () => {
  const plain = storeWith(table.client);
  const now = Math.floor(Date.now() / 1_000);
  const all = { tenant: "umbrella", what: { issuedBefore: now + 3_600 } };
  await plain.putTenant({ id: "umbrella" }, "");
  await plain.revoke({ ...all, until: now + 86_400 }, "");
  expect(await plain.revocations("umbrella")).toHaveLength(1);
  await table.remove("TENANT#umbrella", "TENANT");
  await plain.putTenant({ id: "umbrella" }, "");
  await plain.putMembership({ tenant: "umbrella", ...GRANT }, "");
  expect(await plain.revocations("umbrella")).toEqual([]);
  expect(await decide("umbrella", "mallory")).toEqual(["viewer"]);
  await plain.revoke({ ...all, until: now + 60 }, "");
  expect(await plain.revocations("umbrella")).toMatchObject([{ until: now + 60 }]);
  expect(await decide("umbrella", "mallory")).toBe("revoked");
});

test("a caller of another spelling of the id has nothing of the tenant", async () => {
  const plain = storeWith(table.client);
  await plain.putTenant({ id: "Hooli" }, "");
  await plain.putMembership({ tenant: "Hooli", ...GRANT }, "");
  expect(await decide("Hooli", "mallory")).toEqual(["viewer"]);
  for (const id of ["hooli", "HOOLI", "Hooli "]) expect(await decide(id, "mallory")).toBe("unknown_tenant");
});

test.each([
  ["an id that is not valid", { id: "initech " }],
  ["an id of another key", { id: "globex" }],
  ["no generation", { generation: undefined }],
  ["an empty generation", { generation: "" }],
])("a tenant with %s is an error for its callers alone", async (_, change) => {
  const item = { ...TENANT, pk: "TENANT#initech", id: "initech", ...change };
  await table.put(Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)));
  await expect(decide("initech", "mallory")).rejects.toMatchObject({ code: "item_invalid" });
  expect(await decide("Hooli", "mallory")).toEqual(["viewer"]);
});
