import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { publish } from "../../cli/commands/deploy/publish.ts";
import { check } from "../../cli/commands/policies/check.ts";
import { matrix } from "../../cli/commands/policies/matrix.ts";
import { tenant } from "../../cli/commands/run-time/tenant.ts";
import { recordKeeper } from "../../cli/publish/keeper.ts";
import { type PublishResult, publishItems } from "../../cli/publish/publish-items.ts";
import { replayNarrowing } from "../../cli/restore/replay-narrowing.ts";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { moveToFiles, moveToRuntime } from "../../cli/table/move-tenant.ts";
import { supposedCaller } from "../../core/decision/caller.ts";
import { permissionsOf } from "../../core/decision/permissions.ts";
import type { Item } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { seedTable } from "../../local/table/table.ts";
import { dynamodbClient } from "../../runtime/table/dynamodb-client.ts";
import { dynamodbReader } from "../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import { tableConfig } from "../support/configuration.ts";
import { OPTIONS, startTable, TABLE, type TestTable } from "./publish/publish-table.ts";
import { runVerb, sampleWith } from "./run-verb.ts";

const ISSUERS = `main: { preset: generic, tenants: "*", memberships: instead, subjects: own }
acme-okta: { preset: generic, tenants: [acme] }
pools: { preset: cognito, tenants: by_directory }
`;
const POOL = "eu-central-1_AbC";
const RULES = {
  changes: { editor: { except: ["documents.create"] } },
  never: ["documents.purge"],
  roles: { archivist: { extends: ["viewer"], allow: ["documents.write"] } },
};

let table: TestTable;
let store: TenantStore;
let folder: string;
beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  vi.stubEnv("TABLE", TABLE);
  folder = sampleWith({
    "issuers.yaml": ISSUERS,
    "clients.yaml": "default: { ceiling: ['ANY /**'] }\n",
    "tenants/initech.yaml": `plan: team\ndirectories: { pools: ${POOL}2 }\nroles: { own: { extends: [viewer] } }\n`,
  });
  rmSync(join(folder, "tests"), { recursive: true });
  await seedTable(table.client, TABLE, compiled());
  store = tenantStore({ client: table.client, table: TABLE, who: "tests" });
  await store.putTenant(
    { id: "umbrella", plan: "team", directories: { pools: POOL }, ...RULES },
    "signed up",
  );
  for (const id of ["umbrella", "initech"])
    await store.putMembership({ tenant: id, to: { subject: "ann" }, role: "viewer" }, "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const compiled = (): Item[] => {
  const { policies, problems } = loadPolicyFolder(folder, "dev");
  if (policies === undefined) throw new Error(JSON.stringify(problems));
  return permissionItems(policies);
};
const publishNow = (wanted: readonly Item[]): Promise<PublishResult> =>
  publishItems(table.client, wanted, OPTIONS);
const find = async (pk: string): Promise<Item | undefined> =>
  (await table.items()).find(
    (item) => item["pk"] === pk && ["TENANT", "DIRECTORY"].includes(String(item["sk"])),
  );
const owner = async (pk: string): Promise<unknown> => (await find(pk))?.["owner"];
const move = (id: string, to: string) =>
  runVerb(tenant, "move", id, "--to", to, "--policies", folder, "--reason", "ticket 12");
const options = () => ({ client: table.client, table: TABLE, who: "tests" });
const request = (id: string) => ({ id, folder, environment: "dev", why: "" });

/** Returns what ann may do in a tenant, and whether the token of its directory finds it, as the authorizer decides. */
async function access(id: string, pool: string): Promise<unknown> {
  const client = dynamodbClient(tableConfig(table.endpoint));
  const reader = dynamodbReader(client, TABLE);
  try {
    const caller = supposedCaller({ tenant: id, subject: "ann", issuer: "main" });
    const stored = await permissionsTable({ reader, ttlSeconds: 0, now: Date.now }).load(caller);
    const found = permissionsOf(caller, stored);
    const directory = await find(`DIRECTORY#pools#${pool}`);
    return "grants" in found
      ? [[...found.grants].map(([route]) => route), directory?.["tenant"]]
      : found.reason;
  } finally {
    client.destroy();
  }
}

