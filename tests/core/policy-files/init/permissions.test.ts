import { describe, expect, it } from "vitest";
import { startingFolder } from "../../../../core/policy-files/init/init.ts";

/** Returns the proposed permission of each operation, by method and path. */
function permissionsOf(paths: Readonly<Record<string, object>>): Record<string, string> {
  const folder = startingFolder({ openapi: "3.0.3", info: { title: "API", version: "1" }, paths });
  if (typeof folder === "string") throw new Error(folder);
  return Object.fromEntries(
    folder.operations.map(({ key, path, permission }) => [`${key} ${path}`, permission]),
  );
}

const post = (operationId?: string, ...tags: string[]) => ({
  post: { tags, ...(operationId !== undefined && { operationId }) },
});

describe("the permissions that init proposes", () => {
  it("follow from path and verb if one tag stands for an API that has only POST", () => {
    expect(
      permissionsOf({
        "/accounts/get": post("accountsGet", "plaid"),
        "/accounts/balance/get": post(undefined, "plaid"),
        "/item/remove": post(undefined, "plaid"),
        "/transfer/create": post(undefined, "plaid"),
      }),
    ).toEqual({
      "post /accounts/get": "accounts.read",
      "post /accounts/balance/get": "accounts.read",
      "post /item/remove": "item.write",
      "post /transfer/create": "transfer.write",
    });
  });

  it("have the noun of the operation as subject if paths are verbs", () => {
    expect(permissionsOf({ "/ListTables": post("ListTables"), "/DeleteTable": post("DeleteTable") })).toEqual(
      { "post /ListTables": "tables.read", "post /DeleteTable": "table.write" },
    );
  });

  it("skip what all paths of a large API begin with", () => {
    const names = Array.from({ length: 24 }, (_, at) => `thing${at % 6}`);
    const paths = Object.fromEntries(
      names.map((name, at) => [
        `/company/{companyId}/${name}/part${at}`,
        { get: { tags: ["Company"] }, put: { tags: ["Company"] } },
      ]),
    );
    expect(new Set(Object.values(permissionsOf(paths))).size).toBe(12);
  });

  it("never read by the verb of a POST in an API whose methods say what reads", () => {
    const read = { get: {} };
    expect(
      permissionsOf({ "/pets": { ...read, ...post("getOrCreatePet") }, "/stores": read })["post /pets"],
    ).toBe("pets.write");
  });

  it("never read if the id begins with another verb, whatever the path ends with", () => {
    expect(
      permissionsOf({ "/keys/get": post("deleteKeys"), "/keys/list": post("listKeys") })["post /keys/get"],
    ).toBe("keys.write");
  });

  it("follow from the tags if there are several", () => {
    expect(permissionsOf({ "/a": post("getA", "First"), "/b": post("createB", "Second") })).toEqual({
      "post /a": "first.read",
      "post /b": "second.write",
    });
  });
});
