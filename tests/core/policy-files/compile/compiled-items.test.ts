import { describe, expect, it } from "vitest";
import { marshallItem, unmarshallItem } from "../../../../core/model/dynamodb-json.ts";
import { readItems } from "../../../../core/policy-files/compile/catalogue.ts";
import { itemKey } from "../../../../core/policy-files/compile/permission-items.ts";
import { type FileTexts, itemsWith } from "../../../support/policy-files.ts";

const FILES: FileTexts = {
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "roles/editor.yaml": "extends: [viewer]\nallow: [documents.write]\n",
  "roles/clerk.yaml": "allow: [invoices.read]\n",
  "plans.yaml": 'free: { ceiling: ["ANY /documents/**"] }\nteam: { ceiling: ["ANY /**"] }\n',
  "tenants/acme.yaml": "plan: team\nroles: { own: { extends: [viewer], allow: [users.read] } }\n",
  "tenants/globex.yaml": "plan: free\nchanges: { clerk: none }\n",
};

/** Keys of the items that an edit changes. */
function changedBy(edit: FileTexts): string[] {
  const hashes = (files: FileTexts) => new Map(itemsWith(files).map((item) => [itemKey(item), item["hash"]]));
  const before = hashes(FILES);
  const after = hashes({ ...FILES, ...edit });
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .sort();
}

describe("compiled items", () => {
  it("are sorted by key, whatever the order of the files", () => {
    const reversed = Object.fromEntries(Object.entries(FILES).reverse());
    const items = itemsWith(FILES);
    expect(items.map(itemKey)).toEqual([
      "CATALOGUE/ISSUER#main",
      "CATALOGUE/PLAN#free",
      "CATALOGUE/PLAN#team",
      "CATALOGUE/ROLE#clerk",
      "CATALOGUE/ROLE#editor",
      "CATALOGUE/ROLE#viewer",
      "ROUTES/0000",
      "TENANT#acme/TENANT",
      "TENANT#globex/TENANT",
    ]);
    expect(itemsWith(reversed)).toEqual(items);
  });

  it("each have owner, version and hash", () => {
    for (const item of itemsWith(FILES))
      expect(item).toMatchObject({ owner: "files", v: 1, hash: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  it("can be read by the authorizer, also after conversion to DynamoDB's JSON and back", () => {
    const items = itemsWith(FILES);
    const { catalogue, tenants } = readItems(items);
    expect([...catalogue.roles.keys()]).toEqual(["clerk", "editor", "viewer"]);
    expect([...tenants.keys()]).toEqual(["acme", "globex"]);
    expect(items.map((item) => unmarshallItem(marshallItem(item)))).toEqual(items);
  });

  it.each<[edit: string, files: FileTexts, changed: string[]]>([
    ["nothing but a comment", { "roles/clerk.yaml": "# Money\nallow: [invoices.read]\n" }, []],
    [
      "a permission to the routes that have it",
      { "roles/clerk.yaml": "allow: ['GET /invoices/*', invoices.read]\n" },
      [],
    ],
    ["one tenant", { "tenants/globex.yaml": "plan: free\n" }, ["TENANT#globex/TENANT"]],
    ["a role that nobody extends", { "roles/clerk.yaml": "allow: [users.read]\n" }, ["CATALOGUE/ROLE#clerk"]],
    [
      "a role that others extend",
      { "roles/viewer.yaml": "allow: [documents.search]\n" },
      ["CATALOGUE/ROLE#editor", "CATALOGUE/ROLE#viewer", "TENANT#acme/TENANT"],
    ],
    [
      "a plan",
      { "plans.yaml": 'free: { ceiling: ["GET /documents/**"] }\nteam: { ceiling: ["ANY /**"] }\n' },
      ["CATALOGUE/PLAN#free"],
    ],
    ["a new tenant", { "tenants/new.yaml": "plan: free\n" }, ["TENANT#new/TENANT"]],
  ])("change only if their grants change: %s", (_, files, changed) => {
    expect(changedBy(files)).toEqual(changed);
  });
});