/** Runs work that stops before its nth write. Returns whether it was stopped. */
async function crashAt(nth: number, work: () => Promise<unknown>): Promise<boolean> {
  let writes = 0;
  table.script = ({ name }) => {
    if (/^(Put|Delete|BatchWrite)/.test(name) && ++writes > nth) throw new Error("crashed");
    return undefined;
  };
  try {
    await work();
    return false;
  } catch (error) {
    if ((error as Error).message !== "crashed") throw error;
    return true;
  } finally {
    table.script = undefined;
  }
}
/** Removes the lock of a command that crashed, which expires after half a minute. */
async function releaseLock(): Promise<void> {
  const Key = { pk: { S: "HISTORY" }, sk: { S: "LOCK" } };
  await table.client.send(new DeleteItemCommand({ TableName: TABLE, Key }));
}

describe("tenant move --to files", () => {
  it("writes the file, and the next publish takes the tenant over with its people", async () => {
    const before = await access("umbrella", POOL);
    const generations = await table.generations();
    const { status, stdout } = await move("umbrella", "files");
    const path = join(folder, "tenants/dev/umbrella.yaml");
    expect(stdout).toContain(
      `tenant umbrella: move to files: done. Nobody's access changes. Next: commit ${path}`,
    );
    expect(status).toBe(0);
    expect(readFileSync(path, "utf8")).toContain("archivist:");
    expect(await owner("TENANT#umbrella")).toBe("runtime");
    const checked = await runVerb(check, "--policies", folder, "--table", TABLE);
    expect(checked.stdout).toContain(
      "the tenant is being moved to tenants/dev/umbrella.yaml: publish the files",
    );
    const cells = await runVerb(matrix, "--policies", folder, "--table", TABLE, "--tenant", "acme");
    expect(cells.stderr).toContain("The tenant umbrella is being moved to the policy files: publish them");
    const result = await runVerb(publish, "--policies", folder, "--settle", "0");
    expect(result.stdout).toContain(
      "TENANT#umbrella/TENANT was taken over from run time, with the same content",
    );
    expect(result.status).toBe(0);
    expect(await owner("TENANT#umbrella")).toBe("files");
    expect(await owner(`DIRECTORY#pools#${POOL}`)).toBe("files");
    expect(await table.generations()).toEqual(generations);
    expect(await access("umbrella", POOL)).toEqual(before);
    expect((await runVerb(publish, "--policies", folder)).stdout).toContain("none written");
    expect((await runVerb(check, "--policies", folder, "--table", TABLE)).status).toBe(0);
  });

  it("never changes anybody's access, wherever it or the publish stops, and can be run again", async () => {
    const before = await access("umbrella", POOL);
    const without = compiled();
    for (let nth = 0; await crashAt(nth, () => moveToFiles(options(), request("umbrella"))); nth++) {
      expect(await access("umbrella", POOL)).toEqual(before);
      // Somebody publishes a checkout that does not have the file yet.
      await publishNow(without);
      expect(await access("umbrella", POOL)).toEqual(before);
    }
    await moveToFiles(options(), request("umbrella"));
    await publishNow(without);
    expect(await access("umbrella", POOL)).toEqual(before);
    let stops = 0;
    while (await crashAt(stops, () => publishNow(compiled()))) {
      stops++;
      await releaseLock();
      expect(await access("umbrella", POOL)).toEqual(before);
    }
    expect(stops).toBeGreaterThan(3);
    expect(await access("umbrella", POOL)).toEqual(before);
    expect([await owner("TENANT#umbrella"), await owner(`DIRECTORY#pools#${POOL}`)]).toEqual([
      "files",
      "files",
    ]);
  });

  it("is completed by the local stack, as by a publish", async () => {
    const before = await access("umbrella", POOL);
    await moveToFiles(options(), request("umbrella"));
    await seedTable(table.client, TABLE, compiled());
    expect([await owner("TENANT#umbrella"), await owner(`DIRECTORY#pools#${POOL}`)]).toEqual([
      "files",
      "files",
    ]);
    expect(await access("umbrella", POOL)).toEqual(before);
  });

  it("is not what a file alone does: a tenant that signed up under the id of a file is never taken over", async () => {
    await moveToFiles(options(), request("umbrella"));
    // The mark is gone with the next change, and so is what the operator agreed to.
    await store.putTenant({ id: "umbrella" }, "");
    const result = await publishNow(compiled());
    expect(result).toMatchObject({ outcome: "rejected" });
    expect(JSON.stringify(result)).toContain("a tenant has one owner");
    await expect(seedTable(table.client, TABLE, compiled())).rejects.toThrow("must have one owner");
    expect(await owner("TENANT#umbrella")).toBe("runtime");
  });

  it("takes nothing over that was changed in between: a suspension is not undone", async () => {
    await moveToFiles(options(), request("umbrella"));
    await store.suspendTenant("umbrella", "incident");
    const result = await publishNow(compiled());
    expect(JSON.stringify(result)).toContain("its file and the table do not agree any longer");
    expect(await access("umbrella", POOL)).toBe("tenant_suspended");
    rmSync(join(folder, "tenants/dev/umbrella.yaml"));
    await moveToFiles(options(), request("umbrella"));
    expect(readFileSync(join(folder, "tenants/dev/umbrella.yaml"), "utf8")).toContain("status: suspended");
    expect((await publishNow(compiled())).outcome).toBe("published");
    expect(await access("umbrella", POOL)).toBe("tenant_suspended");
  });

  it("rejects files that would give the tenant something else, and a file that exists", async () => {
    writeFileSync(join(folder, "roles/viewer.yaml"), "allow: [users.read]\n");
    const { status, stderr } = await move("umbrella", "files");
    expect(stderr).toContain(
      "would change the access of umbrella, and nothing was written: publish them first",
    );
    expect(status).toBe(1);
    writeFileSync(join(folder, "tenants/dev/umbrella.yaml"), "plan: free\n");
    expect((await move("umbrella", "files")).stderr).toContain(
      "exists, and is not what umbrella has at run time",
    );
    expect((await find("TENANT#umbrella"))?.["moving"]).toBeUndefined();
  });

  it.each(["../../evil", "Con", "a/b", "Ümlaut Inc.", "x: [y]\"'"])(
    "writes the tenant %s into a file of the folder, whatever its id",
    async (id) => {
      await store.putTenant({ id, plan: "team", name: "- [x]: {y}\n# z" }, "");
      await moveToFiles(options(), request(id));
      const [name = ""] = readdirSync(join(folder, "tenants/dev")).filter((file) =>
        file.startsWith("tenant-"),
      );
      expect(name).toMatch(/^tenant-[0-9a-f]{12}\.yaml$/);
      expect((await publishNow(compiled())).outcome).toBe("published");
    },
  );

  it("takes back a move to run time, with the file that is still there", async () => {
    const path = join(folder, "tenants/initech.yaml");
    const text = readFileSync(path, "utf8");
    await move("initech", "runtime");
    const { status, stdout } = await move("initech", "files");
    expect([status, stdout]).toEqual([0, expect.stringContaining(`Next: commit ${path}`)]);
    expect([readFileSync(path, "utf8"), existsSync(join(folder, "tenants/dev/initech.yaml"))]).toEqual([
      text,
      false,
    ]);
    await publishNow(compiled());
    expect(await owner("TENANT#initech")).toBe("files");
    await move("initech", "runtime");
    writeFileSync(path, "plan: free\n");
    expect((await move("initech", "files")).stderr).toContain("exists, and is not what initech has");
  });

  it("is for publish alone, because Terraform would reject or delete the tenant", async () => {
    await recordKeeper(table.client, TABLE, "terraform");
    for (const to of ["files", "runtime"]) {
      const { status, stderr } = await move(to === "files" ? "umbrella" : "initech", to);
      expect(stderr).toContain("npx portcullis handover publish");
      expect(status).toBe(1);
    }
    expect(existsSync(join(folder, "tenants/dev/umbrella.yaml"))).toBe(false);
  });
});

