import { deepStrictEqual as equal, ok } from "node:assert";
import {
  GetResourcesCommand,
  GetRestApiCommand,
  GetStageCommand,
  type Resource,
} from "@aws-sdk/client-api-gateway";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { GetRoleCommand, GetRolePolicyCommand, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { GetAliasCommand, GetFunctionConfigurationCommand, GetPolicyCommand } from "@aws-sdk/client-lambda";
import { INTEGRATION_KEY } from "../../../core/policy-files/openapi/integrations.ts";
import type { Deployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import type { Report } from "./support/report.ts";

/** Reads the deployment with AWS's own clients, as far as moto stores it, and checks it. */
export async function readBack(deployed: Deployed, account: Account, report: Report): Promise<void> {
  await report.check("the API is regional, and its routes and integrations are those of the definition", () =>
    checkApi(deployed, account),
  );
  await report.check(
    "the stage has the groups' variables, tracing, throttling, no cache, no execution log",
    () => checkStage(deployed, account),
  );
  await report.check(
    "an access log's line has caller, group, policyVersion and the authorizer's outcome",
    () => checkAccessLog(deployed, account),
  );
  await report.check(
    "the function is as configured, and the layout's alias refers to its published version",
    () => checkFunction(deployed, account),
  );
  await report.check("only this API's authorizers may invoke the alias", () =>
    checkPermission(deployed, account),
  );
  await report.check(
    "the function's role allows reading the table, its log and traces, statement by statement",
    () => checkRole(deployed, account),
  );
  await report.check(
    "the table is on demand, with the keys pk and sk, a TTL, and the protection of dev.tfvars",
    () => checkTable(deployed, account),
  );
  await report.check("every log group has a retention", () => checkLogGroups(account));
}

async function checkApi({ outputs, body }: Deployed, { apiGateway }: Account): Promise<void> {
  const restApiId = outputs.api_id;
  const api = await apiGateway.send(new GetRestApiCommand({ restApiId }));
  equal([api.endpointConfiguration?.types, api.disableExecuteApiEndpoint], [["REGIONAL"], false]);
  const { items = [] } = await apiGateway.send(
    new GetResourcesCommand({ restApiId, embed: ["methods"], limit: 500 }),
  );
  const imported = items.flatMap(listMethods).sort();
  const defined = Object.entries(body.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const { type, uri } = operation[INTEGRATION_KEY] as { type: string; uri?: string };
      return `${method.toUpperCase()} ${path} ${type} ${uri ?? ""}`;
    }),
  );
  equal(imported, defined.sort());
}

const listMethods = ({ path = "", resourceMethods = {} }: Resource): string[] =>
  Object.entries(resourceMethods).map(
    ([method, { methodIntegration }]) =>
      `${method} ${path} ${methodIntegration?.type ?? ""} ${methodIntegration?.uri ?? ""}`,
  );

async function checkStage({ outputs, manifest }: Deployed, { apiGateway }: Account): Promise<void> {
  const stage = await apiGateway.send(
    new GetStageCommand({ restApiId: outputs.api_id, stageName: outputs.stage }),
  );
  equal(stage.variables, manifest.stageVariables[outputs.caching_mode]);
  equal([stage.cacheClusterEnabled, stage.tracingEnabled], [false, true]);
  const { throttlingRateLimit, throttlingBurstLimit, cachingEnabled, loggingLevel, dataTraceEnabled } =
    stage.methodSettings?.["*/*"] ?? {};
  equal(
    { throttlingRateLimit, throttlingBurstLimit, cachingEnabled, loggingLevel, dataTraceEnabled },
    {
      throttlingRateLimit: 50,
      throttlingBurstLimit: 20,
      cachingEnabled: false,
      loggingLevel: "OFF",
      dataTraceEnabled: false,
    },
  );
}

async function checkAccessLog({ outputs }: Deployed, { apiGateway }: Account): Promise<void> {
  const { accessLogSettings } = await apiGateway.send(
    new GetStageCommand({ restApiId: outputs.api_id, stageName: outputs.stage }),
  );
  ok(accessLogSettings?.destinationArn?.endsWith(`:log-group:${outputs.access_log_group}`));
  const line = JSON.parse(accessLogSettings?.format ?? "") as Record<string, string>;
  const { requestId, tenantId, userId, group, policyVersion } = line;
  equal(
    { requestId, tenantId, userId, group, policyVersion },
    {
      requestId: "$context.extendedRequestId",
      tenantId: "$context.authorizer.tenantId",
      userId: "$context.authorizer.userId",
      group: "$context.authorizer.group",
      policyVersion: "$context.authorizer.policyVersion",
    },
  );
  equal(
    [line["authorizerStatus"], line["authorizerMs"], line["authorizerError"]],
    ["$context.authorizer.status", "$context.authorizer.latency", "$context.authorizer.error"],
  );
  for (const value of Object.values(line)) ok(/^\$context\.[A-Za-z.]+$/.test(value), value);
}

