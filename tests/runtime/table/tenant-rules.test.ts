import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { permissionsOf } from "../../../core/decision/permissions.ts";
import { type Item, ROUTES_KEY } from "../../../core/model/items.ts";
import { permissionItems, stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import { dynamodbReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { type TenantStore, tenantStore } from "../../../runtime/table/tenant-store.ts";
import { TABLE_NAME } from "../../support/configuration.ts";
import { startTable } from "../../support/fake-table.ts";
import { BASE, itemOf, policiesOf } from "../../support/policy-files.ts";

const FILES = {
  ...BASE,
  "roles/viewer.yaml": "allow: [GET /documents]\n",
  "roles/editor.yaml": "extends: [viewer]\nallow: [documents.*]\n",
  "plans.yaml": "team: { ceiling: [ANY /documents/**] }\nfull: { ceiling: [ANY /**] }\n",
  "tenants/acme.yaml": "plan: team\n",
};
const itemsOf = (files = {}): Item[] => permissionItems(policiesOf({ ...FILES, ...files }));

let table: Awaited<ReturnType<typeof startTable>>;
let store: TenantStore;
beforeAll(async () => {
  table = await startTable(itemsOf());
});
afterAll(() => table.stop());
beforeEach(async () => {
  for (const item of itemsOf().filter(({ sk }) => sk !== "TENANT")) await table.put(item);
  store = tenantStore({ client: table.client, table: TABLE_NAME, who: "tests" });
  await store.removeTenant("umbrella", "");
});

/** Returns the routes of a role in a tenant as the authorizer decides, or the reason why it has none. */
async function routesOf(role: string, tenant = "umbrella"): Promise<readonly string[] | string> {
  const reader = dynamodbReader(table.reading, TABLE_NAME);
  const caller = supposedCaller({ tenant, roles: [role] });
  const stored = await permissionsTable({ reader, ttlSeconds: 0, now: Date.now }).load(caller);
  const found = permissionsOf(caller, stored);
  return "grants" in found ? [...found.grants].map(([route]) => route).sort() : found.reason;
}

describe("putTenant with rules of a tenant's file", () => {
  it("gives a tenant roles of its own, and takes from shared ones, at the next decision", async () => {
    const rules = {
      changes: { editor: { except: ["documents.create"] } },
      never: ["DELETE /documents/{documentId}"],
      roles: { auditor: { extends: ["viewer"], allow: ["documents.search"] } },
    };
    expect(await store.putTenant({ id: "umbrella", plan: "team", ...rules }, "signed up")).toBe("done");
    expect(await routesOf("auditor")).toEqual(["GET /documents", "GET /documents/search"]);
    expect(await routesOf("editor")).not.toContain("POST /documents");
    expect(await store.putTenant({ id: "umbrella", ...rules }, "")).toBe("unchanged");
  });

  it("keeps what is not given, and removes what is null", async () => {
    const roles = { auditor: { allow: ["documents.search"] } };
    await store.putTenant({ id: "umbrella", plan: "team", roles, never: ["GET /documents"] }, "");
    await store.putTenant({ id: "umbrella", name: "Umbrella" }, "");
    await store.suspendTenant("umbrella", "");
    await store.reinstateTenant("umbrella", "");
    expect(await routesOf("auditor")).toEqual(["GET /documents/search"]);
    await store.putTenant({ id: "umbrella", roles: null }, "");
    expect(await routesOf("auditor")).toBe("no_role");
    expect(await routesOf("viewer")).toEqual([]);
    await store.putTenant({ id: "umbrella", never: null }, "");
    expect(await routesOf("viewer")).toEqual(["GET /documents"]);
  });

  it("never exceeds the plan's ceiling when a request is decided, whatever the role says and whenever the plan changes", async () => {
    const roles = { all: { allow: ["ANY /**", "documents.purge"] } };
    await store.putTenant({ id: "umbrella", plan: "full", roles }, "");
    expect(await routesOf("all")).toContain("GET /invoices/{invoiceId}");
    await store.putTenant({ id: "umbrella", plan: "team" }, "");
    expect(await routesOf("all")).not.toContain("GET /invoices/{invoiceId}");
    // The ceiling is narrowed by the files alone: the tenant's item stays, and has all grants.
    const narrow = itemsOf({ "plans.yaml": "team: { ceiling: [GET /documents] }\n" });
    await table.put(itemOf(narrow, "PLAN#team"));
    expect(await routesOf("all")).toEqual(["GET /documents"]);
  });

  it("lets a tenant give a role that is its own", async () => {
    await table.put(
      itemOf(
        itemsOf({ "issuers.yaml": 'main: { preset: generic, tenants: "*", memberships: merge }\n' }),
        "ISSUER#main",
      ),
    );
    const roles = { auditor: { allow: ["documents.search"] } };
    await store.putTenant({ id: "umbrella", plan: "team", roles }, "");
    const grant = { tenant: "umbrella", to: { subject: "ann" }, role: "auditor" };
    expect(await store.putMembership(grant, "")).toBe("done");
  });

  it.each([
    [
      "a route that the API does not have",
      { roles: { own: { allow: ["GET /secrets"] } } },
      "matches no route",
    ],
    ["a public route", { roles: { own: { allow: ["GET /health"] } } }, "matches no route"],
    ["a role that does not exist", { roles: { own: { extends: ["boss"] } } }, 'no role "boss"'],
    ["a shared role's name", { roles: { editor: { allow: ["documents.*"] } } }, "name of a shared role"],
    ["a cycle", { roles: { a: { extends: ["b"] }, b: { extends: ["a"] } } }, "cycle"],
    [
      "a binding that the proof did not count",
      { roles: { own: { allow: [{ route: "PATCH /users/{userId}", where: { userId: "subject" } }] } } },
      "no room for this binding",
    ],
    ["a change that adds access", { changes: { viewer: { allow: ["ANY /**"] } } }, "allow"],
    ["a key that files do not have", { roles: { own: { grants: ["GET /documents"] } } }, "grants"],
    ["a name that is a prototype's", JSON.parse('{"roles":{"__proto__":{"allow":["ANY /**"]}}}'), ""],
    ["more than an item may take", { never: Array.from({ length: 20_000 }, () => "documents.*") }, "limit"],
  ])("rejects %s, and writes nothing", async (_, rules, message) => {
    await store.putTenant({ id: "umbrella", plan: "team", never: ["GET /documents"] }, "");
    const before = await store.history("umbrella");
    const put = store.putTenant({ id: "umbrella", ...(rules as object) }, "");
    await expect(put).rejects.toMatchObject({
      code: "rules_invalid",
      message: expect.stringContaining(message),
    });
    expect(await store.history("umbrella")).toEqual(before);
    expect(await routesOf("viewer")).toEqual([]);
  });

  it("rejects what JSON cannot write", async () => {
    const roles = { own: {} } as Record<string, object>;
    roles["own"] = roles;
    await expect(store.putTenant({ id: "umbrella", plan: "team", roles }, "")).rejects.toMatchObject({
      code: "input_invalid",
    });
  });

  it("rejects rules if the table does not have the API's routes", async () => {
    await table.remove(ROUTES_KEY, "0000");
    const put = store.putTenant({ id: "umbrella", plan: "team", never: ["GET /documents"] }, "");
    await expect(put).rejects.toMatchObject({ code: "routes_unknown" });
    expect(await store.putTenant({ id: "umbrella", plan: "team" }, "")).toBe("done");
  });

  it("compiles again if the files are published while it writes", async () => {
    const published = itemsOf({
      "roles/viewer.yaml": "allow: [GET /documents/search]\n",
    }).filter(({ pk }) => pk === "CATALOGUE");
    let writes = 0;
    const client = new Proxy(table.client, {
      get: (target, key) =>
        key === "send"
          ? async (command: { input: { Item?: { sk?: { S?: string } } } }) => {
              const isTenant = command.input.Item?.sk?.S === "TENANT";
              if (isTenant && writes++ === 0) for (const item of published) await table.put(item);
              return table.client.send(command as never);
            }
          : Reflect.get(target, key),
    });
    const roles = { auditor: { extends: ["viewer"] } };
    await tenantStore({ client, table: TABLE_NAME, who: "tests" }).putTenant(
      { id: "umbrella", plan: "team", roles },
      "",
    );
    expect(writes).toBe(2);
    expect(await routesOf("auditor")).toEqual(["GET /documents/search"]);
  });

  it("records what a restore needs, also when rules are removed", async () => {
    await store.putTenant({ id: "cyberdyne", plan: "team", never: ["GET /documents"] }, "");
    await store.putTenant({ id: "cyberdyne", never: null }, "");
    const [put, removed] = await store.history("cyberdyne");
    expect(put).toMatchObject({
      what: 'put tenant (status active, plan team, issuers all, never ["GET /documents"], name none)',
      change: {
        kind: "put-tenant",
        rules: { never: ["GET /documents"], rules: { never: ["GET /documents"] } },
      },
    });
    expect(removed).toMatchObject({
      what: 'put tenant (never ["GET /documents"] -> none)',
      change: { kind: "put-tenant", rules: {} },
    });
  });

  it("does not compile rules that a restore narrowed from what was written before it", async () => {
    await store.putTenant({ id: "umbrella", plan: "team", never: ["documents.*"] }, "");
    const item = stampItem({ ...(await readTenant()), rules: undefined, owner: undefined });
    await table.put({ ...item, owner: "runtime" });
    await store.putTenant({ id: "umbrella", name: "Umbrella" }, "");
    expect(await routesOf("viewer")).toEqual([]);
    const put = store.putTenant({ id: "umbrella", roles: null }, "");
    await expect(put).rejects.toMatchObject({ code: "input_invalid" });
    const whole = { changes: null, never: null, roles: null, clients: null };
    await store.putTenant({ id: "umbrella", ...whole }, "");
    expect(await routesOf("viewer")).toEqual(["GET /documents"]);
  });
});

async function readTenant(): Promise<Item> {
  const { getItem } = await import("../../../runtime/table/store.ts");
  const key = { pk: "TENANT#umbrella", sk: "TENANT" };
  return (await getItem({ client: table.client, table: TABLE_NAME, who: "" }, key)) ?? {};
}