describe("tenant move --to runtime", () => {
  const file = () => join(folder, "tenants/initech.yaml");

  it("gives the tenant to run time, and says to remove its file", async () => {
    const generations = await table.generations();
    const before = await access("initech", `${POOL}2`);
    const { status, stdout } = await move("initech", "runtime");
    expect(stdout).toContain(`Next: remove ${file()} and commit that`);
    expect(stdout).toContain("The file is for every environment");
    expect(status).toBe(0);
    expect(JSON.stringify(await publishNow(compiled()))).toContain("a tenant has one owner");
    rmSync(file());
    expect((await publishNow(compiled())).outcome).toBe("nothing to do");
    expect(await table.generations()).toEqual(generations);
    expect(await access("initech", `${POOL}2`)).toEqual(before);
    await store.putTenant({ id: "initech", never: ["GET /documents"] }, "");
    expect(await find("TENANT#initech")).toMatchObject({ roles: { own: {} }, never: ["GET /documents"] });
    await move("initech", "files");
    expect((await publishNow(compiled())).outcome).toBe("published");
  });

  it("never changes anybody's access, wherever it stops, and can be run again", async () => {
    const before = await access("initech", `${POOL}2`);
    const without = compiled().filter((item) => item["id"] !== "initech" && item["tenant"] !== "initech");
    let stops = 0;
    while (await crashAt(stops, () => moveToRuntime(options(), request("initech")))) {
      stops++;
      await releaseLock();
      expect(await access("initech", `${POOL}2`)).toEqual(before);
      await publishNow(compiled());
      // From here on the file may be gone.
      if ((await owner("TENANT#initech")) === "runtime") await publishNow(without);
      expect(await access("initech", `${POOL}2`)).toEqual(before);
    }
    expect(stops).toBeGreaterThan(4);
    expect([await owner("TENANT#initech"), await owner(`DIRECTORY#pools#${POOL}2`)]).toEqual([
      "runtime",
      "runtime",
    ]);
    rmSync(file());
    await publishNow(compiled());
    expect(await access("initech", `${POOL}2`)).toEqual(before);
  });

  it("rejects a file that is not published, and a binding that only this file has", async () => {
    writeFileSync(file(), "plan: team\n");
    expect((await move("initech", "runtime")).stderr).toContain("do not agree about initech");
    const own = "roles: { own: { allow: [{ route: 'GET /users/{userId}', where: { userId: subject } }] } }\n";
    writeFileSync(file(), `plan: team\n${own}`);
    await publishNow(compiled());
    expect((await move("initech", "runtime")).stderr).toContain("no room for this binding");
    expect(await owner("TENANT#initech")).toBe("files");
  });

  it("is made again by a restore, so that the next publish does not delete the tenant", async () => {
    const copy = (await table.items()).find(({ pk, sk }) => pk === "TENANT#initech" && sk === "TENANT") ?? {};
    await move("initech", "runtime");
    const [entry] = (await store.history("initech")).slice(-1);
    const changes = [{ tenant: "initech", when: "", what: "", change: entry?.change, isDone: true }];
    const { items, again } = replayNarrowing([{ ...copy, generation: "g1" }], changes, undefined);
    expect(items[0]).toMatchObject({ owner: "runtime", generation: "g1" });
    expect(again).toHaveLength(1);
  });
});
