import { deepStrictEqual as equal, ok } from "node:assert";
import { GetAccountCommand, GetStageCommand } from "@aws-sdk/client-api-gateway";
import { GetPolicyCommand } from "@aws-sdk/client-lambda";
import { INTEGRATION_KEY } from "../../../core/policy-files/openapi/integrations.ts";
import { checkCanary } from "./canary.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { checkItems } from "./read-items.ts";
import type { Account } from "./support/account.ts";
import { type Environment, VALUES, writeValues } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { terraformFor } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";
import { checkUsagePlans } from "./usage-plans.ts";

const USAGE_PLANS = 'usage_plans={per="tenant"}';

/** Deploys `staging.tfvars` to the account and region of dev, with the team's own Lambda. */
export async function deployStaging(
  workspace: Workspace,
  moto: Moto,
  account: Account,
  documents: string,
  report: Report,
): Promise<Environment> {
  const terraform = terraformFor(workspace, moto, "staging", VALUES);
  writeValues(workspace, "staging", { docs: { function_arn: documents } });
  await terraform.init();
  await planProduction(workspace, moto, report);
  const before = await account.apiGateway.send(new GetAccountCommand({}));
  await terraform.apply();
  report.count("staging is applied next to dev, in the same account and region");
  return {
    destroy: () => terraform.destroy(),
    async check() {
      const deployed = await readDeployed(workspace, terraform, "staging");
      await report.check("staging has its own tenants, and the same build", async () => {
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
        "another caching mode replaces layout, alias and stage variables together",
        async () => {
          const output = await terraform.apply("-var", 'caching={mode="route"}');
          const changed = await readDeployed(workspace, terraform, "staging");
          await checkLayout(changed, account, "route");
          checkOrder(output);
          const second = await terraform.plan("-var", 'caching={mode="route"}');
          ok(!second.changes, second.output);
        },
      );
      await checkCanary({ terraform, workspace, account, report });
      await report.check("usage plans are applied if configured, and the next plan is empty", async () => {
        await terraform.apply("-var", USAGE_PLANS);
        const { changes, output } = await terraform.plan("-var", USAGE_PLANS);
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

async function checkLayout(
  { outputs, manifest }: Deployed,
  { apiGateway }: Account,
  mode: string,
): Promise<void> {
  equal([outputs.caching_mode, outputs.authorizer.alias], [mode, `layout-${manifest.layouts[mode] ?? ""}`]);
  const stage = await apiGateway.send(
    new GetStageCommand({ restApiId: outputs.api_id, stageName: outputs.stage }),
  );
  equal(stage.variables, manifest.stageVariables[mode]);
}

/** Checks that the new alias is created before the stage changes, and the old one is deleted after it. */
function checkOrder(output: string): void {
  const lines = output.split("\n");
  const at = (pattern: RegExp): number => {
    const index = lines.findIndex((line) => pattern.test(line));
    ok(index >= 0, `Terraform printed no line that matches ${String(pattern)}`);
    return index;
  };
  const created = at(/aws_lambda_alias\.layout: Creation complete/);
  const allowed = at(/aws_lambda_permission\.authorizer: Creation complete/);
  const changed = at(/aws_api_gateway_stage\.this: Modifications complete/);
  const gone = at(/aws_lambda_alias\.layout.*: Destroying/);
  ok(created < changed && allowed < changed && changed < gone, `${created} ${allowed} ${changed} ${gone}`);
}
