import { deepStrictEqual as equal, ok } from "node:assert";
import { GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { GetFunctionConfigurationCommand, GetPolicyCommand } from "@aws-sdk/client-lambda";
import { INTEGRATION_KEY } from "../../../core/policy-files/openapi/integrations.ts";
import { checkCanary, SETTINGS } from "./canary.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { checkLayouts } from "./layouts.ts";
import { checkItems } from "./read-items.ts";
import type { Account } from "./support/account.ts";
import { type Environment, VALUES, writeValues } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { terraformFor } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";
import { checkUsagePlans } from "./usage-plans.ts";

/** Deploys `staging.tfvars` to the account and region of dev, with the team's own Lambda and an access route. */
export async function deployStaging(
  workspace: Workspace,
  moto: Moto,
  account: Account,
  documents: string,
  report: Report,
): Promise<Environment> {
  const terraform = terraformFor(workspace, moto, "staging", VALUES);
  writeValues(workspace, "staging", { docs: { function_arn: documents } });
  workspace.edit("policies/api.yaml", "x-portcullis:\n", "x-portcullis:\n  access: { path: /access }\n");
  await workspace.build();
  await terraform.init();
  await planProduction(workspace, moto, report);
  const before = await account.apiGateway.send(new GetAccountCommand({}));
  await terraform.apply();
  report.count("staging is applied next to dev, in the same account and region");
  return {
    destroy: () => terraform.destroy(),
    async check() {
      const deployed = await readDeployed(workspace, terraform, "staging");
      await report.check("staging has its own tenants", async () => {
        await checkItems(deployed, account, []);
        ok(!workspace.read("build/permissions/staging.json").includes("hooli"));
      });
      await report.check("staging leaves the account's role for logs to dev", async () => {
        const after = await account.apiGateway.send(new GetAccountCommand({}));
        equal(after.cloudwatchRoleArn, before.cloudwatchRoleArn);
      });
      await report.check(
        "the API calls the team's own function, and only this stage may invoke its alias",
        () => checkBackend(deployed, account, documents),
      );
      await report.check(
        "the access route is open, and may call the alias of the authorizer's function",
        () => checkAccessRoute(deployed, account),
      );
      await checkLayouts({ workspace, moto, account, report });
      await checkCanary({ terraform, workspace, account, report });
      await report.check("a plan after layouts, canary and usage plans is empty", async () => {
        const { changes, output } = await terraform.plan(...SETTINGS);
        ok(!changes, output);
      });
      await checkUsagePlans(await readDeployed(workspace, terraform, "staging"), account, moto, report);
    },
  };
}

/** Plans `prod.tfvars`, because moto cannot apply its provisioned concurrency. */
async function planProduction(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const production = terraformFor(workspace, moto, "prod");
  await report.check("prod.tfvars has a plan", async () => {
    const { output } = await production.plan();
    ok(/aws_lambda_provisioned_concurrency_config/.test(output), output);
  });
}

async function checkBackend(
  { body, outputs }: Deployed,
  { lambda }: Account,
  documents: string,
): Promise<void> {
  const integration = JSON.stringify(body.paths["/documents"]?.["get"]?.[INTEGRATION_KEY]);
  ok(integration.includes(`functions/${documents}/invocations"`), integration);
  equal(outputs.sampled_backends, ["billing"]);
  const [FunctionName, Qualifier] = documents.split(":function:")[1]?.split(":") ?? [];
  const { Policy = "" } = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
  ok(Policy.includes(`${outputs.api_id}/${outputs.stage}/*/*`), Policy);
}

async function checkAccessRoute({ body, outputs }: Deployed, { lambda }: Account): Promise<void> {
  const operation = body.paths["/access"]?.["get"];
  equal(operation?.["security"], []);
  const { function: FunctionName, alias: Qualifier } = outputs.authorizer;
  ok(JSON.stringify(operation?.[INTEGRATION_KEY]).includes(`:${FunctionName}:${Qualifier}/invocations"`));
  const { Policy = "" } = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
  ok(Policy.includes(`${outputs.api_id}/${outputs.stage}/GET/access"`), Policy);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
  equal(Environment?.Variables?.["ACCESS_ORIGINS"], "https://app.staging.quill.example");
}