async function checkFunction({ outputs, manifest }: Deployed, { lambda }: Account): Promise<void> {
  const { function: FunctionName, alias, version } = outputs.authorizer;
  equal(alias, `layout-${manifest.layouts[outputs.caching_mode] ?? ""}`);
  const named = await lambda.send(new GetAliasCommand({ FunctionName, Name: alias }));
  equal(named.FunctionVersion, version);
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: alias }));
  equal(
    [found.Version, found.Runtime, found.Handler, found.Architectures, found.MemorySize, found.Timeout],
    [version, "nodejs22.x", "index.handler", ["arm64"], 512, 10],
  );
  equal(found.TracingConfig?.Mode, "Active");
  const { ISSUERS, ...others } = found.Environment?.Variables ?? {};
  equal(others, {
    TABLE_NAME: outputs.table_name,
    CACHING_MODE: outputs.caching_mode,
    CLOCK_TOLERANCE_SECONDS: "30",
    PERMISSIONS_TTL_SECONDS: "5",
    KEYS_STALE_SECONDS: "86400",
    METRICS: "off",
    LOG_LEVEL: "info",
    SERVE_STALE_PERMISSIONS_SECONDS: "0",
    SHADOW: "off",
  });
  equal(Object.keys(JSON.parse(ISSUERS ?? "") as object).sort(), ["acme-okta", "main"]);
}

async function checkPermission({ outputs }: Deployed, { lambda }: Account): Promise<void> {
  const { function: FunctionName, alias: Qualifier } = outputs.authorizer;
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
  const { Statement } = JSON.parse(Policy ?? "") as { Statement: Record<string, unknown>[] };
  equal(Statement.length, 1);
  const [{ Principal, Action, Resource, Condition } = {}] = Statement;
  equal([Principal, Action], [{ Service: "apigateway.amazonaws.com" }, "lambda:InvokeFunction"]);
  ok(String(Resource).endsWith(`:function:${FunctionName}:${Qualifier}`));
  const source = (Condition as { ArnLike: Record<string, string> }).ArnLike["AWS:SourceArn"];
  ok(
    new RegExp(`^arn:aws:execute-api:[^:]+:\\d+:${outputs.api_id}/authorizers/\\*$`).test(source ?? ""),
    source,
  );
}

async function checkRole({ outputs }: Deployed, { iam, dynamodb }: Account): Promise<void> {
  const RoleName = outputs.authorizer.function;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  equal(readStatements(Role?.AssumeRolePolicyDocument), [
    {
      Sid: "LambdaRunsAsThis",
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ]);
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  equal(AttachedPolicies, []);
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: outputs.table_name }));
  const account = Role?.Arn?.split(":")[4] ?? "";
  const region = Table?.TableArn?.split(":")[3] ?? "";
  const { PolicyDocument } = await iam.send(
    new GetRolePolicyCommand({ RoleName, PolicyName: "read-permissions" }),
  );
  equal(readStatements(PolicyDocument), [
    {
      Sid: "ReadCatalogue",
      Effect: "Allow",
      Action: "dynamodb:Query",
      Resource: Table?.TableArn,
      Condition: readsOnly("CATALOGUE", "ISSUERS"),
    },
    {
      Sid: "ReadPermissions",
      Effect: "Allow",
      Action: "dynamodb:BatchGetItem",
      Resource: Table?.TableArn,
      Condition: readsOnly("TENANT#*", "KEYS"),
    },
    {
      Sid: "WriteLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/${RoleName}:*`,
    },
    {
      Sid: "WriteTraces",
      Effect: "Allow",
      Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      Resource: "*",
    },
  ]);
}

const readStatements = (encoded = ""): unknown[] =>
  (JSON.parse(decodeURIComponent(encoded)) as { Statement: unknown[] }).Statement;

async function checkTable({ outputs }: Deployed, { dynamodb }: Account): Promise<void> {
  const TableName = outputs.table_name;
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  equal(Table?.KeySchema, [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ]);
  equal(
    [Table?.BillingModeSummary?.BillingMode, Table?.DeletionProtectionEnabled],
    ["PAY_PER_REQUEST", false],
  );
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  equal(TimeToLiveDescription, { TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
  const { ContinuousBackupsDescription } = await dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  equal(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus, "DISABLED");
}

async function checkLogGroups({ logs }: Account): Promise<void> {
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  ok(logGroups.length >= 3);
  for (const { logGroupName, retentionInDays } of logGroups) ok(retentionInDays !== undefined, logGroupName);
}

/** Returns the condition of a statement that reads only these partitions. */
const readsOnly = (...partitions: string[]) => ({
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions },
  Null: { "dynamodb:LeadingKeys": "false" },
});
