import { DeleteItemCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshallItem, unmarshallItem } from "../../../../core/model/dynamodb-json.ts";
import type { Item } from "../../../../core/model/items.ts";
import type { Deployed } from "../deployed.ts";
import { RUNTIME_TENANT } from "../read-items.ts";
import type { Account } from "../support/account.ts";
import type { Fault } from "./fault.ts";

export function tableFaults({ outputs, workspace, environment }: Deployed, { dynamodb }: Account): Fault[] {
  const TableName = outputs.table_name;
  const put = (item: Item) => dynamodb.send(new PutItemCommand({ TableName, Item: marshallItem(item) }));
  const remove = ({ pk, sk }: Item) =>
    dynamodb.send(new DeleteItemCommand({ TableName, Key: marshallItem({ pk, sk }) }));
  const items = JSON.parse(workspace.read(`build/permissions/${environment}.json`)) as Item[];
  const acme = items.find(({ pk }) => pk === "TENANT#acme");
  if (acme === undefined) throw new Error("The policy files have no tenant acme");
  const twin = { ...RUNTIME_TENANT, pk: "TENANT#acme", id: "ACME" };
  const key = { pk: acme["pk"], sk: acme["sk"] };
  /** Changes the tenant's item, and restores it with its generation. */
  const change = async (plant: (live: Item) => Promise<unknown>): Promise<() => Promise<unknown>> => {
    const { Item: found } = await dynamodb.send(new GetItemCommand({ TableName, Key: marshallItem(key) }));
    const live = unmarshallItem(found ?? {});
    await plant(live);
    return () => put(live);
  };
  const fault = (title: string, finding: RegExp, plant: (live: Item) => Promise<unknown>): Fault => ({
    title,
    finding,
    checks: ["table"],
    plant: () => change(plant),
  });
  return [
    fault(
      "an item that was changed by hand",
      /TENANT#acme\/TENANT: changed by hand.*npx portcullis deploy dev/,
      (live) => put({ ...live, status: "suspended" }),
    ),
    fault("a missing item", /TENANT#acme\/TENANT: not found in the table/, remove),
    fault("a tenant with two owners", /a tenant can have only one owner/, () => put(twin)),
  ];
}
