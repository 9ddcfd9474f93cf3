import { deepStrictEqual as equal, ok } from "node:assert";
import {
  CreateTableCommand,
  DeleteItemCommand,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { unmarshallItem } from "../../../core/model/dynamodb-json.ts";
import type { Item } from "../../../core/model/items.ts";
import { openAccount } from "./support/account.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { succeed } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const TABLE = "restored-dev-permissions";
const COPY = "restored-dev-copy";

/** Restores a table by point-in-time recovery, as docs/operations.md describes. */
export async function checkRestore(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const account = openAccount(moto);
  const { dynamodb } = account;
  const run = (verb: string, ...args: string[]): Promise<string> =>
    succeed(workspace.run(verb, [...args, "--table", TABLE], moto.environment), [verb]);
  const items = async (): Promise<Item[]> =>
    ((await dynamodb.send(new ScanCommand({ TableName: TABLE }))).Items ?? []).map(unmarshallItem);
  const find = async (pk: string, sk: string): Promise<Item | undefined> =>
    (await items()).find((item) => item["pk"] === pk && item["sk"] === sk);
  try {
    await createTable(account);
    await run("publish", "--settle", "0");
    await run("tenant", "put", "walk-in", "--plan", "team");
    const since = new Date().toISOString();
    await dynamodb.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: TABLE,
        TargetTableName: COPY,
        UseLatestRestorableTime: true,
      }),
    );
    await run("tenant", "suspend", "walk-in");
    await run("revoke", "--tenant", "walk-in", "--token", "leaked");
    const Key = { pk: { S: "TENANT#walk-in" }, sk: { S: "TENANT" } };
    await dynamodb.send(new DeleteItemCommand({ TableName: TABLE, Key }));
    await report.check("restore: the table denies until the policy files are published", async () => {
      const printed = await run("restore", "--from", COPY, "--since", since);
      ok(printed.includes("walk-in  suspend tenant") && printed.includes("revoke token leaked"), printed);
      equal(
        (await items()).filter(({ pk }) => pk === "CATALOGUE"),
        [],
      );
    });
    await report.check("restore: what was suspended and revoked since the copy stays denied", async () => {
      await run("publish", "--settle", "0");
      ok((await items()).some(({ pk }) => pk === "CATALOGUE"));
      const tenant = await find("TENANT#walk-in", "TENANT");
      equal(tenant?.["status"], "suspended");
      const revoked = await find("TENANT#walk-in", "REVOKED#TOKEN#leaked");
      equal(revoked?.["generation"], tenant?.["generation"]);
    });
  } finally {
    account.close();
  }
}

async function createTable({ dynamodb }: ReturnType<typeof openAccount>): Promise<void> {
  const keys = ["pk", "sk"] as const;
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
}
