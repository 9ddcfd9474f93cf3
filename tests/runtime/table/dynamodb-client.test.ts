import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  type DynamodbClient,
  dynamodbClient,
  dynamodbEndpoint,
} from "../../../runtime/table/dynamodb-client.ts";
import type { TableConfig } from "../../../runtime/table/table-config.ts";
import { startVerifyingTable } from "../../support/aws-verifier.ts";
import { tableConfig } from "../../support/configuration.ts";

const CREDENTIALS: TableConfig["credentials"] = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "a/secret+key",
};
const QUERY = { TableName: "permissions", KeyConditionExpression: "pk = :pk", note: "ä €" };

let table: Awaited<ReturnType<typeof startVerifyingTable>>;
const clients: { destroy(): void }[] = [];
beforeAll(async () => {
  table = await startVerifyingTable({ AKIDEXAMPLE: CREDENTIALS.secretAccessKey });
});
afterAll(() => table.stop());
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

function clientWith(credentials: TableConfig["credentials"], path = ""): DynamodbClient {
  const client = dynamodbClient({ ...tableConfig(table.endpoint + path), credentials });
  clients.push(client);
  return client;
}
const query = (client: DynamodbClient) => client.send("Query", QUERY, new AbortController().signal);

test("the verifier of these tests accepts what AWS's SDK signs", async () => {
  const client = new DynamoDBClient({
    region: "eu-central-1",
    endpoint: table.endpoint,
    credentials: { ...CREDENTIALS, sessionToken: "a session" },
  });
  clients.push(client);
  await expect(client.send(new QueryCommand({ TableName: "permissions" }))).resolves.toMatchObject({
    Items: [],
  });
});

test.each([
  ["credentials", CREDENTIALS, ""],
  ["a session's credentials", { ...CREDENTIALS, sessionToken: "a session/with+odd=characters" }, ""],
  ["a path in the endpoint", CREDENTIALS, "/behind/a/proxy"],
])("a request with %s is signed as AWS verifies it", async (_, credentials, path) => {
  await expect(query(clientWith(credentials, path))).resolves.toEqual({ Items: [] });
});

test("the session's token is sent and signed", async () => {
  await query(clientWith({ ...CREDENTIALS, sessionToken: "a session" }));
  const { authorization, "x-amz-security-token": token } = table.seen.at(-1) ?? {};
  expect(token).toBe("a session");
  expect(authorization).toContain(";x-amz-security-token;");
});

test("a request that is signed with another secret is rejected and not retried", async () => {
  const before = table.seen.length;
  const client = clientWith({ ...CREDENTIALS, secretAccessKey: "another" });
  await expect(query(client)).rejects.toMatchObject({
    name: "InvalidSignatureException",
    $metadata: { httpStatusCode: 400 },
  });
  expect(table.seen.length - before).toBe(1);
});

test("sequential requests use one connection", async () => {
  const before = table.connections();
  const client = clientWith(CREDENTIALS);
  for (let turn = 0; turn < 3; turn++) await query(client);
  expect(table.connections() - before).toBe(1);
});

test.each([
  "eu-central-1",
  "us-east-1",
  "ap-southeast-7",
  "il-central-1",
  "us-gov-west-1",
  "cn-north-1",
  "cn-northwest-1",
  "eusc-de-east-1",
  "us-iso-east-1",
  "us-isob-east-1",
  "us-isob-west-1",
  "us-isof-south-1",
  "eu-isoe-west-1",
])("in %s the endpoint is the one that AWS's SDK uses", (region) => {
  const { config } = new DynamoDBClient({ region });
  const theirs = config.endpointProvider({ Region: region }, {}).url;
  expect(new URL(dynamodbEndpoint(region)).href).toBe(theirs.href);
});
