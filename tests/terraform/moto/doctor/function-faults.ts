import {
  AddPermissionCommand,
  GetAliasCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import type { Deployed } from "../deployed.ts";
import type { Account } from "../support/account.ts";
import type { Fault } from "./fault.ts";

export const functionFaults = (deployed: Deployed, account: Account): Fault[] => [
  missingPermission(deployed, account),
  olderVersion(deployed, account),
];

const missingPermission = ({ outputs }: Deployed, { lambda }: Account): Fault => ({
  title: "a missing invoke permission",
  checks: ["invoke-permission"],
  finding: /portcullis_g1 may not call .* its requests get 500 .*npx portcullis deploy dev/,
  async plant() {
    const alias = { FunctionName: outputs.authorizer.function, Qualifier: outputs.authorizer.alias };
    const { Policy = "{}" } = await lambda.send(new GetPolicyCommand(alias));
    const [statement] = (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement;
    const StatementId = statement?.Sid ?? "";
    await lambda.send(new RemovePermissionCommand({ ...alias, StatementId }));
    const SourceArn = /arn:aws:execute-api:[^"]+/.exec(Policy)?.[0];
    const Principal = "apigateway.amazonaws.com";
    const permission = { ...alias, StatementId, SourceArn, Principal, Action: "lambda:InvokeFunction" };
    return () => lambda.send(new AddPermissionCommand(permission));
  },
});

const olderVersion = ({ outputs }: Deployed, { lambda }: Account): Fault => ({
  title: "an alias of an older version",
  // The older version's issuers cannot be reached.
  checks: ["issuers", "function"],
  finding: /is version 1, but version \d+ is the newest published one .*npx portcullis deploy dev/,
  async plant() {
    const { function: FunctionName, alias: Name, version } = outputs.authorizer;
    const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name }));
    const setVersion = (one: string | undefined) =>
      lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: one }));
    await setVersion(version);
    return () => setVersion(FunctionVersion);
  },
});
