import { readFileSync } from "node:fs";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateFunctionCommand } from "@aws-sdk/client-lambda";
import type { Account } from "./account.ts";
import type { Workspace } from "./workspace.ts";

/** Creates a team's own Lambda, which Terraform does not manage. Returns the ARN of its alias. */
export async function createBackendFunction(
  { iam, lambda }: Account,
  { folder }: Workspace,
): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: "team-documents", AssumeRolePolicyDocument: "{}" }),
  );
  const FunctionName = "team-documents";
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: Role?.Arn,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: readFileSync(`${folder}/build/sample-backend.zip`) },
      Publish: true,
    }),
  );
  const { AliasArn } = await lambda.send(
    new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }),
  );
  if (AliasArn === undefined) throw new Error("The team's function has no alias");
  return AliasArn;
}
