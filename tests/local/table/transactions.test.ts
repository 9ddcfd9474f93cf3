import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import {
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { marshallItem, unmarshallItem } from "../../../core/model/dynamodb-json.ts";
import { withTransactions } from "../../../local/table/transactions.ts";
import { startTable, TABLE, type TestTable } from "../../cli/publish/publish-table.ts";

let table: TestTable;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

let pk = "";
let count = 0;
beforeEach(() => {
  pk = `P${count++}`;
});

const put = (sk: string, more: object = {}): TransactWriteItem => ({
  Put: { TableName: TABLE, Item: marshallItem({ pk, sk, a: 1 }), ...more },
});
const WAIT = { timeout: 20_000 };
const IS_FREE = { ConditionExpression: "attribute_not_exists(pk)" };
const send = (...TransactItems: TransactWriteItem[]) =>
  table.client.send(new TransactWriteItemsCommand({ TransactItems }));
const read = async (sk: string) => {
  const command = new GetItemCommand({
    TableName: TABLE,
    Key: marshallItem({ pk, sk }),
    ConsistentRead: true,
  });
  const { Item } = await table.client.send(command);
  return Item && unmarshallItem(Item);
};
const has = async (...names: string[]) =>
  (await Promise.all(names.map(read))).map((item) => item !== undefined);

describe("a transaction in the local table", () => {
  it("writes everything, more than one batch too, and deletes", async () => {
    await send(...Array.from({ length: 100 }, (_, index) => put(`s${index}`, IS_FREE)));
    expect(await has("s0", "s26", "s99")).toEqual([true, true, true]);
    await send({ Delete: { TableName: TABLE, Key: marshallItem({ pk, sk: "s0" }) } }, put("new"));
    expect(await has("s0", "new")).toEqual([false, true]);
  });

  it("writes nothing if one condition fails, and says which", async () => {
    await send(put("present"));
    const failure = await send(put("a", IS_FREE), put("present", IS_FREE), put("b")).catch((error) => error);
    expect(failure).toBeInstanceOf(TransactionCanceledException);
    expect((failure as TransactionCanceledException).CancellationReasons?.map(({ Code }) => Code)).toEqual([
      "None",
      "ConditionalCheckFailed",
      "None",
    ]);
    expect(await has("a", "b")).toEqual([false, false]);
  });

  it("compares names and values of conditions, also in a check without a write", async () => {
    await send(put("x"));
    const check = (value: string): TransactWriteItem => ({
      ConditionCheck: {
        ...{ TableName: TABLE, Key: marshallItem({ pk, sk: "x" }), ConditionExpression: "#a = :a" },
        ...{ ExpressionAttributeNames: { "#a": "a" }, ExpressionAttributeValues: { ":a": { N: value } } },
      },
    });
    await expect(send(check("2"), put("y"))).rejects.toThrow(TransactionCanceledException);
    await send(check("1"), put("y"));
    expect(await has("y")).toEqual([true]);
  });

  it.each<[title: string, items: () => TransactWriteItem[], message: string]>([
    ["two actions on one item", () => [put("x"), put("x")], "multiple operations on one item"],
    ["101 actions", () => Array.from({ length: 101 }, (_, index) => put(`s${index}`)), "1 to 100 actions"],
    [
      "an item of more than 400 kB",
      () => [
        put("x"),
        { Put: { TableName: TABLE, Item: marshallItem({ pk, sk: "y", text: "x".repeat(410_000) }) } },
      ],
      "maximum allowed size",
    ],
    [
      "an update",
      () => [
        { Update: { TableName: TABLE, Key: marshallItem({ pk, sk: "x" }), UpdateExpression: "SET a = a" } },
      ],
      "found Update",
    ],
  ])("is rejected with %s, and writes nothing", async (_, items, message) => {
    await expect(send(...items())).rejects.toThrow(message);
    expect(await has("x")).toEqual([false]);
  });

  it("of a table that does not exist is rejected", async () => {
    const unknown = { Put: { TableName: "unknown", Item: marshallItem({ pk, sk: "x" }), ...IS_FREE } };
    await expect(send(unknown)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("is never seen in part, and loses no write of another", async () => {
    const single = (sk: string) =>
      table.client.send(new PutItemCommand({ TableName: TABLE, Item: marshallItem({ pk, sk }), ...IS_FREE }));
    const works = Array.from({ length: 30 }, (_, index) => [
      send(put("shared", IS_FREE), ...Array.from({ length: 40 }, (__, at) => put(`t${index}-${at}`))),
      single(`single${index}`),
      single("shared"),
    ]);
    const results = await Promise.allSettled(works.flat());
    const winners = results.filter(({ status }, index) => index % 3 !== 1 && status === "fulfilled");
    expect(winners).toHaveLength(1);
    for (const [index] of works.entries()) {
      const written = results[index * 3]?.status === "fulfilled";
      expect(await has(`t${index}-0`, `t${index}-39`, `single${index}`)).toEqual([written, written, true]);
    }
  });

  it("does not stop the table if a client leaves while its request waits", async () => {
    const ended: (() => void)[] = [];
    const serve = withTransactions((_, response) => {
      ended.push(() => response.end('{"__type":"InternalServerError"}'));
    });
    const request = (operation: string) => {
      const incoming = new IncomingMessage(new Socket());
      incoming.headers["x-amz-target"] = `DynamoDB_20120810.${operation}`;
      incoming.push(JSON.stringify({ TransactItems: [put("x")] }));
      incoming.push(null);
      const response = new ServerResponse(incoming);
      serve(incoming, response);
      return response;
    };
    const reading = request("GetItem");
    await expect.poll(() => ended.length, WAIT).toBe(1);
    request("TransactWriteItems");
    request("GetItem").emit("close");
    const last = request("TransactWriteItems");
    reading.emit("close");
    const timer = setInterval(() => ended.pop()?.(), 1);
    try {
      await expect.poll(() => last.writableEnded, WAIT).toBe(true);
    } finally {
      clearInterval(timer);
    }
  });
});
