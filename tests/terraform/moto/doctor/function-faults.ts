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
  noPermission(deployed, account),
  olderVersion(deployed, account),
];

const noPermission = ({ outputs }: Deployed, { lambda }: Account): Fault => ({
  title: "no invoke permission",
  checks: ["invoke-permission"],
  told: /portcullis_g1 may not call .* its requests get 500 .*npx portcullis deploy dev/,
  async plant() {
    const place = { FunctionName: outputs.authorizer.function, Qualifier: outputs.authorizer.alias };
    const { Policy = "{}" } = await lambda.send(new GetPolicyCommand(place));
    const [statement] = (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement;
    const StatementId = statement?.Sid ?? "";
    await lambda.send(new RemovePermissionCommand({ ...place, StatementId }));
    const SourceArn = /arn:aws:execute-api:[^"]+/.exec(Policy)?.[0];
    const Principal = "apigateway.amazonaws.com";
    const again = { ...place, StatementId, SourceArn, Principal, Action: "lambda:InvokeFunction" };
    return () => lambda.send(new AddPermissionCommand(again));
  },
});

const olderVersion = ({ outputs }: Deployed, { lambda }: Account): Fault => ({
  title: "an alias that names an older version",
  // That one's issuers are on no machine.
  checks: ["issuers", "function"],
  told: /is version 1, but version \d+ is the newest published one .*npx portcullis deploy dev/,
  async plant() {
    const { function: FunctionName, alias: Name, version } = outputs.authorizer;
    const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name }));
    const name = (one: string | undefined) =>
      lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: one }));
    await name(version);
    return () => name(FunctionVersion);
  },
});
