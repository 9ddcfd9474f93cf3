import { deepStrictEqual as equal, ok } from "node:assert";
import { PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { marshallItem, unmarshallItem } from "../../../core/model/dynamodb-json.ts";
import type { Item } from "../../../core/model/items.ts";
import { itemKey } from "../../../core/policy-files/compile/permission-items.ts";
import type { Deployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";

/** A tenant that signed up at run time, which Terraform does not manage. */
export const RUNTIME_TENANT: Item = {
  pk: "TENANT#walk-in",
  sk: "TENANT",
  id: "walk-in",
  name: "Walk-in Ltd.",
  status: "active",
  plan: "team",
  v: 1,
  owner: "runtime",
  hash: "0000000000000001",
  generation: "0000000000000001",
};

export async function signUp({ outputs }: Deployed, { dynamodb }: Account): Promise<void> {
  await dynamodb.send(
    new PutItemCommand({ TableName: outputs.table_name, Item: marshallItem(RUNTIME_TENANT) }),
  );
}

const KEEPER: Item = { pk: "HISTORY", sk: "KEEPER", owner: "history", keeper: "terraform" };

/** Checks that the table has exactly the compiled permissions, the record of who keeps them, and `others`. */
export async function checkItems(
  { outputs, environment, workspace }: Deployed,
  { dynamodb }: Account,
  others: readonly Item[],
): Promise<void> {
  const found: Item[] = [];
  for await (const page of paginateScan({ client: dynamodb }, { TableName: outputs.table_name }))
    found.push(...(page.Items ?? []).map(unmarshallItem));
  const compiled = JSON.parse(workspace.read(`build/permissions/${environment}.json`)) as Item[];
  const isOurs = (item: Item): boolean => item["sk"] === "TENANT" && item["owner"] === "files";
  ok(found.filter(isOurs).every(({ generation }) => typeof generation === "string" && generation !== ""));
  const written = found.map(({ generation, ...item }) =>
    isOurs(item) ? item : withGeneration(item, generation),
  );
  equal(byKey(written), byKey([...compiled, KEEPER, ...others]));
}

const withGeneration = (item: Item, generation: unknown): Item =>
  generation === undefined ? item : { ...item, generation };

const byKey = (items: readonly Item[]): Record<string, Item> =>
  Object.fromEntries(
    items.map((item): [string, Item] => [itemKey(item), item]).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
