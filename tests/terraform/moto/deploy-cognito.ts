import { deepStrictEqual as equal, ok } from "node:assert";
import {
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  ListGroupsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetFunctionConfigurationCommand, GetPolicyCommand } from "@aws-sdk/client-lambda";
import { checkTokens } from "./cognito-tokens.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import { type Environment, VALUES } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { terraformFor } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const EXAMPLE = "examples/cognito";
const POLICIES = `${EXAMPLE}/policies`;

/** Deploys `examples/cognito`, with the steps of its README. */
export async function deployCognito(
  workspace: Workspace,
  moto: Moto,
  account: Account,
  report: Report,
): Promise<Environment> {
  for (const file of ["cognito.tfvars", "cognito.tfbackend"])
    workspace.write(`environments/${file}`, workspace.read(`${EXAMPLE}/${file}`));
  workspace.write(VALUES, "{}");
  await workspace.build("--policies", POLICIES);
  const terraform = terraformFor(workspace, moto, "cognito", VALUES);
  await terraform.init();
  await terraform.apply();
  report.count("the example with Cognito is applied");
  return {
    destroy: () => terraform.destroy(),
    async check() {
      const deployed = await readDeployed(workspace, terraform, "cognito", POLICIES);
      await report.check("a second plan of the example with Cognito is empty", async () => {
        const { changes, output } = await terraform.plan();
        ok(!changes, output);
      });
      await report.check("the authorizer trusts the pool with only identity set", () =>
        checkIssuer(deployed, account),
      );
      await report.check("the pool calls the trigger for access tokens, and only this pool may call it", () =>
        checkTrigger(deployed, account),
      );
      await report.check(
        "the pool has a group for each shared role, and a client that cannot write the tenant",
        () => checkPool(deployed, account),
      );
      await checkTokens(deployed, account, moto, report);
    },
  };
}

async function checkIssuer({ outputs }: Deployed, { lambda }: Account): Promise<void> {
  const { function: FunctionName, alias: Qualifier } = outputs.authorizer;
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
  const url = `https://cognito-idp.eu-central-1.amazonaws.com/${outputs.user_pool_id ?? ""}`;
  equal(outputs.user_pool_issuer_url, url);
  equal(JSON.parse(found.Environment?.Variables?.["ISSUERS"] ?? ""), {
    cognito: {
      url,
      jwksUri: `${url}/.well-known/jwks.json`,
      audiences: [outputs.user_pool_client_id],
      algorithms: ["RS256"],
    },
  });
}

async function checkTrigger({ outputs }: Deployed, { cognito, lambda }: Account): Promise<void> {
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: outputs.user_pool_id }));
  const trigger = UserPool?.LambdaConfig?.PreTokenGenerationConfig;
  ok(trigger?.LambdaArn?.endsWith(":function:portcullis-cognito-token-claims"), trigger?.LambdaArn);
  equal(trigger?.LambdaVersion, "V3_0");
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: trigger?.LambdaArn }));
  const { Statement } = JSON.parse(Policy ?? "") as { Statement: Record<string, unknown>[] };
  equal(
    Statement.map(({ Principal, Action, Condition }) => [Principal, Action, Condition]),
    [
      [
        { Service: "cognito-idp.amazonaws.com" },
        "lambda:InvokeFunction",
        { ArnLike: { "AWS:SourceArn": UserPool?.Arn } },
      ],
    ],
  );
}

async function checkPool({ outputs }: Deployed, { cognito }: Account): Promise<void> {
  const UserPoolId = outputs.user_pool_id;
  const { Groups = [] } = await cognito.send(new ListGroupsCommand({ UserPoolId }));
  equal(Groups.map(({ GroupName }) => GroupName).sort(), ["owner", "reader", "writer"]);
  const { UserPoolClient } = await cognito.send(
    new DescribeUserPoolClientCommand({ UserPoolId, ClientId: outputs.user_pool_client_id }),
  );
  equal([...(UserPoolClient?.WriteAttributes ?? [])].sort(), ["email", "name"]);
  ok(UserPoolClient?.ReadAttributes?.includes("custom:tenant"));
}
