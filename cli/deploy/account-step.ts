import { type DeployContext, type DeployStep, StepFailed } from "./step.ts";
import { planFile } from "./terraform-steps.ts";

interface PlannedChange {
  readonly type: string;
  readonly change: { readonly actions: readonly string[] };
}

/**
 * Stops before a REST API's first stage is created in an account and region in which API Gateway has no role for logs:
 * AWS rejects a stage with an access log there.
 */
export const findLogRole: DeployStep = {
  name: "API Gateway's role for logs",
  next: 'create it once for this account and region with the module account-logging: docs/operations.md, "API Gateway\'s role for logs"',
  async run(deployment) {
    const role = await readRole(deployment);
    if (role !== undefined) return {};
    const planned = await readPlan(deployment);
    const creates = (type: string): boolean =>
      planned.some((one) => one.type === type && one.change.actions.includes("create"));
    if (creates("aws_api_gateway_stage") && !creates("aws_api_gateway_account"))
      throw new StepFailed("API Gateway has no role to write logs with in this account and region");
    return {};
  },
};

/** Returns the role; null if it cannot be read, which the apply then shows; undefined if there is none. */
async function readRole({ readLogRole, print }: DeployContext): Promise<string | null | undefined> {
  try {
    return await readLogRole();
  } catch (error) {
    print(
      `The account's role for logs cannot be read (${(error as Error).name}); without one, AWS rejects the stage`,
    );
    return null;
  }
}

async function readPlan({ run, environment }: DeployContext): Promise<readonly PlannedChange[]> {
  const { status, stdout } = await run("terraform", ["show", "-json", planFile(environment)], {
    capture: true,
  });
  if (status !== 0) throw new StepFailed(`terraform show ended with ${status}`);
  return (JSON.parse(stdout) as { resource_changes?: readonly PlannedChange[] }).resource_changes ?? [];
}
