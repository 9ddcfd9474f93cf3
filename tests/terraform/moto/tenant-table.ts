import { deepStrictEqual as equal, ok, rejects } from "node:assert";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, DeleteRoleCommand, GetRolePolicyCommand } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { type TenantCredentials, tenantSessions } from "../../../examples/tenant-table/tenant-sessions.ts";
import { type Account, openAccount } from "./support/account.ts";
import { type Moto, REGION } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformIn } from "./support/terraform.ts";

const MAIN = fileURLToPath(new URL("../../../examples/tenant-table/main.tf", import.meta.url));
/** The role that the user's function already has. */
const FUNCTION_ROLE = "quill-documents";

/** Applies examples/tenant-table, and runs its code with sessions from moto, which enforces no policy. */
export async function checkTenantTable(moto: Moto, report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-tenant-table-"));
  const account = openAccount(moto);
  try {
    cpSync(MAIN, join(folder, "main.tf"));
    writeFileSync(
      join(folder, "values.tfvars.json"),
      JSON.stringify({ function_role: await createRole(account) }),
    );
    const terraform = terraformIn({ folder }, moto, ["-var-file=values.tfvars.json"], []);
    await terraform.init();
    await report.check("example tenant-table: is applied, and a second plan is empty", async () => {
      await terraform.apply();
      const { changes, output } = await terraform.plan();
      ok(!changes, output);
    });
    await report.check("example tenant-table: the function can assume the role, and nothing else", () =>
      checkAssume(terraform, account),
    );
    await report.check(
      "example tenant-table: STS accepts the session's policy, and its credentials work",
      () => checkSession(terraform, moto),
    );
    await report.check("example tenant-table: is destroyed", async () => {
      await terraform.destroy();
      await account.iam.send(new DeleteRoleCommand({ RoleName: FUNCTION_ROLE }));
    });
  } finally {
    account.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function createRole({ iam }: Account): Promise<{ name: string; arn: string }> {
  const Statement = [
    { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
  ];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: FUNCTION_ROLE, AssumeRolePolicyDocument }),
  );
  return { name: FUNCTION_ROLE, arn: Role?.Arn ?? "" };
}

async function readEnvironment(
  terraform: Terraform,
): Promise<Readonly<Record<"TABLE_ARN" | "TENANT_ROLE_ARN", string>>> {
  const { function_environment } = await terraform.outputs();
  return function_environment as Readonly<Record<"TABLE_ARN" | "TENANT_ROLE_ARN", string>>;
}

async function checkAssume(terraform: Terraform, { iam }: Account): Promise<void> {
  const { TENANT_ROLE_ARN } = await readEnvironment(terraform);
  const PolicyName = "assume-documents-tenant";
  const { PolicyDocument = "" } = await iam.send(
    new GetRolePolicyCommand({ RoleName: FUNCTION_ROLE, PolicyName }),
  );
  const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: object[] };
  equal(Statement, [
    { Sid: "SessionsOfOneTenant", Effect: "Allow", Action: "sts:AssumeRole", Resource: TENANT_ROLE_ARN },
  ]);
}

async function checkSession(terraform: Terraform, { endpoint }: Moto): Promise<void> {
  const { TABLE_ARN: tableArn, TENANT_ROLE_ARN: roleArn } = await readEnvironment(terraform);
  const sts = new STSClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  try {
    const getCredentials = tenantSessions({ sts, roleArn, tableArn });
    const credentials = await getCredentials("acme");
    ok(credentials.expiration.getTime() > Date.now() + 600_000);
    equal(await writeAndRead(endpoint, credentials, tableArn), ["d1"]);
    await rejects(getCredentials("*"), RangeError);
  } finally {
    sts.destroy();
  }
}

async function writeAndRead(
  endpoint: string,
  credentials: TenantCredentials,
  TableName: string,
): Promise<(string | undefined)[]> {
  const dynamodb = new DynamoDBClient({ endpoint, region: REGION, credentials });
  try {
    const Item = { tenantId: { S: "acme" }, documentId: { S: "d1" } };
    await dynamodb.send(new PutItemCommand({ TableName, Item }));
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "tenantId = :tenant",
        ExpressionAttributeValues: { ":tenant": { S: "acme" } },
      }),
    );
    return Items.map(({ documentId }) => documentId?.S);
  } finally {
    dynamodb.destroy();
  }
}
