import { GetRestApisCommand } from "@aws-sdk/client-api-gateway";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListUserPoolsCommand } from "@aws-sdk/client-cognito-identity-provider";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { ListFunctionsCommand } from "@aws-sdk/client-lambda";
import type { Account } from "./account.ts";

/** Returns the names of all resources in the account that contain the deployment's name. */
export async function findLeftovers({
  apiGateway,
  cognito,
  dynamodb,
  iam,
  lambda,
  logs,
}: Account): Promise<string[]> {
  const [apis, pools, tables, roles, functions, groups] = await Promise.all([
    apiGateway.send(new GetRestApisCommand({})),
    cognito.send(new ListUserPoolsCommand({ MaxResults: 60 })),
    dynamodb.send(new ListTablesCommand({})),
    iam.send(new ListRolesCommand({})),
    lambda.send(new ListFunctionsCommand({})),
    logs.send(new DescribeLogGroupsCommand({})),
  ]);
  const names = [
    ...(apis.items ?? []).map(({ name }) => name),
    ...(pools.UserPools ?? []).map(({ Name }) => Name),
    ...(tables.TableNames ?? []),
    ...(roles.Roles ?? []).map(({ RoleName }) => RoleName),
    ...(functions.Functions ?? []).map(({ FunctionName }) => FunctionName),
    ...(groups.logGroups ?? []).map(({ logGroupName }) => logGroupName),
  ];
  return names.filter((name) => name?.includes("portcullis")).map(String);
}
