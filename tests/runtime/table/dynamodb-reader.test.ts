import { afterEach, expect, test } from "vitest";
import { dynamodbClient } from "../../../runtime/table/dynamodb-client.ts";
import { dynamodbReader, READ_DEADLINE } from "../../../runtime/table/dynamodb-reader.ts";
import { TABLE_NAME, tableConfig } from "../../support/configuration.ts";
import { expectInternalError } from "../../support/expect-errors.ts";
import { startTable } from "../../support/fake-table.ts";
import { ITEMS, issuerFields, ROLE, TENANT } from "../../support/fixtures.ts";
import {
  fails,
  hangs,
  leavesUnprocessed,
  page,
  type Reply,
  returnsItems,
  stalls,
  startScriptedTable,
} from "../../support/scripted-table.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const readerAt = (endpoint: string, deadline?: number) =>
  dynamodbReader(dynamodbClient(tableConfig(endpoint)), TABLE_NAME, deadline);

async function scripted(...replies: Reply[]) {
  const table = await startScriptedTable(...replies);
  stops.push(table.stop);
  return { ...table, reader: readerAt(table.endpoint) };
}

const KEY = { pk: "TENANT#acme", sk: "TENANT" };
const MESSAGE = "The permissions table cannot be read";

test("the catalogue and items by key are read from a real table as they were written", async () => {
  const table = await startTable(ITEMS);
  stops.push(table.stop);
  const reader = readerAt(table.endpoint);
  expect(await reader.catalogue()).toEqual([issuerFields(), ROLE]);
  expect(await reader.items([KEY, { pk: "TENANT#none", sk: "TENANT" }])).toEqual([TENANT]);
});

test("a catalogue of several pages is read completely, eventually consistent", async () => {
  const { reader, requests } = await scripted(
    page([ROLE], { pk: "CATALOGUE", sk: "ROLE#viewer" }),
    page([issuerFields()]),
  );
  expect(await reader.catalogue()).toEqual([ROLE, issuerFields()]);
  expect(requests.map(({ body }) => body.ExclusiveStartKey)).toEqual([
    undefined,
    { pk: { S: "CATALOGUE" }, sk: { S: "ROLE#viewer" } },
  ]);
  expect(requests.every(({ body }) => body.ConsistentRead !== true)).toBe(true);
});

test("unprocessed keys are requested again", async () => {
  const { reader, requests } = await scripted(leavesUnprocessed, leavesUnprocessed, returnsItems(TENANT));
  expect(await reader.items([KEY])).toEqual([TENANT]);
  expect(requests).toHaveLength(3);
  expect(requests[2]?.body.RequestItems?.[TABLE_NAME]?.Keys).toEqual([
    { pk: { S: KEY.pk }, sk: { S: KEY.sk } },
  ]);
});

test("keys that stay unprocessed are an error at the deadline, never a missing tenant", async () => {
  const { endpoint, requests } = await scripted(leavesUnprocessed);
  await expectInternalError(readerAt(endpoint, 300).items([KEY]), "table_unreachable", MESSAGE);
  expect(requests.length).toBeGreaterThan(2);
});

test("a transient failure is retried", async () => {
  const { reader, requests } = await scripted(
    fails(500, "InternalServerError"),
    fails(400, "ThrottlingException"),
    returnsItems(TENANT),
  );
  expect(await reader.items([KEY])).toEqual([TENANT]);
  expect(requests).toHaveLength(3);
});

test.each([
  [400, "ResourceNotFoundException", 1],
  [400, "AccessDeniedException", 1],
  [400, "UnrecognizedClientException", 1],
  [500, "InternalServerError", 3],
])("%i %s is an error that keeps its cause", async (status, type, attempts) => {
  const { reader, requests } = await scripted(fails(status, type));
  await expect(reader.items([KEY])).rejects.toMatchObject({
    code: "table_unreachable",
    message: MESSAGE,
    cause: { name: type },
  });
  expect(requests).toHaveLength(attempts);
});

test.each([
  ["does not respond", hangs],
  ["begins to respond and stalls", stalls],
])("a read from a table that %s ends at the deadline", async (_, reply) => {
  const { endpoint } = await scripted(reply);
  const startedAt = performance.now();
  await expectInternalError(readerAt(endpoint, 300).catalogue(), "table_unreachable", MESSAGE);
  expect(performance.now() - startedAt).toBeLessThan(1_200);
});

test("the deadline is below five seconds and leaves time for a second attempt", async () => {
  expect(READ_DEADLINE).toBeLessThan(5_000);
  const { reader, requests } = await scripted(hangs, returnsItems(TENANT));
  expect(await reader.items([KEY])).toEqual([TENANT]);
  expect(requests).toHaveLength(2);
});

test("a table that cannot be connected to is an error", async () => {
  const { stop, endpoint } = await startScriptedTable(hangs);
  await stop();
  await expectInternalError(readerAt(endpoint).items([KEY]), "table_unreachable", MESSAGE);
});
