import { deepStrictEqual as equal, ok } from "node:assert";
import { GetAliasCommand, GetPolicyCommand } from "@aws-sdk/client-lambda";
import { readDeployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import type { Report } from "./support/report.ts";
import type { Terraform } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

/** The mode of the deployment, and settings that make a new version. Usage plans do so by their keys. */
export const SETTINGS: readonly string[] = [
  "-var",
  'caching={mode="off"}',
  "-var",
  "authorizer={memory_mb=1024,ping_minutes=5,shadow=true}",
  "-var",
  'usage_plans={per="tenant"}',
];
const canary = (stable: string, weight: number): string[] => [
  "-var",
  `canary={stable_version="${stable}",weight=${weight}}`,
];

interface CanaryContext {
  readonly terraform: Terraform;
  readonly workspace: Workspace;
  readonly account: Account;
  readonly report: Report;
}

/**
 * Applies other settings, which make a new version: first for a tenth of the requests, then for all. The deployment must
 * be in mode `off`.
 */
export async function checkCanary({ terraform, workspace, account, report }: CanaryContext): Promise<void> {
  const stable = (await readDeployed(workspace, terraform, "staging")).outputs.authorizer;
  const alias = (): Promise<unknown> => readAlias(account, stable);
  await report.check(
    "a canary gets its share, the stable version gets the other requests, and a second plan is empty",
    async () => {
      await terraform.apply(...SETTINGS, ...canary(stable.version, 0.1));
      const { outputs } = await readDeployed(workspace, terraform, "staging");
      const next = String(Number(stable.version) + 1);
      equal(await alias(), { version: stable.version, weights: { [next]: 0.1 } });
      equal([outputs.authorizer.version, outputs.canary], [stable.version, { version: next, weight: 0.1 }]);
      const { changes, output } = await terraform.plan(...SETTINGS, ...canary(stable.version, 0.1));
      ok(!changes, output);
    },
  );
  await report.check("a canary with a stable version of another layout has no plan", async () => {
    const output = await terraform.failingPlan(...SETTINGS, ...canary("1", 0.1));
    ok(output.includes("is of another layout"), output);
  });
  await report.check(
    "without the canary the new version gets all requests, and cannot be a canary's stable version",
    async () => {
      await terraform.apply(...SETTINGS);
      const next = String(Number(stable.version) + 1);
      equal(await alias(), { version: next, weights: {} });
      const output = await terraform.failingPlan(...SETTINGS, ...canary(next, 0.1));
      ok(output.includes("is the newest version"), output);
    },
  );
  await report.check("the ping has its own rule, which may invoke the alias", async () => {
    const { function: FunctionName, alias: Qualifier } = stable;
    const { Policy = "" } = await account.lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
    ok(/events\.amazonaws\.com/.test(Policy) && Policy.includes(`:rule/${FunctionName}-ping`), Policy);
    const target = (await terraform.resources()).find(({ type }) => type === "aws_cloudwatch_event_target");
    equal(target?.values["input"], '{"portcullis":"ping"}');
  });
}

async function readAlias(
  { lambda }: Account,
  { function: FunctionName, alias: Name }: { readonly function: string; readonly alias: string },
): Promise<unknown> {
  const found = await lambda.send(new GetAliasCommand({ FunctionName, Name }));
  return { version: found.FunctionVersion, weights: { ...found.RoutingConfig?.AdditionalVersionWeights } };
}
