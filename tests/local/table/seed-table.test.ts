import { afterEach, beforeEach, expect, test } from "vitest";
import { seedTable } from "../../../local/table/table.ts";
import {
  folder,
  runtimeTenant,
  startTable,
  TABLE,
  type TestTable,
  tenantItem,
} from "../../cli/publish/publish-table.ts";

let table: TestTable;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => table.close());

test("the local table follows the files and does not change items with the owner runtime", async () => {
  await table.put(runtimeTenant("initech"));
  await seedTable(table.client, TABLE, folder(3));
  await seedTable(table.client, TABLE, folder(1));
  const [role, tenant] = folder(1);
  expect(await table.items()).toEqual([role, runtimeTenant("initech"), tenant]);
});

test("a tenant keeps its generation while the files have it, and gets another when it returns", async () => {
  await seedTable(table.client, TABLE, folder(2));
  const first = await table.generations();
  await seedTable(table.client, TABLE, [...folder(1), tenantItem("t000001", { name: "Changed" })]);
  expect(await table.generations()).toEqual(first);
  await seedTable(table.client, TABLE, folder(1));
  await seedTable(table.client, TABLE, folder(2));
  const last = await table.generations();
  expect(last["TENANT#t000000"]).toBe(first["TENANT#t000000"]);
  expect(last["TENANT#t000001"]).not.toBe(first["TENANT#t000001"]);
});

test("a tenant in the files and in the table is an error that names both, and nothing is written", async () => {
  await table.put(runtimeTenant("initech"));
  await expect(seedTable(table.client, TABLE, [...folder(1), tenantItem("initech")])).rejects.toThrow(
    /^the tenant initech is in the files, and in the table as TENANT#initech\/TENANT of owner "runtime"/,
  );
  expect(await table.items()).toEqual([runtimeTenant("initech")]);
});
