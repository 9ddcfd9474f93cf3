import { deepStrictEqual as equal, ok } from "node:assert";
import { GetAccountCommand, GetStageCommand } from "@aws-sdk/client-api-gateway";
import { GetPolicyCommand } from "@aws-sdk/client-lambda";
import { INTEGRATION_KEY } from "../../../core/policy-files/openapi/integrations.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { checkItems } from "./read-items.ts";
import type { Account } from "./support/account.ts";
import { type Environment, VALUES, writeValues } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { terraformFor } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";
import { tryCanary } from "./try-canary.ts";
import { checkUsagePlans } from "./usage-plans.ts";

const USAGE_PLANS = 'usage_plans={per="tenant"}';

/** `staging.tfvars` in the account and region of dev, with a Lambda of the team's own. */
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
  report.count("staging is applied beside dev, in one account and region");
  return {
    destroy: () => terraform.destroy(),
    async use() {
      const deployed = await readDeployed(workspace, terraform, "staging");
      await report.check("staging has its own tenants, and the same build", async () => {
        await checkItems(deployed, account, []);
        ok(!workspace.read("build/permissions/staging.json").includes("hooli"));
      });
      await report.check("staging leaves the account's role for logs to dev", async () => {
        const after = await account.apiGateway.send(new GetAccountCommand({}));
        equal(after.cloudwatchRoleArn, before.cloudwatchRoleArn);
      });
      await report.check("the team's own function answers, and this stage alone may invoke its alias", () =>
        checkBackend(deployed, account, documents),
      );
      await report.check(
        "another caching mode replaces layout, alias and stage variables in one",
        async () => {
          const told = await terraform.apply("-var", 'caching={mode="route"}');
          const changed = await readDeployed(workspace, terraform, "staging");
          await checkLayout(changed, account, "route");
          checkOrder(told);
          const { changes, told: second } = await terraform.plan("-var", 'caching={mode="route"}');
          ok(!changes, second);
        },
      );
      await tryCanary({ terraform, workspace, account, report });
      await report.check("plans are enforced where asked for, and the next plan is empty", async () => {
        await terraform.apply("-var", USAGE_PLANS);
        const { changes, told } = await terraform.plan("-var", USAGE_PLANS);
        ok(!changes, told);
      });
      await checkUsagePlans(await readDeployed(workspace, terraform, "staging"), account, moto, report);
    },
  };
}

/** Its provisioned concurrency cannot be applied here; a plan shows at least that it is one. */
async function planProduction(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const production = terraformFor(workspace, moto, "prod");
  await report.check("prod.tfvars has a plan", async () => {
    const { told } = await production.plan();
    ok(/aws_lambda_provisioned_concurrency_config/.test(told), told);
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

/** The new alias is there before the stage names it, and the old one goes after the stage has let go of it. */
function checkOrder(told: string): void {
  const lines = told.split("\n");
  const at = (pattern: RegExp): number => {
    const index = lines.findIndex((line) => pattern.test(line));
    ok(index >= 0, `Terraform told nothing like ${String(pattern)}`);
    return index;
  };
  const created = at(/aws_lambda_alias\.layout: Creation complete/);
  const allowed = at(/aws_lambda_permission\.authorizer: Creation complete/);
  const changed = at(/aws_api_gateway_stage\.this: Modifications complete/);
  const gone = at(/aws_lambda_alias\.layout.*: Destroying/);
  ok(created < changed && allowed < changed && changed < gone, `${created} ${allowed} ${changed} ${gone}`);
}
